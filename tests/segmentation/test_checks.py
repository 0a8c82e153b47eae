"""What makes no anatomical sense is told, and a disc beside it is not graded."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import CHAIN, DISCS, structure
from spoils.images import LabelMap
from spoils.segmentation import Confidence, Limits, name_parts
from spoils.segmentation.checks import anatomy_notes, confidence_notes, doubtful_discs, naming_notes
from spoils.spatial import Grid

SURE = dict.fromkeys(CHAIN, Confidence(outline=0.95, level=0.99))


def label_map(naming, *, slices=1):
    """Paint named parts into a label map with pixels of 1 mm, the same on every slice."""
    labels = np.zeros((slices, 300, 140), dtype=np.uint8)
    for name, part in naming.parts.items():
        labels[:, part.mask] = structure(name).label
    return LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))


def codes(notes):
    return [note.code for note in notes]


def test_an_ordinary_spine_raises_nothing(column):
    naming = name_parts(column())
    labels = label_map(naming)
    assert naming_notes(naming, Limits()) == []
    assert confidence_notes(SURE, Limits()) == []
    assert anatomy_notes(labels, 0, naming, Limits()) == []
    assert doubtful_discs(labels, 0, naming, SURE, Limits()) == {}


def test_a_missing_body_is_a_gap_and_its_discs_are_not_graded(column):
    parts = column()
    parts.pop(6)
    naming = name_parts(parts)
    labels = label_map(naming)
    assert codes(naming_notes(naming, Limits())) == ["levels-missing"]
    assert codes(anatomy_notes(labels, 0, naming, Limits())) == ["levels-gap"]
    doubtful = doubtful_discs(labels, 0, naming, SURE, Limits())
    assert {level: note.code for level, note in doubtful.items()} == {"L2-L3": "levels-gap", "L3-L4": "levels-gap"}


def test_a_crop_is_no_gap(column):
    naming = name_parts(column()[:7])
    labels = label_map(naming)
    assert codes(naming_notes(naming, Limits())) == ["levels-missing"]
    assert anatomy_notes(labels, 0, naming, Limits()) == []
    assert doubtful_discs(labels, 0, naming, SURE, Limits()) == {}


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(Confidence(outline=0.5, level=1.0), "outlined too"), (Confidence(outline=0.9, level=0.5), "named too")],
)
def test_doubt_about_outline_or_name_blocks_the_grade(column, confidence, words):
    naming = name_parts(column())
    doubtful = doubtful_discs(label_map(naming), 0, naming, SURE | {"L2-L3": confidence}, Limits())
    assert list(doubtful) == ["L2-L3"]
    assert words in doubtful["L2-L3"].message
    assert "L2-L3" in confidence_notes({"L2-L3": confidence}, Limits())[0].message


def test_an_implausible_size_is_told_and_blocks_the_grade(column, piece):
    parts = column()
    parts[3] = piece("L4-L5", 164, 50, size=(4, 5))
    naming = name_parts(parts)
    labels = label_map(naming)
    assert [note.message for note in anatomy_notes(labels, 0, naming, Limits())] == [
        "L4-L5 covers 20 mm2, which is implausible."
    ]
    assert doubtful_discs(labels, 0, naming, SURE, Limits())["L4-L5"].code == "implausible-size"


def test_a_body_too_far_away_is_told(column):
    parts = dict(name_parts(column()).parts)
    parts["L1"] = replace(parts["L1"], mask=np.roll(parts["L1"].mask, -16, axis=0))
    del parts["T12-L1"]
    naming = replace(name_parts(column()), parts=parts)
    assert codes(anatomy_notes(label_map(naming), 0, naming, Limits())) == ["levels-gap"]
    assert list(doubtful_discs(label_map(naming), 0, naming, SURE, Limits())) == ["L1-L2"]


def codes_by_disc(naming, *, labels=None, **kwargs):
    doubtful = doubtful_discs(labels or label_map(naming), 0, naming, SURE, Limits(), **kwargs)
    return {disc: note.code for disc, note in doubtful.items()}


def far_apart(naming):
    """Move everything above L3 up, as if a crushed body between L2 and L3 had been missed."""
    above = CHAIN[: CHAIN.index("L2-L3")]
    moved = {n: replace(naming.parts[n], mask=np.roll(naming.parts[n].mask, -16, axis=0)) for n in above}
    return replace(naming, parts={**naming.parts, **moved})


def test_discs_counted_past_a_gap_are_not_graded(column):
    naming = far_apart(name_parts(column(top=30)))
    assert codes_by_disc(naming) == {"T12-L1": "level-doubtful", "L1-L2": "level-doubtful", "L2-L3": "levels-gap"}


def test_where_a_user_names_a_level_the_discs_on_the_other_side_of_a_gap_are_doubtful(column):
    naming = far_apart(name_parts(column(top=30)))
    assert codes_by_disc(naming, counted_from="L1") == {
        "L2-L3": "levels-gap",
        "L3-L4": "level-doubtful",
        "L4-L5": "level-doubtful",
        "L5-S1": "level-doubtful",
    }


def test_a_body_that_may_be_two_is_told_and_nothing_above_it_is_graded(column, piece):
    naming = name_parts(column())
    large = piece("L4", 135, 26, size=(27, 62))
    naming = replace(naming, parts={**naming.parts, "L4": large})
    assert "may be two" in " ".join(note.message for note in anatomy_notes(label_map(naming), 0, naming, Limits()))
    blocked = codes_by_disc(naming)
    assert set(blocked) == {"T12-L1", "L1-L2", "L2-L3", "L3-L4"}
    assert "level-doubtful" in blocked.values()
    message = doubtful_discs(label_map(naming), 0, naming, SURE, Limits())["T12-L1"].message
    assert (
        message == "L4 is too large for one body of this spine and may be two, so the level of T12-L1 would be a guess."
    )


def test_a_body_that_is_larger_than_any_is_no_place_to_count_past(column):
    naming = name_parts(column())
    small_limit = replace(Limits(), body_area_mm2=(250.0, 700.0))
    labels = label_map(naming).labels.copy()
    labels[0, 150:160, 74:90] = structure("L4").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 0.9, 0.9)))
    doubtful = doubtful_discs(whole, 0, naming, SURE, small_limit)
    assert set(doubtful) == {"T12-L1", "L1-L2", "L2-L3", "L3-L4"}
    assert "too much for one body" in doubtful["T12-L1"].message


def test_a_nameless_body_in_the_column_is_told_and_one_beside_it_is_not(column, piece):
    naming = name_parts(column())
    between = replace(naming, unnamed=(piece("L2", 94, 45, size=(8, 20)),))
    assert codes(anatomy_notes(label_map(between), 0, between, Limits())) == ["levels-gap"]
    assert set(codes_by_disc(between).values()) == {"level-doubtful"}
    assert "L4-L5" not in codes_by_disc(between)
    aside = replace(naming, unnamed=(piece("L2", 94, 1, size=(8, 20)),))
    assert anatomy_notes(label_map(aside), 0, aside, Limits()) == []
    assert codes_by_disc(aside) == {}


@pytest.mark.parametrize(("slice_index", "blocked"), [(1, True), (4, False)])
def test_levels_that_overlap_near_the_middle_leave_no_disc_to_grade(column, slice_index, blocked):
    naming = name_parts(column())
    labels = label_map(naming, slices=5).labels.copy()
    labels[slice_index:][labels[slice_index:] == structure("L3").label] = structure("L2").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))
    doubtful = codes_by_disc(naming, labels=whole)
    assert doubtful == (dict.fromkeys(DISCS, "level-doubtful") if blocked else {})


def test_a_disc_that_is_not_between_its_bodies_is_told(column):
    naming = name_parts(column())
    parts = dict(naming.parts)
    parts["L3-L4"] = replace(parts["L3-L4"], mask=np.roll(parts["L3-L4"].mask, 14, axis=0))
    naming = replace(naming, parts=parts)
    assert codes(anatomy_notes(label_map(naming), 0, naming, Limits())) == ["levels-order"]
    assert list(doubtful_discs(label_map(naming), 0, naming, SURE, Limits())) == ["L3-L4"]


def test_a_level_that_turns_into_another_on_the_next_slice_is_told(column):
    labels = label_map(naming := name_parts(column()), slices=3).labels.copy()
    labels[2][labels[2] == structure("L3").label] = structure("L2").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))
    assert codes(anatomy_notes(whole, 1, naming, Limits())) == ["levels-overlap"]


def test_an_uncertain_count_is_told(column):
    naming = name_parts(column())
    unsure = replace(naming, confidence={**naming.confidence, CHAIN[-1]: 0.92})
    assert codes(naming_notes(unsure, Limits())) == ["level-count-uncertain"]
    assert DISCS[0] in naming_notes(name_parts(column()[:-1]), Limits())[0].message
