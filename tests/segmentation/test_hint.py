"""A level that the user gives: everything else is counted from it, or a sentence says why it can't be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.anatomy import BODIES, CHAIN, DISCS
from spoils.errors import UsageError
from spoils.segmentation import LevelHint, load_limits, name_components
from spoils.segmentation.alignment import NAMES
from spoils.segmentation.naming import rename_components, renumbering_note

LOWEST, SACRUM = DISCS[-1], BODIES[-1]


def renamed(parts, hint):
    return rename_components(parts, name_components(parts), hint, hint.at, load_limits())


@pytest.mark.parametrize(
    ("level", "at", "sentence"),
    [
        ("L6", None, "is not a level"),
        ("canal", (1, 1), "is not a level"),
        ("L4", None, "can't be L4"),
        ("L4", (-1, 2), "from 0"),
    ],
)
def test_a_hint_is_valid_from_construction(level, at, sentence):
    with pytest.raises(UsageError, match=sentence):
        LevelHint(level, at)


def test_renumbering_the_lowest_disc_moves_every_level(column):
    naming = renamed(column(), LevelHint("L4-L5"))
    assert tuple(naming.parts) == CHAIN[:-2]
    before = name_components(column())
    assert naming.parts["L5"].centre == before.parts[SACRUM].centre
    assert all(value > 0.9 for value in naming.confidence.values())


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(range(len(CHAIN))))
def test_the_count_itself_as_a_hint_changes_nothing(column, place):
    parts = column()
    row, across = (round(value) for value in parts[place].centre)
    naming = renamed(parts, LevelHint(NAMES[place], (row, across)))
    assert [naming.parts[name] for name in NAMES] == parts


def test_a_hint_needs_no_sacrum(column):
    parts = column()[2:]
    naming = renamed(parts, LevelHint("L4-L5"))
    assert [naming.parts[name] for name in NAMES[2:]] == parts[: len(NAMES) - 2]
    row, across = (round(value) for value in parts[1].centre)
    assert renamed(parts, LevelHint("L4-L5", (row, across))).parts["L4-L5"] is parts[1]


def test_a_nameless_disc_can_be_given_a_name(column, piece):
    """A lumbarised S1: the user calls the disc below it the last one."""
    below = piece(LOWEST, 250, 44)
    parts = [below, *column(top=20)]
    counted = name_components(parts[1:])
    naming = rename_components(parts, counted, LevelHint(LOWEST, (254, 60)), (254, 60), load_limits())
    assert naming.parts[LOWEST] is below
    assert naming.parts["L5"] is counted.parts[SACRUM]


def test_what_can_not_be_honoured_is_said(column):
    parts = column()
    row, across = (round(value) for value in parts[5].centre)
    with pytest.raises(UsageError, match="No body or disc was found at row 0, column 0"):
        renamed(parts, LevelHint("L4", (0, 0)))
    with pytest.raises(UsageError, match="lies a disc, but L4 is a vertebral body"):
        renamed(parts, LevelHint("L4", (row, across)))
    with pytest.raises(UsageError, match="bodies lie below S1"):
        renamed(parts, LevelHint(LOWEST, (row, across)))
    with pytest.raises(UsageError, match="No disc was found"):
        renamed([part for part in parts if part.kind == "body"], LevelHint(LOWEST))


def test_the_note_says_what_was_renamed(column):
    parts, hint = column(), LevelHint("L4-L5")
    note = renumbering_note(hint, name_components(parts), renamed(parts, hint))
    assert note.code == "levels-renumbered"
    assert "counted as L5-S1 is L4-L5" in str(note.message)
