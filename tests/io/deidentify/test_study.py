"""Studies in, studies without a patient out."""

import logging
import shutil
import subprocess
from datetime import date

import numpy as np
import pydicom
import pytest
from pydicom.uid import MRImageStorage

from spoils.errors import InputUnreadable, SpoilsError, UnsuitableInput, UsageError
from spoils.io import Cleaning, Deidentification, Pseudonyms, write_deidentified
from spoils.phantom import PhantomSpec, draw_phantom, write_study

from .conftest import HEADER, NAMES, SECRET, with_other_objects, write_named_study, write_text


def copies(folder):
    """Return the written datasets in the order of series and instance numbers."""
    found = [pydicom.dcmread(path) for path in folder.rglob("*.dcm")]
    return sorted(found, key=lambda copy: (int(copy.SeriesNumber), int(copy.InstanceNumber)))


def test_nothing_that_names_anyone_is_left(named_study, how, tmp_path):
    done = write_deidentified(named_study.folder, tmp_path / "out", how)
    assert done.files == len(named_study.datasets)
    assert done.left_out == {}
    for path in (tmp_path / "out").rglob("*"):
        inside = (path.read_bytes() if path.is_file() else b"") + path.name.encode()
        for name in NAMES:
            assert name.lower().encode() not in inside.lower()
        assert b"claustrophobic" not in inside


def test_uids_are_new_and_hang_together(named_study, how, tmp_path):
    write_deidentified(named_study.folder, tmp_path / "out", how)
    made = copies(tmp_path / "out")
    originals = {str(uid) for each in named_study.datasets for uid in (each.SOPInstanceUID, each.SeriesInstanceUID)}
    assert len({copy.SOPInstanceUID for copy in made}) == 6
    assert len({copy.SeriesInstanceUID for copy in made}) == 2
    assert len({copy.StudyInstanceUID for copy in made}) == 1
    assert len({copy.FrameOfReferenceUID for copy in made}) == 1
    assert not originals & {str(copy.SOPInstanceUID) for copy in made}
    for copy in made:
        (reference,) = copy.ReferencedImageSequence
        assert reference.ReferencedSOPInstanceUID == copy.StudyInstanceUID
        assert reference.ReferencedSOPClassUID == MRImageStorage
        assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID


def test_files_are_named_by_their_new_uids(named_study, how, tmp_path):
    write_deidentified(named_study.folder, tmp_path / "out", how)
    for path in (tmp_path / "out").rglob("*.dcm"):
        copy = pydicom.dcmread(path)
        named = (copy.StudyInstanceUID, copy.SeriesInstanceUID, f"{copy.SOPInstanceUID}.dcm")
        assert path.relative_to(tmp_path / "out").parts == named


def test_the_same_secret_gives_the_same_files_in_every_run(named_study, how, tmp_path):
    for name in ("first", "second"):
        write_deidentified(named_study.folder, tmp_path / name, how)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.dcm")}
        for name in ("first", "second")
    )
    assert first == second


def test_dates_keep_their_distances_over_studies(named_study, how, tmp_path):
    later = write_named_study(tmp_path / "later", HEADER | {"StudyDate": "20210302"})
    write_deidentified(named_study.folder, tmp_path / "a", how)
    write_deidentified(later.folder, tmp_path / "b", how)
    first, second = copies(tmp_path / "a")[0], copies(tmp_path / "b")[0]
    assert first.PatientID == second.PatientID
    before, after = date.fromisoformat(first.StudyDate), date.fromisoformat(second.StudyDate)
    assert (after - before).days == (date(2021, 3, 2) - date(2020, 1, 31)).days
    assert before != date(2020, 1, 31)
    assert (date.fromisoformat(first.ContentDate) - before).days == 1
    assert first.AcquisitionDateTime == first.StudyDate + "235959.5"
    assert first.LongitudinalTemporalInformationModified == "MODIFIED"


def test_the_header_says_how_it_was_cleaned(named_study, how, tmp_path):
    write_deidentified(named_study.folder, tmp_path / "out", how)
    for copy in copies(tmp_path / "out"):
        assert copy.PatientIdentityRemoved == "YES"
        assert [code.CodeValue for code in copy.DeidentificationMethodCodeSequence] == ["113100", "113107"]
        assert "PatientAge" not in copy
        assert copy.PatientSex == ""
        assert copy.PatientBirthDate is None or copy.PatientBirthDate == ""
        assert not any(element.tag.is_private for element in copy.iterall())
        assert not [tag for tag in copy.keys() if tag.group & 0xFF00 in {0x5000, 0x6000}]  # noqa: SIM118 - no dict
        assert copy.preamble == bytes(128)
        assert "SourceApplicationEntityTitle" not in copy.file_meta
        assert copy.ReferencedImageSequence[0].PurposeOfReferenceCodeSequence[0].CodeMeaning == "Localizer"


def test_pixels_and_geometry_stay(named_study, how, tmp_path):
    write_deidentified(named_study.folder, tmp_path / "out", how)
    for copy, original in zip(copies(tmp_path / "out"), named_study.datasets, strict=True):
        assert copy.PixelData == original.PixelData
        for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "EchoTime", "Manufacturer"):
            assert copy[keyword].value == original[keyword].value


@pytest.mark.parametrize(("age", "kept"), [("058Y", "058Y"), ("091Y", "090Y"), ("006M", "006M")])
def test_sex_and_age_stay_on_demand(tmp_path, age, kept):
    write_named_study(tmp_path / "in", HEADER | {"PatientAge": age})
    how = Deidentification(Cleaning(Pseudonyms(SECRET), keep_sex_age=True))
    write_deidentified(tmp_path / "in", tmp_path / "out", how)
    copy = copies(tmp_path / "out")[0]
    assert (copy.PatientSex, copy.PatientAge) == ("F", kept)
    assert [code.CodeValue for code in copy.DeidentificationMethodCodeSequence][-1] == "113108"


def test_reports_captures_and_other_files_are_left_out(named_study, how, tmp_path):
    with_other_objects(named_study.folder)
    (named_study.folder / "Weatherby.txt").write_text("Cordelia")
    done = write_deidentified(named_study.folder, tmp_path / "out", how)
    assert done.files == 6
    assert sorted(done.left_out.values()) == [1, 2]
    assert len(copies(tmp_path / "out")) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"BurnedInAnnotation": "YES"},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"ConversionType": "WSD"},
        {"RecognizableVisualFeatures": "YES"},
    ],
)
def test_images_that_say_they_show_a_person_or_screen_are_left_out(how, tmp_path, change):
    write_named_study(tmp_path / "in", HEADER | change)
    with pytest.raises(UnsuitableInput, match="left out"):
        write_deidentified(tmp_path / "in", tmp_path / "out", how)
    assert not (tmp_path / "out").exists()


def test_a_series_with_text_in_its_pixels_is_left_out_unless_a_person_looked(named_study, how, tmp_path):
    path = next((named_study.folder).rglob("series 2/*.dcm"))
    image = pydicom.dcmread(path)
    picture = write_text(np.pad(image.pixel_array // 50, ((40, 40), (60, 60))))
    image.Rows, image.Columns = picture.shape
    image.PixelData = picture.tobytes()
    image.save_as(path)
    done = write_deidentified(named_study.folder, tmp_path / "out", how)
    assert done.files == 3
    assert done.left_out == {"left-out-text-in-pixels": 3}
    checked = Deidentification(how.cleaning, pixels_checked=True)
    assert write_deidentified(named_study.folder, tmp_path / "checked", checked).files == 6


def test_a_trace_that_is_left_stops_all(how, tmp_path, capsys):
    """A name in an attribute that the profile keeps, as it should not hold one."""
    write_named_study(tmp_path / "in", HEADER | {"SequenceName": "weatherby_tse"})
    with pytest.raises(SpoilsError, match="nothing was written") as caught:
        write_deidentified(tmp_path / "in", tmp_path / "out", how)
    assert "eatherby" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("kept", ["SequenceName", "SoftwareVersions", "ReceiveCoilName"])
@pytest.mark.parametrize("leak", ["Cordelia", "x 4711-XQ", "QUILLFEATHER-61", "19611104"])
def test_every_kind_of_trace_is_found(how, tmp_path, kept, leak):
    write_named_study(tmp_path / "in", HEADER | {kept: leak})
    with pytest.raises(SpoilsError, match="nothing was written"):
        write_deidentified(tmp_path / "in", tmp_path / "out", how)


@pytest.mark.parametrize("leak", ["शर्मा", "राहुल कुमार", "tse राम", "山田", "山田 太郎", "たろう", "Rahul"])
def test_names_in_other_scripts_are_found(how, tmp_path, leak):
    """Whole and in parts: Devanagari with its vowel signs, and every group of a Japanese name."""
    names = {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": "Sharma^Rahul=शर्मा^राहुल कुमार",
        "ReferringPhysicianName": "Yamada^Tarou=山田^太郎=やまだ^たろう",
        "OperatorsName": "राम^",
    }
    write_named_study(tmp_path / "in", HEADER | names | {"SequenceName": leak})
    with pytest.raises(SpoilsError, match="nothing was written"):
        write_deidentified(tmp_path / "in", tmp_path / "out", how)


def test_names_in_other_scripts_are_removed(how, tmp_path):
    names = {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Sharma^Rahul=शर्मा^राहुल"}
    write_named_study(tmp_path / "in", HEADER | names | {"SequenceName": "शर"})
    write_deidentified(tmp_path / "in", tmp_path / "out", how)
    for path in (tmp_path / "out").rglob("*.dcm"):
        assert not [part for part in ("Sharma", "शर्मा", "राहुल") if part.encode() in path.read_bytes()]


def test_a_uid_of_the_study_under_the_root_of_the_standard_is_new_too(how, tmp_path):
    """Some programs make such UIDs, against the rules: only what the standard defines may stay."""
    write_named_study(tmp_path / "in", study="1.2.840.10008.9.4711")
    write_deidentified(tmp_path / "in", tmp_path / "out", how)
    assert {copy.StudyInstanceUID for copy in copies(tmp_path / "out")} == {
        Pseudonyms(SECRET).uid("1.2.840.10008.9.4711")
    }
    assert Pseudonyms(SECRET).uid("1.2.840.10008.9.4711").startswith("2.25.")


def test_a_trace_in_pixels_is_found(named_study, how, tmp_path):
    path = next(named_study.folder.rglob("*.dcm"))
    image = pydicom.dcmread(path)
    image.PixelData = b"Weatherby^Cordelia" + image.PixelData[18:]
    image.save_as(path)
    with pytest.raises(SpoilsError, match="nothing was written"):
        write_deidentified(named_study.folder, tmp_path / "out", how)


@pytest.mark.parametrize(
    "change",
    [
        {"Manufacturer": "Weatherby Imaging"},
        {"InstitutionName": "MAKERS"},
        {"StationName": "0000", "SequenceName": "se 0000"},
        {"OperatorsName": "----", "SequenceName": "----"},
    ],
)
def test_words_of_the_scanner_and_placeholders_are_no_trace(how, tmp_path, change):
    write_named_study(tmp_path / "in", HEADER | change)
    assert write_deidentified(tmp_path / "in", tmp_path / "out", how).files == 6


def test_a_cleaned_study_can_be_cleaned_again(named_study, how, tmp_path):
    write_deidentified(named_study.folder, tmp_path / "once", how)
    assert write_deidentified(tmp_path / "once", tmp_path / "twice", how).files == 6


def test_one_uid_twice_is_refused(named_study, how, tmp_path):
    path = next(named_study.folder.rglob("*.dcm"))
    shutil.copy(path, named_study.folder / "again.dcm")
    with pytest.raises(InputUnreadable, match="same image"):
        write_deidentified(named_study.folder, tmp_path / "out", how)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_image_of_no_study_is_refused(how, tmp_path, dicom_series):
    dicom_series().write(tmp_path / "in")
    with pytest.raises(InputUnreadable, match="identifier"):
        write_deidentified(tmp_path / "in", tmp_path / "out", how)
    assert not (tmp_path / "out").exists()


def test_damaged_files_are_left_out(named_study, how, tmp_path):
    path = next(named_study.folder.rglob("*.dcm"))
    path.write_bytes(path.read_bytes()[:400])
    done = write_deidentified(named_study.folder, tmp_path / "out", how)
    assert done.files == 5


def test_a_folder_with_something_in_it_is_not_written_to(named_study, how, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="new or empty"):
        write_deidentified(named_study.folder, tmp_path / "out", how)
    assert (tmp_path / "out" / "mine").read_text() == "mine"


def test_an_input_that_is_not_there_is_refused(how, tmp_path):
    with pytest.raises(InputUnreadable):
        write_deidentified(tmp_path / "nothing", tmp_path / "out", how)


def test_the_log_names_nobody(named_study, how, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    path = next(named_study.folder.rglob("*.dcm"))
    image = pydicom.dcmread(path)
    with pytest.warns(UserWarning, match="Weatherby"):
        image.StudyTime = image.StudyDate = "Weatherby"
    image.save_as(path)
    caplog.clear()
    write_deidentified(named_study.folder, tmp_path / "out", how)
    for name in NAMES:
        assert name.lower() not in caplog.text.lower()


@pytest.mark.peers
def test_copies_conform_as_well_as_their_originals(how, tmp_path):
    """dciodvfy finds nothing in a cleaned phantom that it did not find before."""
    write_study(draw_phantom(PhantomSpec(n_slices=3)), tmp_path / "in")
    write_deidentified(tmp_path / "in", tmp_path / "out", how)

    def complaints(folder):
        lines = set()
        for path in folder.rglob("*.dcm"):
            done = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)  # noqa: S607
            lines |= {line for line in done.stderr.splitlines() if line.startswith("Error")}
        return lines

    assert complaints(tmp_path / "out") <= complaints(tmp_path / "in")
