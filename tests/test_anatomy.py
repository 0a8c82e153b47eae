import re

import pytest

from spoils import anatomy
from spoils.anatomy import BODIES, CHAIN, DISC_FINDING_SITES, DISCS, GRADE_CLASSES, STRUCTURES, bodies_beside, structure
from spoils.errors import UsageError

# Verhoeff's dihedral check: multiplication in D5, and the permutation applied once per position.
MULTIPLY = [
    [(i + j) % 5 + 5 * (j // 5) if i < 5 else (i - j) % 5 + 5 * (1 - j // 5) for j in range(10)] for i in range(10)
]
PERMUTE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff_remainder(code):
    remainder = 0
    for position, digit in enumerate(reversed(code)):
        permuted = int(digit)
        for _ in range(position % 8):
            permuted = PERMUTE[permuted]
        remainder = MULTIPLY[remainder][permuted]
    return remainder


def test_label_values_are_the_public_ones():
    assert {s.name: s.label for s in STRUCTURES} == {
        "L1": 1,
        "L2": 2,
        "L3": 3,
        "L4": 4,
        "L5": 5,
        "S1": 6,
        "T12-L1": 7,
        "L1-L2": 8,
        "L2-L3": 9,
        "L3-L4": 10,
        "L4-L5": 11,
        "L5-S1": 12,
        "canal": 13,
    }
    assert anatomy.BACKGROUND == 0
    assert anatomy.N_CLASSES == 14


def test_the_chain_runs_downward_and_alternates():
    assert CHAIN[0] == DISCS[0]
    assert CHAIN[-1] == BODIES[-1]
    assert CHAIN[0::2] == DISCS
    assert CHAIN[1::2] == BODIES


def test_classes_are_the_public_ones():
    assert " ".join(GRADE_CLASSES) == "1L 2L 3L 3M 3H 4L 4M 4H 5L 5M 5H"


def test_a_disc_is_named_for_the_bodies_beside_it():
    for disc in DISCS[1:]:
        assert "-".join(bodies_beside(disc)) == disc
    assert bodies_beside(DISCS[0]) == (None, "L1")


def test_structures_are_found_by_name_and_by_label():
    for one in STRUCTURES:
        assert structure(one.name) is one
        assert anatomy.structure_of_label(one.label) is one


@pytest.mark.parametrize("name", ["L6", "", "l5", "L5/S1"])
def test_unknown_names_are_refused(name):
    with pytest.raises(UsageError, match=r"No structure is called .*\.$"):
        structure(name)


@pytest.mark.parametrize("label", [-1, 0, 14])
def test_unknown_labels_are_refused(label):
    with pytest.raises(UsageError, match="No structure has label value"):
        anatomy.structure_of_label(label)


def test_a_body_is_not_a_disc_level():
    with pytest.raises(UsageError, match="not a disc level"):
        bodies_beside("L5")


def test_the_check_digit_test_knows_a_wrong_code():
    """SNOMED's own example of a valid identifier, and the same with two digits swapped."""
    assert verhoeff_remainder("1290989121103") == 0
    assert verhoeff_remainder("1290989121130") != 0


@pytest.mark.parametrize(
    "code",
    [*(s.sct_code for s in STRUCTURES), *DISC_FINDING_SITES.values(), anatomy.LUMBAR_SPINE_SCT],
)
def test_codes_have_a_right_check_digit(code):
    assert verhoeff_remainder(code) == 0


def test_codes_are_unique():
    codes = [*(s.sct_code for s in STRUCTURES), *DISC_FINDING_SITES.values()]
    assert len(set(codes)) == len(codes)


def test_neighbours_differ_in_colour():
    colours = [structure(name).colour for name in CHAIN]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    assert all(a != b for kind in (0, 1) for a, b in zip(colours[kind::2], colours[kind + 2 :: 2], strict=False))
