"""Every code that leaves the house: check digits, lengths, and one code for each thing that is said."""

import pytest
from pydicom.sr.codedict import codes as public

from spoils import codes
from spoils.anatomy import BODIES, DISC_FINDING_SITES, GRADE_CLASSES, LUMBAR_SPINE_SCT, STRUCTURES
from spoils.codes import Code, MeasurementCode, Scheme, disc_class, pfirrmann_grade
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS, STENOSIS_MEASUREMENTS, Pathway

VERHOEFF_D5 = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
"""Multiplication in the dihedral group of the pentagon."""

VERHOEFF_TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def verhoeff_holds(digits):
    check, turned = 0, list(range(10))
    for digit in reversed([int(digit) for digit in digits]):
        check = VERHOEFF_D5[check][turned[digit]]
        turned = [turned[VERHOEFF_TURN[place]] for place in range(10)]
    return check == 0


def loinc_holds(value):
    """Mod 10 over the number before the dash: every other digit from the right counts twice."""
    number, check = value.split("-")
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number))]
    return (-sum(sum(divmod(digit, 10)) for digit in doubled)) % 10 == int(check)


def found_in(value):
    if isinstance(value, Code):
        return [value]
    if isinstance(value, MeasurementCode):
        return [code for code in (value.name, value.definition, value.derivation, value.modifier) if code]
    if isinstance(value, dict):
        return [code for inner in value.values() for code in found_in(inner)]
    return []


OFFERED = [code for name in vars(codes).values() for code in found_in(name)]
MADE = [*(pfirrmann_grade(grade) for grade in range(1, 6)), *(disc_class(label) for label in GRADE_CLASSES)]
ALL = sorted({*OFFERED, *MADE}, key=lambda code: (code.scheme, code.value, code.meaning))
STRUCTURE_CODES = sorted({*(s.sct_code for s in STRUCTURES), *DISC_FINDING_SITES.values(), LUMBAR_SPINE_SCT})


def of(scheme):
    return sorted({code.value for code in ALL if code.scheme is scheme})


@pytest.mark.parametrize("value", [*of(Scheme.SCT), *STRUCTURE_CODES])
def test_snomed_check_digit(value):
    assert verhoeff_holds(value)


@pytest.mark.parametrize("value", of(Scheme.LOINC))
def test_loinc_check_digit(value):
    assert loinc_holds(value)


@pytest.mark.parametrize("place", range(len("122496007")))
def test_the_checks_see_a_wrong_digit(place):
    digits = "122496007"
    assert not verhoeff_holds(digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :])
    assert not loinc_holds("30679-4")


@pytest.mark.parametrize("code", ALL, ids=lambda code: f"{code.scheme}-{code.value}")
def test_dicom_can_hold_the_code(code):
    assert 0 < len(code.value) <= 16
    assert 0 < len(code.meaning) <= 64
    assert code.meaning.isascii()


def test_a_code_has_one_meaning_and_a_meaning_of_ours_one_code():
    meaning_of = {}
    for code in ALL:
        assert meaning_of.setdefault((code.scheme, code.value), code.meaning) == code.meaning
    ours = [code.meaning for code in ALL if code.scheme is Scheme.SPOILS]
    assert len(set(ours)) == len(ours)


@pytest.mark.parametrize(
    ("coded", "measured"),
    [
        (codes.DISC_CODES, DISC_MEASUREMENTS),
        (codes.BODY_CODES, BODY_MEASUREMENTS),
        (codes.CANAL_CODES, (*CANAL_MEASUREMENTS, *STENOSIS_MEASUREMENTS)),
    ],
    ids=["disc", "body", "canal"],
)
def test_every_measurement_has_a_code_of_its_own(coded, measured):
    assert tuple(coded) == measured
    definitions = [code.definition for code in coded.values()]
    assert len(set(definitions)) == len(definitions)
    assert all(definition.scheme is Scheme.SPOILS for definition in definitions)


def test_every_pathway_and_severity_has_a_code():
    assert set(codes.PATHWAY_VALUES) == set(Pathway)
    assert {label[1] for label in GRADE_CLASSES} == set(codes.SEVERITY_VALUES)


def listed_by_dicom(scheme):
    concepts = (getattr(scheme, name) for name in dir(scheme) if name[:1].isupper())
    return {(concept.value, concept.meaning) for concept in concepts}


@pytest.mark.parametrize(("scheme", "listed"), [(Scheme.SCT, public.SCT), (Scheme.DICOM, public.DCM)])
def test_public_codes_mean_what_dicom_says(scheme, listed):
    assert {(code.value, code.meaning) for code in ALL if code.scheme is scheme} <= listed_by_dicom(listed)


def test_structures_mean_what_dicom_says():
    """S1 alone is not among DICOM's own."""
    known = {(structure.sct_code, structure.sct_meaning) for structure in STRUCTURES if structure.name != BODIES[-1]}
    assert known <= listed_by_dicom(public.SCT)
