"""What all objects share: patient and study copied right, new series, the same objects for the same content."""

from datetime import UTC, datetime
from io import BytesIO

import highdicom as hd
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from spoils import __version__
from spoils.errors import UnsuitableInput
from spoils.files import write_folder
from spoils.findings import RESEARCH_USE
from spoils.report import dicom_files
from spoils.report.dicom import dicom_objects

from .results import phantom_result, small_assessment
from .studies import datasets, enhanced

NAMES = {"seg.dcm", "sr.dcm", "report.dcm", "overlay.dcm"}


def named(**values):
    images = datasets()
    for image in images:
        for keyword, value in values.items():
            setattr(image, keyword, value)
    return images


def written(tmp_path, images=None, **changes):
    content, study = phantom_result(tmp_path / "study", images, **changes)
    write_folder(tmp_path / "out", dicom_files(content, study.source))
    return {path.name: pydicom.dcmread(path) for path in (tmp_path / "out").iterdir()}, content, study


def test_patient_and_study_are_those_of_the_source(tmp_path):
    told = {
        "PatientName": "Müller^Jürgen",
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientID": "4711",
        "PatientBirthDate": "19680304",
        "PatientAge": "051Y",
        "PatientWeight": "81.5",
        "AccessionNumber": "A-9",
        "ReferringPhysicianName": "Ärztin^Änne",
    }
    objects, _, study = written(tmp_path, named(**told))
    assert set(objects) == NAMES
    for made in objects.values():
        for keyword, value in (told | {"SpecificCharacterSet": "ISO_IR 192"}).items():
            assert str(made[keyword].value) == value
        for keyword in ("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription"):
            assert made[keyword].value == study.headers[0][keyword].value


def test_text_inside_sequences_keeps_its_letters(tmp_path):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "LWS", "99LOCAL", "MRT der Lendenwirbelsäule"
    objects, _, _ = written(tmp_path, named(SpecificCharacterSet="ISO_IR 100", ProcedureCodeSequence=[code]))
    for made in objects.values():
        assert made.ProcedureCodeSequence[0].CodeMeaning == code.CodeMeaning


def test_each_object_opens_a_series_that_says_what_it_is(tmp_path):
    objects, content, study = written(tmp_path)
    series = [made.SeriesInstanceUID for made in objects.values()]
    assert len({*series, study.headers[0].SeriesInstanceUID}) == len(series) + 1
    assert len({made.SeriesNumber for made in objects.values()}) == len(series)
    for made in objects.values():
        assert made.SeriesDescription.startswith("SPOILS ")
        assert made.SeriesDescription.endswith("research use only")
        assert (made.ManufacturerModelName, made.SoftwareVersions) == ("SPOILS", __version__)
        assert made.SOPInstanceUID.startswith("2.25.")
        assert made.SOPInstanceUID.is_valid
        assert made.ContentDate == content.assessment.created.astimezone().strftime("%Y%m%d")
    said = {"seg.dcm": "ImageComments", "overlay.dcm": "ImageComments", "report.dcm": "DocumentTitle"}
    assert all(RESEARCH_USE in objects[name][keyword].value for name, keyword in said.items())
    spatial = {"seg.dcm"}
    assert {name for name, made in objects.items() if "FrameOfReferenceUID" in made} == spatial
    assert objects["seg.dcm"].FrameOfReferenceUID == study.headers[0].FrameOfReferenceUID


def test_the_same_content_makes_the_same_objects(tmp_path):
    content, study = phantom_result(tmp_path)
    assert dicom_objects(content, study.source) == dicom_objects(content, study.source)


def test_other_content_makes_other_objects(tmp_path):
    content, study = phantom_result(tmp_path, pdf=b"%PDF-1")
    other, _ = phantom_result(tmp_path, pdf=b"%PDF-2")
    one, two = dicom_objects(content, study.source), dicom_objects(other, study.source)
    assert all(one[name].SOPInstanceUID != two[name].SOPInstanceUID for name in NAMES)


@pytest.mark.parametrize("length", [100, 101])
def test_the_pdf_comes_back_as_it_was(tmp_path, length):
    objects, content, _ = written(tmp_path, pdf=b"%PDF-" + b"x" * length)
    document = objects["report.dcm"]
    assert document.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == content.pdf
    assert len(document.EncapsulatedDocument) % 2 == 0
    assert document.BurnedInAnnotation == "YES"
    assert document.VerificationFlag == "UNVERIFIED"


def test_the_picture_loses_nothing(tmp_path):
    objects, content, study = written(tmp_path)
    picture = objects["overlay.dcm"]
    with Image.open(BytesIO(content.overlay)) as png:
        np.testing.assert_array_equal(picture.pixel_array, np.asarray(png))
    assert picture.BurnedInAnnotation == "NO"
    assert len(picture.SourceImageSequence) == len(study.headers)


def test_an_enhanced_source_has_all_results_too(tmp_path):
    objects, _, study = written(tmp_path, [enhanced(datasets())])
    assert set(objects) == NAMES
    report = hd.sr.srread(tmp_path / "out" / "sr.dcm")
    (source,) = study.headers
    assert source.SOPInstanceUID in {evidence[2] for evidence in report.get_evidence()}


def test_values_against_the_rules_are_left_out(tmp_path):
    images = named(PatientSex="U", PatientID=None, StudyID=None)
    broken = []
    for image in images:
        target = BytesIO()
        image.PatientBirthDate = "19680304"
        image.StudyTime = "101112"
        image.save_as(target, enforce_file_format=True)
        raw = target.getvalue().replace(b"19680304", b"4.3.1968").replace(b"101112", b"10:11 ")
        broken.append(pydicom.dcmread(BytesIO(raw)))
    objects, _, _ = written(tmp_path, broken)
    for made in objects.values():
        assert (made.PatientSex, made.PatientBirthDate, made.StudyTime, made.PatientID) == ("", "", "", "")


def test_attributes_that_dicom_wants_are_there_if_empty(tmp_path):
    images = datasets()
    for image in images:
        for keyword in ("PatientID", "PatientBirthDate", "AccessionNumber", "StudyID", "ReferringPhysicianName"):
            delattr(image, keyword)
    objects, _, _ = written(tmp_path, images)
    for made in objects.values():
        assert (made.PatientID, made.AccessionNumber, str(made.ReferringPhysicianName)) == ("", "", "")


def test_private_elements_stay_behind(tmp_path):
    images = datasets()
    for image in images:
        image.private_block(0x0011, "SCANNER", create=True).add_new(1, "LO", "secret")
    objects, _, _ = written(tmp_path, images)
    assert not any(element.tag.is_private for made in objects.values() for element in made.iterall())


def test_private_elements_inside_sequences_stay_behind_too(tmp_path):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "LWS", "99LOCAL", "MR lumbar spine"
    code.private_block(0x0011, "SCANNER", create=True).add_new(1, "LO", "secret")
    objects, _, _ = written(tmp_path, named(ProcedureCodeSequence=[code]))
    for made in objects.values():
        assert made.ProcedureCodeSequence[0].CodeValue == "LWS"
        assert not any(element.tag.is_private for element in made.iterall())


def test_an_id_against_the_rules_makes_no_result_of_nobody(tmp_path):
    """Without its ID an archive would file the result under another patient than the images."""
    with pytest.warns(UserWarning, match="maximum length"):
        images = named(PatientID="4711" * 17)
    content, study = phantom_result(tmp_path / "study", images)
    with pytest.raises(UnsuitableInput, match="patient's ID"):
        dicom_objects(content, study.source)


def test_times_are_in_the_zone_of_the_study(tmp_path):
    result = small_assessment().model_copy(update={"created": datetime(2026, 2, 28, 20, 45, tzinfo=UTC)})
    objects, _, _ = written(tmp_path, named(TimezoneOffsetFromUTC="+0530"), assessment=result)
    for made in objects.values():
        assert made.TimezoneOffsetFromUTC == "+0530"
        assert (made.InstanceCreationDate, made.InstanceCreationTime) == ("20260301", "021500")
        assert (made.ContentDate, made.ContentTime) == ("20260301", "021500")
        assert made.StudyTime == "120000"


@pytest.mark.parametrize("stated", ["", "local"])
def test_a_zone_that_is_not_stated_is_not_made_up(tmp_path, stated):
    objects, _, _ = written(tmp_path, named(TimezoneOffsetFromUTC=stated))
    assert not [name for name, made in objects.items() if "TimezoneOffsetFromUTC" in made]
