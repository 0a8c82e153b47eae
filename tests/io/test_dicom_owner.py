"""Patients and studies of one input are never mixed."""

import pytest

from spoils.errors import UnsuitableInput, UsageError
from spoils.io import Selection, read_input

ANNA = {"PatientID": "A1", "PatientName": "Example^Anna", "PatientBirthDate": "19600102", "StudyInstanceUID": "1.1"}
BERT = {"PatientID": "B2", "PatientName": "Sample^Bert", "PatientBirthDate": "19700304", "StudyInstanceUID": "1.2"}
OTHERS = {
    "another ID": {"PatientID": "A2"},
    "another name": {"PatientName": "Sample^Bert", "PatientBirthDate": None},
    "another birth date": {"PatientBirthDate": "19610102"},
    "name and birth date, no ID": {"PatientID": "", "PatientName": "Sample^Bert", "PatientBirthDate": "19700304"},
}
SAME = {
    "case and accents": {"PatientName": "EXAMPLE^ANNA", "PatientID": "a1 "},
    "a new name": {"PatientName": "Newname^Anna"},
    "no ID in one": {"PatientID": None},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_two_patients_are_refused(dicom_series, tmp_path, changes):
    dicom_series(**ANNA).write(tmp_path / "a")
    dicom_series(**(ANNA | changes | {"StudyInstanceUID": "1.2"})).write(tmp_path / "b")
    with pytest.raises(UnsuitableInput, match="2 patients") as caught:
        read_input(tmp_path)
    assert "anna" not in str(caught.value).lower()


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_one_patient_written_in_two_ways_is_one(dicom_series, tmp_path, changes):
    dicom_series(**ANNA).write(tmp_path / "a")
    dicom_series(**(ANNA | changes)).write(tmp_path / "b")
    assert read_input(tmp_path).notes == ()


def test_an_option_names_the_patient(dicom_series, tmp_path):
    anna, bert = dicom_series(**ANNA), dicom_series(**BERT)
    anna.write(tmp_path)
    bert.write(tmp_path)
    for wanted in ("b2", "Sample, Bert"):
        assert read_input(tmp_path, selection=Selection(patient=wanted)).series_uid == bert.uid
    with pytest.raises(UsageError, match="patient"):
        read_input(tmp_path, selection=Selection(patient="C3"))


def test_a_series_with_slices_of_two_patients_is_refused(dicom_series, tmp_path):
    series = dicom_series(**ANNA)
    datasets = [series.dataset(index, index + 1) for index in range(5)]
    datasets[2].PatientID = "B2"
    with pytest.raises(UnsuitableInput, match="one series carry different patients"):
        read_input(datasets)


def test_the_newest_study_of_a_patient_is_read_and_noted(dicom_series, tmp_path):
    old = dicom_series(shape=(9, 60, 60), **ANNA, StudyDate="20200501")
    new = dicom_series(**(ANNA | {"StudyInstanceUID": "1.3"}), StudyDate="20230102")
    old.write(tmp_path)
    new.write(tmp_path)
    source = read_input(tmp_path)
    assert source.series_uid == new.uid
    assert [note.code for note in source.notes] == ["several-studies"]
    for study in ("1.1", "2020-05-01", "20200501"):
        assert read_input(tmp_path, selection=Selection(study=study)).series_uid == old.uid
    with pytest.raises(UsageError, match="study"):
        read_input(tmp_path, selection=Selection(study="1.9"))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"StudyDate": None}, "newest"),
        ({"PatientID": None, "PatientBirthDate": None, "StudyDate": "20200501"}, "one patient"),
    ],
)
def test_studies_that_can_not_be_told_apart_need_an_option(dicom_series, tmp_path, header, words):
    dicom_series(**(ANNA | header)).write(tmp_path)
    dicom_series(**(ANNA | header | {"StudyInstanceUID": "1.3"})).write(tmp_path)
    with pytest.raises(UnsuitableInput, match=words):
        read_input(tmp_path)


def test_a_series_is_picked_by_its_uid(dicom_series, tmp_path):
    first, second = dicom_series(SeriesNumber=3), dicom_series(SeriesNumber=4)
    first.write(tmp_path)
    second.write(tmp_path)
    source = read_input(tmp_path, selection=Selection(series_uid=second.uid))
    assert (source.series_uid, source.others) == (second.uid, ())
    with pytest.raises(UsageError, match="series"):
        read_input(tmp_path, selection=Selection(series_uid="1.2.3"))
