from datetime import date

import pydicom
import pytest

from spoils.findings import Person
from spoils.io import read_input
from spoils.io.dicom_patient import subject_of
from spoils.phantom import PhantomSpec, draw_phantom, write_study


@pytest.fixture(scope="module")
def slice_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_study(draw_phantom(PhantomSpec(seed=3)), folder)
    return min((folder / "sagittal-t2").iterdir())


def subject_with(slice_path, folder, **values):
    dataset = pydicom.dcmread(slice_path)
    for keyword in ("AcquisitionDate", "SeriesDate", "StudyDate", "PatientAge", "PatientBirthDate"):
        setattr(dataset, keyword, "")
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(folder / "changed.dcm")
    return subject_of(pydicom.dcmread(folder / "changed.dcm"))


def test_the_person_is_read_whole(slice_path, tmp_path):
    found = subject_with(
        slice_path,
        tmp_path,
        PatientName="Muster^Erika",
        PatientID="42",
        PatientBirthDate="19800229",
        AccessionNumber="A1",
        PatientSex="F",
        StudyDate="20260228",
    )
    assert found.person == Person(name="Muster, Erika", patient_id="42", born=date(1980, 2, 29), accession="A1")
    assert (found.sex, found.acquired) == ("F", date(2026, 2, 28))
    assert found.age_years == 45, "the birthday is one day later"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Erika Muster", "Erika Muster"),
        ("Müller^", "Müller"),
        ("^Erika", "Erika"),
        ("=शर्मा^राहुल", "शर्मा, राहुल"),
        ("Sharma^Rahul=शर्मा^राहुल", "Sharma, Rahul"),
        ("^^^^", ""),
    ],
)
def test_a_name_of_any_form_is_shown_without_stray_signs(slice_path, tmp_path, stored, shown):
    found = subject_with(slice_path, tmp_path, SpecificCharacterSet="ISO_IR 192", PatientName=stored)
    assert found.person.name == shown


@pytest.mark.parametrize(("stated", "years"), [("063Y", 63), ("018M", 1), ("400D", 1), ("old", None), ("999Y", None)])
def test_a_stated_age_is_believed_if_it_can_be(slice_path, tmp_path, stated, years):
    dataset = pydicom.dcmread(slice_path)
    with pydicom.config.disable_value_validation():
        dataset.PatientAge = stated
        dataset.PatientBirthDate = ""
        dataset.save_as(tmp_path / "aged.dcm")
    assert subject_of(pydicom.dcmread(tmp_path / "aged.dcm")).age_years == years


def test_what_is_not_there_stays_unknown(slice_path, tmp_path):
    found = subject_with(slice_path, tmp_path, PatientName="", PatientID="", PatientSex="O")
    assert found.person == Person()
    assert (found.sex, found.age_years, found.acquired) == (None, None, None)


def test_a_study_comes_with_its_subject(slice_path):
    subject = read_input(slice_path.parent).subject
    assert subject.sex in {"M", "F"}
    assert subject.acquired is not None
    assert subject.study_uid == pydicom.dcmread(slice_path).StudyInstanceUID
