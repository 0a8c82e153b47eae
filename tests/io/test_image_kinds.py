"""Series that look like T2 by their times or names, but are another kind of image, are named and passed over."""

import pytest

from spoils.errors import UnsuitableInput
from spoils.io import read_input
from spoils.io.dicom_words import words_of

NO_TIMES = {"EchoTime": None, "RepetitionTime": None, "ScanningSequence": None}
UNSUITED = {
    "Philips phase": ({"ImageType": ["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "SE"]}, "phase image"),
    "Siemens phase": ({"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}, "phase image"),
    "real part": ({"ComplexImageComponent": "REAL"}, "phase image"),
    "GE out of phase": ({"SeriesDescription": "OutPhase: Sag T2 FLEX"}, "opposed-phase"),
    "Siemens opposed": ({"ImageType": ["DERIVED", "PRIMARY", "DIXON", "OPP_PHASE"]}, "opposed-phase"),
    "Philips opposed": ({"ImageType": ["DERIVED", "PRIMARY", "OP", "OP", "DERIVED"]}, "opposed-phase"),
    "opposed by name": ({"SeriesDescription": "t2_tse_dixon_sag_opp"}, "opposed-phase"),
    "fat fraction": ({"ImageType": ["DERIVED", "PRIMARY", "FAT_FRACTION"]}, "fraction"),
    "fat": ({"ImageType": ["DERIVED", "PRIMARY", "DIXON", "FAT"]}, "fat image"),
    "T2 map": ({"ImageType": ["DERIVED", "PRIMARY", "T2_MAP"]}, "computed map"),
    "map by name": ({"SeriesDescription": "SAG T2 MAP"}, "computed map"),
    "ADC": ({"ImageType": ["DERIVED", "PRIMARY", "ADC"]}, "diffusion"),
    "diffusion by name": ({"SeriesDescription": "ep2d_diff_b800 lumbar"}, "diffusion"),
    "diffusion by b-value": ({"DiffusionBValue": 600.0}, "diffusion"),
    "echo-planar spin echo": ({"ScanningSequence": ["SE", "EP"]}, "echo-planar"),
    "HASTE": ({"SeriesDescription": "t2_haste_sag_survey", "SequenceName": "*h2d1_179"}, "survey|localizer|single"),
    "SSFSE": ({"SeriesDescription": "SAG SSFSE"}, "single-shot"),
    "survey": ({"ProtocolName": "SURVEY L-SPINE"}, "localizer"),
    "screen capture": ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "screen capture"),
    "projection": ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "projection"),
    "GE STIR": ({"SeriesDescription": "SAG STIR FRFSE"}, "inversion recovery"),
    "Siemens TIRM": ({"SequenceName": "*tir2d1_15"}, "inversion recovery"),
    "Philips T1W": ({**NO_TIMES, "SeriesDescription": "T1W_TSE_SAG"}, "not T2-weighted"),
    "PDW": ({**NO_TIMES, "SeriesDescription": "PDW_TSE_SAG"}, "not T2-weighted"),
    "T2 star by name": ({**NO_TIMES, "SeriesDescription": "SAG T2* MERGE"}, "gradient echo"),
}
SUITED = {
    "T2W": {**NO_TIMES, "SeriesDescription": "T2W_TSE_SAG"},
    "t2tse": {**NO_TIMES, "SeriesDescription": "sagt2tse"},
    "T12 is a vertebra": {**NO_TIMES, "SeriesDescription": "T2 SAG T12-S1"},
    "composed": {"ImageType": ["DERIVED", "PRIMARY", "M", "ND", "COMPOSED"]},
    "Philips magnitude": {"ImageType": ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"]},
    "in phase": {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "IN_PHASE"]},
}


@pytest.mark.parametrize(("header", "why"), UNSUITED.values(), ids=UNSUITED)
def test_other_kinds_are_refused_alone_and_passed_over_beside_a_t2(dicom_series, tmp_path, header, why):
    dicom_series(SeriesNumber=2, **header).write(tmp_path / "odd")
    with pytest.raises(UnsuitableInput, match=why):
        read_input(tmp_path)
    plain = dicom_series(SeriesNumber=9)
    plain.write(tmp_path / "plain")
    source = read_input(tmp_path)
    assert source.series_uid == plain.uid
    assert "not suited: series 2" in str(source.source)


@pytest.mark.parametrize("header", SUITED.values(), ids=SUITED)
def test_a_t2_by_any_vendors_words_is_read(dicom_series, tmp_path, header):
    dicom_series(**header).write(tmp_path)
    assert read_input(tmp_path).series.pixels.shape == (5, 40, 30)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("T2 SAG L-SPINE", {"t2", "lumbar"}),
        ("t2_tse_sag_lws", {"t2", "lumbar"}),
        ("C-Spine T2w", {"t2", "other-region"}),
        ("T2 SAG C SPINE", {"t2", "other-region"}),
        ("SAG T2 FS", {"t2", "fat-suppressed"}),
        ("T1W_TSE", {"t1"}),
        ("PD FSE", {"pd"}),
        ("T12-L5", set()),
    ],
)
def test_words_say_weighting_and_region(text, terms):
    known = {"t1", "t2", "pd", "lumbar", "other-region", "fat-suppressed"}
    assert words_of([text]) & known == terms


def test_a_lumbar_series_is_preferred_to_a_cervical_one_with_more_slices(dicom_series, tmp_path):
    dicom_series(shape=(9, 60, 60), SeriesNumber=2, SeriesDescription="T2 SAG C-SPINE").write(tmp_path)
    lumbar = dicom_series(SeriesNumber=4, SeriesDescription="T2 SAG L-SPINE")
    lumbar.write(tmp_path)
    source = read_input(tmp_path)
    assert source.series_uid == lumbar.uid
    assert "described as another one" in str(source.source)
