"""What is known of the patient: the user's word over the header, the name on the documents, the reader's language."""

import pydicom
import pytest

import spoils
from spoils.messages import Language, translator_for
from spoils.phantom import PhantomSpec, draw_phantom, write_study

NAME = "Planted^Name"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write_study(draw_phantom(PhantomSpec(n_slices=5)), tmp_path_factory.mktemp("study"))
    for path in folder.rglob("*"):
        if path.is_file() and pydicom.misc.is_dicom(path):
            image = pydicom.dcmread(path)
            image.PatientName, image.PatientSex, image.PatientAge = NAME, "F", "054Y"
            image.save_as(path)
    return folder


@pytest.fixture(scope="module")
def as_in_the_header(study):
    return spoils.assess(study, language="de")


def test_age_and_sex_of_the_header_are_used(as_in_the_header):
    found = as_in_the_header.assessment.study
    assert (found.age_years, found.sex) == (54, "F")


def test_what_the_user_gives_overrides_the_header(study):
    found = spoils.assess(study, age_years=40, sex="M").assessment.study
    assert (found.age_years, found.sex) == (40, "M")


def test_the_name_reaches_the_report_and_nothing_else(as_in_the_header):
    files = as_in_the_header.files
    assert "Planted" in files["report.html"].decode()
    assert all(b"Planted" not in files[name] for name in ("assessment.json", "overlay.png", "segmentation.nii.gz"))


def test_the_report_says_what_was_read_in_the_language_of_the_reader(as_in_the_header):
    found = as_in_the_header.assessment.study
    german = translator_for(Language.GERMAN).render(found.source_wording)
    assert found.source == translator_for().render(found.source_wording)
    assert german != found.source
    page = as_in_the_header.files["report.html"].decode()
    assert german.split(":")[0] in page
    assert found.source not in page
