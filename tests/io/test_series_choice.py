"""The sagittal T2 series of a study is found, and the reason given."""

import pytest

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import read_input
from spoils.messages import Language, translator_for

AXIAL = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
CORONAL = ((0, 1, 0), (0, 0, -1), (1, 0, 0))

NOT_T2 = {
    "T1": {"EchoTime": "10", "RepetitionTime": "600"},
    "proton density": {"EchoTime": "20", "RepetitionTime": "3500"},
    "STIR by sequence": {"ScanningSequence": ["SE", "IR"]},
    "STIR by inversion time": {"InversionTime": "150"},
    "STIR by name": {"SeriesDescription": "t2_stir_sag"},
    "gradient echo": {"ScanningSequence": "GR"},
    "subtraction": {"ImageType": ["DERIVED", "PRIMARY", "SUBTRACTION"]},
    "T1 by name, times missing": {"EchoTime": None, "RepetitionTime": None, "SeriesDescription": "Sag T1"},
}
WORSE = {
    "fat-saturated": {"ScanOptions": "FS"},
    "cervical": {"BodyPartExamined": "CSPINE"},
    "derived": {"ImageType": ["DERIVED", "PRIMARY"]},
    "without times": {"EchoTime": None, "RepetitionTime": None},
}


@pytest.mark.parametrize("header", NOT_T2.values(), ids=NOT_T2)
def test_a_sagittal_series_that_is_not_t2_is_refused_alone(dicom_series, tmp_path, header):
    dicom_series(**header).write(tmp_path)
    with pytest.raises(UnsuitableInput, match="no sagittal T2-weighted series"):
        read_input(tmp_path)


@pytest.mark.parametrize("header", (NOT_T2 | WORSE).values(), ids=NOT_T2 | WORSE)
def test_the_plain_t2_is_preferred_and_the_reason_given(dicom_series, tmp_path, header):
    plain = dicom_series(SeriesNumber=9)
    plain.write(tmp_path)
    dicom_series(shape=(9, 60, 60), SeriesNumber=2, **header).write(tmp_path)
    source = read_input(tmp_path)
    assert source.series_uid == plain.uid
    assert str(source.source).startswith("DICOM, 2 series: series 9 chosen (sagittal, spin echo, TE 110 ms, TR 3500 ms")
    assert "series 2" in str(source.source)


@pytest.mark.parametrize("header", WORSE.values(), ids=WORSE)
def test_second_best_is_taken_where_there_is_no_better(dicom_series, tmp_path, header):
    dicom_series(**header).write(tmp_path)
    assert read_input(tmp_path).series.pixels.shape == (5, 40, 30)


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [((7, 40, 30), (5, 80, 60), "more slices"), ((5, 80, 60), (5, 40, 30), "smaller pixels")],
)
def test_ties_are_explained(dicom_series, tmp_path, better, worse, why):
    chosen = dicom_series(shape=better, SeriesNumber=8)
    chosen.write(tmp_path)
    dicom_series(shape=worse, SeriesNumber=4).write(tmp_path)
    source = read_input(tmp_path)
    assert source.series_uid == chosen.uid
    assert f"preferred to series 4 for {why}" in str(source.source)


def test_the_t1_refusal_names_its_times(dicom_series, tmp_path):
    dicom_series(EchoTime="10", RepetitionTime="600").write(tmp_path)
    with pytest.raises(UnsuitableInput, match="TE 10 ms and TR 600 ms"):
        read_input(tmp_path)


@pytest.mark.parametrize(("axes", "plane"), [(AXIAL, "axial"), (CORONAL, "coronal")])
def test_other_planes_are_named(dicom_series, tmp_path, axes, plane):
    dicom_series(axes=axes).write(tmp_path)
    with pytest.raises(UnsuitableInput, match=f"no sagittal series, only {plane} ones"):
        read_input(tmp_path)


def test_a_ct_is_named(dicom_series, tmp_path):
    dicom_series(Modality="CT").write(tmp_path)
    with pytest.raises(UnsuitableInput, match="This is a CT image"):
        read_input(tmp_path)


def test_an_unknown_sequence_is_noted(dicom_series, tmp_path):
    dicom_series(EchoTime=None, RepetitionTime=None).write(tmp_path)
    assert [note.code for note in read_input(tmp_path).notes] == ["sequence-unknown"]


def test_descriptions_are_never_shown(dicom_series, tmp_path):
    dicom_series(SeriesDescription="T2 Jane Doe").write(tmp_path)
    assert "doe" not in str(read_input(tmp_path).source).lower()


def test_an_empty_folder_is_unreadable(tmp_path):
    with pytest.raises(InputUnreadable, match="no DICOM images"):
        read_input(tmp_path)


def test_the_source_line_is_written_in_the_language_of_the_reader(dicom_series, tmp_path):
    dicom_series(SeriesNumber=9).write(tmp_path)
    dicom_series(shape=(3, 40, 30), SeriesNumber=10).write(tmp_path)
    dicom_series(SeriesNumber=2, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]).write(tmp_path)
    source = read_input(tmp_path).source
    assert str(source) == (
        "DICOM, 3 series: series 9 chosen (sagittal, spin echo, TE 110 ms, TR 3500 ms, no inversion recovery,"
        " 5 slices), preferred to series 10 for more slices; not suited: series 2 (localizer image)"
    )
    assert translator_for(Language.GERMAN).render(source) == (
        "DICOM, 3 Serien: Serie 9 gewählt (sagittal, Spin-Echo, TE 110 ms, TR 3500 ms, ohne Inversion Recovery,"
        " 5 Schichten), vorgezogen vor Serie 10 (mehr Schichten); nicht geeignet: Serie 2 (Übersichtsaufnahme)"
    )
    assert translator_for(Language.HINDI).render(source) == (
        "DICOM, 3 सीरीज़: सीरीज़ 9 चुनी गई (सैजिटल, स्पिन इको, TE 110 ms, TR 3500 ms, इन्वर्ज़न रिकवरी नहीं, 5 स्लाइस),"
        " सीरीज़ 10 पर वरीयता, कारण: अधिक स्लाइस हैं; अनुपयुक्त: सीरीज़ 2 (लोकलाइज़र चित्र)"
    )


def test_the_first_of_equal_series_is_taken(dicom_series, tmp_path):
    dicom_series(SeriesNumber=7).write(tmp_path)
    dicom_series(SeriesNumber=7).write(tmp_path)
    assert "preferred to series 7 for being read first" in str(read_input(tmp_path).source)


def test_a_refusal_is_written_in_the_language_of_the_reader(dicom_series, tmp_path):
    dicom_series(EchoTime="10", RepetitionTime="612.5").write(tmp_path)
    with pytest.raises(UnsuitableInput) as caught:
        read_input(tmp_path)
    assert translator_for(Language.GERMAN).render(caught.value.message) == (
        "Die Untersuchung enthält keine sagittale T2-gewichtete Serie; ihre sagittalen Serien:"
        " nicht T2-gewichtet bei TE 10 ms und TR 612,5 ms."
    )
