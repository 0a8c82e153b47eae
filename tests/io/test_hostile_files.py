"""Files made to hurt: they are refused at once, within bounds of memory, and do not end a good study beside them."""

import gzip
import os
import socket
import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from spoils.errors import InputUnreadable, SpoilsError, UnsuitableInput
from spoils.io import dicom_limits, read_input
from spoils.io.code_streams import CodeStreamSize, DamagedCodeStream, size_of_code_stream

DEFLATED = b"1.2.840.10008.1.2.1.99"


def refused(path, error=InputUnreadable, **options):
    with pytest.raises(error) as caught:
        read_input(path, **options)
    assert type(caught.value) is error
    return str(caught.value)


def undefined_length_nest(levels):
    """Return a sequence (0008,1140) within itself, in explicit little-endian order with undefined lengths."""
    begin = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return begin * levels + end * levels


def inserted(path, content):
    """Put elements of group 8 in front of those of group 18."""
    raw = path.read_bytes()
    place = raw.index(b"\x18\x00\x20\x00")
    path.write_bytes(raw[:place] + content + raw[place:])


@pytest.mark.parametrize("levels", [33, 300, 5000])
def test_deep_nesting_is_refused(levels, dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    inserted(path, undefined_length_nest(levels))
    assert "more than 32 levels" in refused(path) if levels < 100 else refused(path)


def test_nesting_up_to_the_limit_is_read(dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    inserted(path, undefined_length_nest(32))
    assert read_input(path).series.pixels.shape == (1, 40, 30)


def test_too_many_items_are_refused_before_they_are_parsed(dicom_series, tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_limits, "MAX_DICOM_ITEMS", 50)
    monkeypatch.setattr(dicom_limits, "_SMALL_BYTES", 100)
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * 51
    inserted(path, b"\x08\x00\x40\x11SQ\0\0" + struct.pack("<I", len(items)) + items)
    assert "more than 50 sequence items" in refused(path)


def test_a_large_file_is_refused_by_its_size(dicom_series, tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_limits, "MAX_DICOM_BYTES", 2**20)
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    os.truncate(path, 2**20 + 1)
    assert "more than 1 MiB" in refused(path)


def deflated(path):
    """Turn a DICOM file in explicit little-endian order into a deflated one; return its packed dataset's place."""
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<I", raw, 140)
    meta, rest = raw[144 : 144 + length], raw[144 + length :]
    meta = meta.replace(struct.pack("<H", 20) + b"1.2.840.10008.1.2.1\0", struct.pack("<H", 22) + DEFLATED)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return raw[:140] + struct.pack("<I", len(meta)) + meta, rest, packer


def test_a_deflated_file_is_read(dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    plain = read_input(path).series.pixels
    head, rest, packer = deflated(path)
    path.write_bytes(head + packer.compress(rest) + packer.flush())
    assert np.array_equal(read_input(path).series.pixels, plain)


def test_a_deflated_bomb_is_not_inflated(dicom_series, tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_limits, "MAX_DICOM_BYTES", 2**20)
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    head, rest, packer = deflated(path)
    packed = packer.compress(rest) + b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    path.write_bytes(head + packed)
    assert path.stat().st_size < 2**18
    assert "packed or unpacked" in refused(path)


def test_damaged_deflate_is_damage(dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30)).write(tmp_path)
    head, _, _ = deflated(path)
    path.write_bytes(head + b"\xff" * 500)
    assert "damaged" in refused(path)


def jpeg(marker, rows, columns, samples=1, before=b""):
    return b"\xff\xd8" + before + bytes((0xFF, marker)) + struct.pack(">HBHHB", 8, 16, rows, columns, samples)


def jpeg_2000(rows, columns, samples=1, tile=None, offset=(0, 0)):
    tile_rows, tile_columns = tile or (rows, columns)
    return b"\xff\x4f\xff\x51" + struct.pack(
        ">HH8IH", 41, 0, columns, rows, offset[1], offset[0], tile_columns, tile_rows, 0, 0, samples
    )


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (jpeg(0xC0, 40, 30), (40, 30, 1)),
        (jpeg(0xC3, 40, 30, 3, before=b"\xff\xe0\x00\x04ab\xff\xff\xdb\x00\x03c"), (40, 30, 3)),
        (jpeg(0xF7, 60000, 50000), (60000, 50000, 1)),
        (jpeg_2000(40, 30), (40, 30, 1)),
        (jpeg_2000(140, 130, offset=(100, 100)), (40, 30, 1)),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n boxes " + jpeg_2000(7, 8, 3), (7, 8, 3)),
    ],
)
def test_the_size_in_a_code_stream_is_found(content, size):
    assert size_of_code_stream(content) == CodeStreamSize(*size)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xda\x00\x02",
        b"\xff\xd8\xff\xf8\x00\x08\x04\x02\x01\x01",
        jpeg(0xC0, 0, 30),
        jpeg_2000(40, 30)[:20],
        jpeg_2000(40, 30, offset=(40, 0)),
        jpeg_2000(4000, 3000, tile=(1, 1)),
        jpeg_2000(4000, 3000, tile=(0, 1)),
        b"plain pixels",
    ],
)
def test_a_code_stream_without_a_size_is_damaged(content):
    with pytest.raises(DamagedCodeStream):
        size_of_code_stream(content)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_a_code_stream_of_another_size_is_refused_before_it_is_decoded(syntax, dicom_series, tmp_path):
    series = dicom_series((1, 160, 120))
    (path,) = replace(series, syntax=syntax).write(tmp_path)
    assert np.array_equal(read_input(path).series.pixels[0], series.pixels[0])
    raw = bytearray(path.read_bytes())
    if syntax == JPEGLSLossless:
        struct.pack_into(">HH", raw, raw.index(b"\xff\xf7") + 5, 60000, 60000)
    else:
        struct.pack_into(">II", raw, raw.index(b"\xff\x4f\xff\x51") + 8, 300, 300)
    path.write_bytes(raw)
    assert "does not have the size that its header states" in refused(path)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless, RLELossless])
def test_a_damaged_code_stream_prints_nothing(syntax, dicom_series, tmp_path, capfd, caplog):
    (path,) = replace(dicom_series((1, 160, 120)), syntax=syntax).write(tmp_path)
    raw = path.read_bytes()
    start = raw.rindex(b"\xfe\xff\x00\xe0") + 8
    path.write_bytes(raw[: start + 100] + b"\xff" * (len(raw) - start - 108) + raw[-8:])
    with suppress(InputUnreadable):  # some decoders fill what is damaged
        read_input(path)
    assert "".join(capfd.readouterr()) == ""
    assert [record for record in caplog.records if record.name.startswith("pydicom")] == []


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_no_file_is_refused_at_once(kind, tmp_path, monkeypatch):
    path = tmp_path / "input"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # a socket's name must be short
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind("input")
    assert "not a file" in refused(Path("/dev/zero") if kind == "device" else path)


def test_pipes_and_sockets_in_a_folder_are_passed_over(dicom_series, tmp_path):
    dicom_series().write(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert read_input(tmp_path).series.pixels.shape == (5, 40, 30)


def test_what_may_not_be_read_in_a_folder_is_left_out_with_a_note(dicom_series, tmp_path, monkeypatch):
    dicom_series().write(tmp_path)
    (tmp_path / "closed").mkdir()
    (tmp_path / "secret").write_bytes(bytes(200))
    scandir, opened = os.scandir, Path.open

    def forbid(call):
        def forbidding(path, *arguments, **options):
            if Path(path).name in {"closed", "secret"}:
                raise PermissionError(13, "Permission denied", str(path))
            return call(path, *arguments, **options)

        return forbidding

    monkeypatch.setattr(os, "scandir", forbid(scandir))
    monkeypatch.setattr(Path, "open", forbid(opened))
    (note,) = read_input(tmp_path).notes
    assert (note.code, str(note.message)) == (
        "unreadable-files",
        "2 files or folders of the input may not be read and were left out.",
    )


def damage(path):
    path.write_bytes(path.read_bytes()[:-500])


def test_a_damaged_outer_slice_is_left_out_with_a_note(dicom_series, tmp_path):
    series = dicom_series((10, 40, 30))
    damage(series.write(tmp_path)[9])
    source = read_input(tmp_path)
    assert np.array_equal(source.series.pixels, series.pixels[:9])
    assert len(source.dicom_headers) == len(source.dicom_frames) == 9
    assert [note.code for note in source.notes] == ["damaged-slices"]


@pytest.mark.parametrize("damaged", [[4], [0, 1, 2], [0, 5], range(10)])
def test_slices_damaged_in_between_or_too_many_are_refused(damaged, dicom_series, tmp_path):
    paths = dicom_series((10, 40, 30)).write(tmp_path)
    for position in damaged:
        damage(paths[position])
    assert "damaged or cut off" in refused(tmp_path)


def test_a_bad_file_does_not_end_a_good_study(dicom_series, tmp_path):
    paths = dicom_series((10, 40, 30)).write(tmp_path)
    inserted(paths[0], undefined_length_nest(100))
    (tmp_path / "cut.dcm").write_bytes(paths[3].read_bytes()[:400])
    (tmp_path / "not.dcm").write_bytes(bytes(500))
    source = read_input(tmp_path)
    assert source.series.pixels.shape == (9, 40, 30)
    assert [note.code for note in source.notes] == ["damaged-files", "damaged-slices"]


def test_a_folder_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("spoils.io.dicom_study.MAX_FOLDER_FILES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()
    assert "choose the folder of one study" in refused(tmp_path)


def test_no_frames_are_one_in_a_single_frame_image(dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30), NumberOfFrames=0).write(tmp_path)
    assert read_input(path).series.pixels.shape == (1, 40, 30)


def test_frames_beyond_number_that_have_no_place_are_refused_at_once(dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30), NumberOfFrames=2**31 - 1).write(tmp_path)
    assert "where they lie" in refused(path)


@pytest.mark.parametrize(("shape", "words"), [((1, 200, 1), "1 mm wide"), ((1, 1, 200), "high")])
def test_one_column_or_row_is_no_image_of_a_spine(shape, words, dicom_series, tmp_path):
    (path,) = dicom_series(shape, PixelSpacing=[1, 1]).write(tmp_path)
    assert words in refused(path, UnsuitableInput)


@pytest.mark.parametrize("header", [{"Rows": 0}, {"Columns": 0}, {"Rows": 65535, "Columns": 65535}])
def test_a_size_that_the_pixels_do_not_have_is_refused(header, dicom_series, tmp_path):
    (path,) = dicom_series((1, 40, 30), **header).write(tmp_path)
    with pytest.raises((InputUnreadable, UnsuitableInput)):
        read_input(path)


def nifti_header(size):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, 0.5, 0.5, 4, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header)


@pytest.mark.parametrize("size", [(32767, 32767, 15), (32767, 4096, 32767)])
def test_a_gzip_bomb_with_a_large_header_is_refused_by_its_header(size, tmp_path):
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(nifti_header(size) + bytes(2**24)))
    refused(path, UnsuitableInput)


def test_a_gzip_bomb_behind_small_voxels_is_not_inflated(tmp_path):
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(nifti_header((300, 300, 9)) + bytes(300 * 300 * 9 * 2) + bytes(2**28)))
    with pytest.raises(SpoilsError):  # all voxels are equal, or of a size that no spine has
        read_input(path)


@pytest.mark.data
@pytest.mark.parametrize("name", ["pattern.mha", "ndims-99-heap.mha"])
def test_headers_that_broke_another_reader_are_refused(name, data_dir):
    refused(data_dir.parent / "cases" / "failing" / name)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jpegls-60000x60000.dcm", "size that its header states"),
        ("nest300.dcm", "more than 32 levels"),
        ("j2k-traceback.dcm", ""),
    ],
)
def test_dicom_files_that_hurt_are_refused(name, words, data_dir, tmp_path, capfd):
    path = tmp_path / name
    path.write_bytes(gzip.decompress((data_dir.parent / "cases" / "failing" / f"{name}.gz").read_bytes()))
    assert words in refused(path)
    assert "".join(capfd.readouterr()) == ""
