"""Studies as archives and discs hand them out: ZIP, DICOMDIR, files without preamble, concatenations."""

import io
import zipfile

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from spoils.errors import InputUnreadable
from spoils.io import read_input, zip_archives


def zipped(files, names=None, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for index, file in enumerate(files):
            archive.writestr(names[index] if names else f"study/{index}", file.read_bytes())
    return buffer.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_study_is_read_as_its_folder_is(dicom_series, tmp_path, method):
    series = dicom_series()
    content = zipped(series.write(tmp_path / "study"), method=method)
    (tmp_path / "study.bin").write_bytes(content)
    for source in (content, tmp_path / "study.bin"):
        read = read_input(source)
        np.testing.assert_array_equal(read.series.pixels, series.pixels)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study", "study.bin"]


def test_later_candidates_of_a_zip_can_still_be_read(dicom_series, tmp_path):
    files = [*dicom_series(SeriesNumber=2).write(tmp_path), *dicom_series(SeriesNumber=3).write(tmp_path)]
    source = read_input(zipped(files))
    assert source.others[0].read().series.pixels.shape == (5, 40, 30)


@pytest.mark.parametrize("name", ["../evil.dcm", "a/../../evil.dcm", "/etc/evil.dcm", "C:\\evil.dcm", "..\\evil.dcm"])
def test_a_path_that_leads_outside_is_refused(dicom_series, tmp_path, name):
    files = dicom_series().write(tmp_path)
    with pytest.raises(InputUnreadable, match="outside"):
        read_input(zipped(files, [name, "1", "2", "3", "4"]))


def test_an_encrypted_zip_is_refused(dicom_series, tmp_path):
    content = bytearray(zipped(dicom_series().write(tmp_path)))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    with pytest.raises(InputUnreadable, match="encrypted"):
        read_input(bytes(content))


def test_zip_limits(dicom_series, tmp_path, monkeypatch):
    files = dicom_series().write(tmp_path)
    monkeypatch.setattr(zip_archives, "MAX_ZIP_MEMBERS", 4)
    with pytest.raises(InputUnreadable, match="more than the 4 files"):
        read_input(zipped(files))
    monkeypatch.setattr(zip_archives, "MAX_ZIP_MEMBERS", 5)
    monkeypatch.setattr(zip_archives, "MAX_ZIP_BYTES", 2**12)
    with pytest.raises(InputUnreadable, match="GiB"):
        read_input(zipped(files))


def test_a_bomb_is_refused_unread():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.dcm", b"\0" * 2**24)
    with pytest.raises(InputUnreadable, match="factor of 100"):
        read_input(buffer.getvalue())


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_cut_off_zip_is_damaged(dicom_series, tmp_path, cut):
    with pytest.raises(InputUnreadable):
        read_input(zipped(dicom_series().write(tmp_path))[:cut])


def test_a_zip_in_a_zip_is_left_closed(dicom_series, tmp_path):
    inner = tmp_path / "inner.zip"
    inner.write_bytes(zipped(dicom_series().write(tmp_path / "a")))
    with pytest.raises(InputUnreadable, match="not opened"):
        read_input(zipped([inner]))


@pytest.mark.parametrize("encoding", [(True, True), (False, True), (False, False)], ids=["implicit", "explicit", "big"])
@pytest.mark.parametrize("kept", [None, "Modality"], ids=["from SOP class", "from modality"])
def test_files_without_preamble_are_read(dicom_series, tmp_path, encoding, kept):
    series = dicom_series()
    for index in range(5):
        bare = Dataset()
        bare.update(series.dataset(index))
        if not encoding[1]:
            bare.PixelData = series.pixels[index].astype(">u2").tobytes()
        if kept is not None:
            del bare.SOPClassUID
        implicit, little = encoding
        pydicom.dcmwrite(
            tmp_path / f"I{index}", bare, implicit_vr=implicit, little_endian=little, enforce_file_format=False
        )
    np.testing.assert_array_equal(read_input(tmp_path).series.pixels, series.pixels)
    assert read_input(tmp_path / "I2").series.pixels.shape == (1, 40, 30)


def test_a_dicomdir_stands_for_its_folder(dicom_series, tmp_path):
    series = dicom_series()
    series.write(tmp_path / "IMAGES")
    index = series.dataset(0)
    index.SOPClassUID = index.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    index.save_as(tmp_path / "DICOMDIR")
    np.testing.assert_array_equal(read_input(tmp_path / "DICOMDIR").series.pixels, series.pixels)
    with pytest.raises(InputUnreadable, match="index of a disc"):
        read_input((tmp_path / "DICOMDIR").read_bytes())


def test_frames_without_places_are_named(dicom_series, tmp_path):
    dataset = dicom_series().dataset(0)
    dataset.NumberOfFrames = 5
    dataset.PixelData = dataset.PixelData * 5
    with pytest.raises(InputUnreadable, match="where they lie"):
        read_input([dataset])


def test_the_modality_is_that_of_the_file_where_the_data_set_has_none(dicom_series, tmp_path):
    dicom_series(Modality=None, EchoTime=None, RepetitionTime=None, SOPClassUID=None).write(tmp_path)
    source = read_input(tmp_path)
    assert source.modality == "MR"
    assert [note.code for note in source.notes] == ["modality-from-class", "sequence-unknown"]
