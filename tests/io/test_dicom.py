"""DICOM in, canonical series out."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    EnhancedMRImageStorage,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import read_input

TO_RIGHT = ((-1, 0, 0), (0, 0, -1), (0, 1, 0))


def instances(source):
    return [header.SOPInstanceUID for header in source.dicom_headers]


def uids(files):
    return [pydicom.dcmread(file).SOPInstanceUID for file in files]


def codes(source):
    return [note.code for note in source.notes]


def test_slices_are_ordered_by_position_not_by_number_or_name(dicom_series, tmp_path):
    series = dicom_series()
    files = series.write(tmp_path, order=[3, 0, 4, 1, 2])
    source = read_input(tmp_path)
    np.testing.assert_array_equal(source.series.pixels, series.pixels)
    assert instances(source) == uids(files)
    assert source.series.grid.matches(series.grid)
    assert (source.modality, source.series_uid, source.notes) == ("MR", series.uid, ())


def test_right_to_left_order_is_turned_with_its_files(dicom_series, tmp_path):
    series = dicom_series(axes=TO_RIGHT)
    files = series.write(tmp_path)
    source = read_input(tmp_path)
    np.testing.assert_array_equal(source.series.pixels, series.pixels[::-1])
    assert instances(source) == uids(files[::-1])
    assert source.dicom_frames == (0,) * 5
    assert source.instance_numbers == tuple(int(pydicom.dcmread(file).InstanceNumber) for file in files[::-1])
    np.testing.assert_allclose(source.series.grid.to_patient((4, 0, 0)), series.grid.to_patient((0, 0, 0)), atol=1e-4)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_pixels_are_read(dicom_series, tmp_path, syntax):
    series = dicom_series(shape=(2, 80, 64))
    compressed = type(series)(series.pixels, series.grid, series.header, series.uid, syntax)
    compressed.write(tmp_path)
    assert pydicom.dcmread(next(tmp_path.iterdir())).file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(read_input(tmp_path).series.pixels, series.pixels)


def jpeg_lossless(stored):
    """Encode uint16 (row, column) as JPEG Lossless, process 14, predictor 1: each pixel's step from its left neighbour.

    The Huffman table gives each of the 17 step sizes a code of five bits (ITU-T T.81, annex H).
    """
    values = stored.astype(int)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0], predicted[0, 0] = values[:-1, 0], 2**15
    bits = []
    for step in (values - predicted).ravel():
        size = int(abs(step)).bit_length()
        bits.append(f"{size:05b}")
        if size:
            bits.append(f"{step if step > 0 else step + 2**size - 1:0{size}b}")
    packed = "".join(bits)
    packed += "1" * (-len(packed) % 8)
    scan = int(packed, 2).to_bytes(len(packed) // 8, "big").replace(b"\xff", b"\xff\x00")
    rows, columns = stored.shape
    frame = b"\xff\xc3\x00\x0b\x10" + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    table = b"\xff\xc4\x00\x24\x00" + bytes([0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17))
    return b"\xff\xd8" + frame + table + b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00" + scan + b"\xff\xd9"


def test_jpeg_lossless_is_read(dicom_series, tmp_path):
    series = dicom_series(shape=(1, 40, 30))
    dataset = series.dataset(0)
    dataset.PixelData = encapsulate([jpeg_lossless(series.pixels[0])])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    np.testing.assert_array_equal(read_input(tmp_path).series.pixels, series.pixels)


def test_pixels_in_another_encoding_than_named_are_unreadable(dicom_series, tmp_path):
    dataset = dicom_series().dataset(0)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(InputUnreadable, match="damaged"):
        read_input(tmp_path)


def test_rescaling_is_applied(dicom_series, tmp_path):
    series = dicom_series(RescaleSlope="2.5", RescaleIntercept="-100")
    series.write(tmp_path)
    np.testing.assert_allclose(read_input(tmp_path).series.pixels, series.pixels * 2.5 - 100)


def test_monochrome1_is_turned_over(dicom_series, tmp_path):
    series = dicom_series(PhotometricInterpretation="MONOCHROME1")
    series.write(tmp_path)
    pixels = read_input(tmp_path).series.pixels
    np.testing.assert_array_equal(np.argsort(pixels[2, 5]), np.argsort(-series.pixels[2, 5].astype(int)))
    assert pixels.min() == series.pixels.min()


def test_a_single_file_means_only_that_slice(dicom_series, tmp_path):
    series = dicom_series()
    files = series.write(tmp_path)
    source = read_input(files[1])
    np.testing.assert_array_equal(source.series.pixels, series.pixels[1:2])
    assert instances(source) == uids([files[1]])
    assert source.series.grid.spacing_mm[0] == pytest.approx(4.4)


def test_a_single_slice_without_thickness_says_so(dicom_series, tmp_path):
    (path, *_) = dicom_series(shape=(1, 40, 30), SliceThickness=None).write(tmp_path)
    assert codes(read_input(path)) == ["slice-thickness-unknown"]


def test_copies_of_a_file_are_used_once(dicom_series, tmp_path):
    series = dicom_series()
    files = series.write(tmp_path)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "again").write_bytes(files[2].read_bytes())
    source = read_input(tmp_path)
    assert source.series.pixels.shape[0] == 5
    assert source.notes == ()


def test_repeated_positions_are_noted(dicom_series, tmp_path):
    series = dicom_series()
    series.write(tmp_path)
    series.dataset(2, instance=99).save_as(tmp_path / "repeat.dcm")
    source = read_input(tmp_path)
    np.testing.assert_array_equal(source.series.pixels, series.pixels)
    assert codes(source) == ["repeated-slices"]


def test_a_missing_slice_is_refused(dicom_series, tmp_path):
    files = dicom_series().write(tmp_path)
    files[2].unlink()
    with pytest.raises(UnsuitableInput, match="missing"):
        read_input(tmp_path)


def test_slices_shifted_in_plane_are_refused(dicom_series, tmp_path):
    series = dicom_series()
    files = series.write(tmp_path)
    dataset = pydicom.dcmread(files[4])
    dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) + 10
    dataset.save_as(files[4])
    with pytest.raises(UnsuitableInput, match="shifted"):
        read_input(tmp_path)


def test_other_files_of_a_folder_are_passed_over(dicom_series, tmp_path):
    series = dicom_series()
    files = series.write(tmp_path / "deep" / "er")
    for name in ("DICOMDIR", ".hidden", "readme.txt"):
        (tmp_path / name).write_bytes(b"\0" * 128 + b"DICM" if name != "readme.txt" else b"read me")
    report = series.dataset(0)
    for keyword in ("Rows", "Columns", "PixelData"):
        delattr(report, keyword)
    report.save_as(tmp_path / "report.dcm")
    source = read_input(tmp_path)
    assert instances(source) == uids(files)
    assert source.notes == ()


def test_a_damaged_header_beside_a_whole_series_is_noted(dicom_series, tmp_path):
    files = dicom_series().write(tmp_path)
    (tmp_path / "cut.dcm").write_bytes(files[0].read_bytes()[:200])
    assert codes(read_input(tmp_path)) == ["damaged-files"]


def enhanced(series, echo_times=(110.0,)):
    """Turn a series into one enhanced multi-frame object; frames are interleaved by echo, in reverse slice order."""
    dataset = series.dataset(0)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    for keyword in ("PixelSpacing", "SliceThickness", "ImageOrientationPatient", "ImagePositionPatient", "EchoTime"):
        delattr(dataset, keyword)
    del dataset.ScanningSequence, dataset.RepetitionTime
    dataset.EchoPulseSequence = "SPIN"
    shared, timing, measures, plane = Dataset(), Dataset(), Dataset(), Dataset()
    timing.RepetitionTime = 3500.0
    single = series.dataset(0)
    measures.PixelSpacing, measures.SliceThickness = single.PixelSpacing, single.SliceThickness
    plane.ImageOrientationPatient = single.ImageOrientationPatient
    shared.MRTimingAndRelatedParametersSequence = [timing]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames, stored = [], []
    for k in reversed(range(len(series.pixels))):
        for echo_time in echo_times:
            own, position, echo, value = Dataset(), Dataset(), Dataset(), Dataset()
            position.ImagePositionPatient = series.dataset(k).ImagePositionPatient
            echo.EffectiveEchoTime = echo_time
            value.RescaleSlope, value.RescaleIntercept = "1", str(k)
            own.PlanePositionSequence, own.MREchoSequence = [position], [echo]
            own.PixelValueTransformationSequence = [value]
            frames.append(own)
            stored.append(series.pixels[k] // (1 if echo_time > 60 else 2))
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = np.array(stored).astype("<u2").tobytes()
    return dataset


@pytest.mark.parametrize("echo_times", [(110.0,), (12.0, 110.0)])
def test_enhanced_multi_frame_is_read_by_position_and_echo(dicom_series, tmp_path, echo_times):
    series = dicom_series()
    path = tmp_path / "enhanced.dcm"
    enhanced(series, echo_times).save_as(path, enforce_file_format=True)
    source = read_input(path)
    np.testing.assert_array_equal(source.series.pixels, series.pixels + np.arange(5)[:, None, None])
    assert source.series.grid.matches(series.grid)
    assert instances(source) == uids([path])
    assert source.instance_numbers == tuple(frame + 1 for frame in source.dicom_frames)
    assert source.dicom_frames == tuple(len(echo_times) * (4 - k) + len(echo_times) - 1 for k in range(5))
    assert "TE 110 ms" in str(source.source)


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient"])
def test_missing_geometry_is_unreadable(dicom_series, tmp_path, keyword):
    dicom_series(**{keyword: None}).write(tmp_path)
    with pytest.raises(InputUnreadable, match=r"spacing|lie in the patient"):
        read_input(tmp_path)


def test_cutting_a_file_anywhere_gives_one_sentence(dicom_series, tmp_path):
    (path, *_) = dicom_series(shape=(1, 40, 30)).write(tmp_path / "whole")
    whole = path.read_bytes()
    for length in (*range(0, len(whole), 61), len(whole) - 1):
        cut = tmp_path / "cut.dcm"
        cut.write_bytes(whole[:length])
        with pytest.raises(InputUnreadable) as caught:
            read_input(cut)
        assert str(tmp_path) not in str(caught.value)


def test_odd_header_values_warn_nobody(dicom_series, tmp_path, capfd):
    series = dicom_series()
    dataset = series.dataset(0)
    dataset.save_as(tmp_path / "odd.dcm", enforce_file_format=True)
    raw = (tmp_path / "odd.dcm").read_bytes().replace(series.uid.encode(), b"not a uid!".ljust(len(series.uid), b"x"))
    (tmp_path / "odd.dcm").write_bytes(raw)
    read_input(tmp_path / "odd.dcm")
    assert capfd.readouterr().err == ""


def test_too_large_slices_are_refused_before_decoding(dicom_series, tmp_path):
    path = tmp_path / "huge.dcm"
    dicom_series(Rows=20000, Columns=20000).dataset(0).save_as(path, enforce_file_format=True)
    with pytest.raises(UnsuitableInput, match="20000 x 20000"):
        read_input(path)


def test_an_empty_image_is_refused(dicom_series, tmp_path):
    series = dicom_series()
    blank = type(series)(np.full_like(series.pixels, 5), series.grid, series.header, generate_uid())
    blank.write(tmp_path)
    with pytest.raises(UnsuitableInput, match="same value"):
        read_input(tmp_path)
