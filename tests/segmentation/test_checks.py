"""What makes no anatomical sense is told, and a disc beside it is not graded."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from spoils.anatomy import CHAIN, DISCS, structure
from spoils.images import LabelMap
from spoils.segmentation import SACRUM, LevelHint, StructureConfidence, load_limits, name_components
from spoils.segmentation.checks import anatomy_notes, confidence_notes, doubtful_discs, naming_notes
from spoils.segmentation.naming import rename_components
from spoils.spatial import Grid

from ..memory import peak_bytes

SURE = dict.fromkeys(CHAIN, StructureConfidence(contour=0.95, level=0.99))


def label_map(naming, *, slices=1):
    """Paint named parts into a label map with pixels of 1 mm, the same on every slice."""
    labels = np.zeros((slices, 300, 140), dtype=np.uint8)
    for name, part in naming.parts.items():
        labels[:, part.mask] = structure(name).label
    return LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))


def codes(notes):
    return [note.code for note in notes]


def test_an_ordinary_spine_raises_nothing(column):
    naming = name_components(column())
    labels = label_map(naming)
    assert naming_notes(naming) == []
    assert confidence_notes(SURE, load_limits()) == []
    assert anatomy_notes(labels, 0, naming, load_limits()) == []
    assert doubtful_discs(labels, 0, naming, SURE, load_limits()) == {}


def test_a_missing_body_is_a_gap_and_its_discs_are_not_graded(column):
    parts = column()
    parts.pop(6)
    naming = name_components(parts)
    labels = label_map(naming)
    assert codes(naming_notes(naming)) == ["levels-missing"]
    assert codes(anatomy_notes(labels, 0, naming, load_limits())) == ["levels-gap"]
    doubtful = doubtful_discs(labels, 0, naming, SURE, load_limits())
    assert {level: note.code for level, note in doubtful.items()} == {"L2-L3": "levels-gap", "L3-L4": "levels-gap"}


def test_a_crop_is_no_gap(column):
    naming = name_components(column()[:7])
    labels = label_map(naming)
    assert codes(naming_notes(naming)) == ["levels-missing"]
    assert anatomy_notes(labels, 0, naming, load_limits()) == []
    assert doubtful_discs(labels, 0, naming, SURE, load_limits()) == {}


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (StructureConfidence(contour=0.5, level=1.0), "contour is too uncertain"),
        (StructureConfidence(contour=0.9, level=0.5), "level name is too uncertain"),
    ],
)
def test_doubt_about_contour_or_name_blocks_the_grade(column, confidence, words):
    naming = name_components(column())
    doubtful = doubtful_discs(label_map(naming), 0, naming, SURE | {"L2-L3": confidence}, load_limits())
    assert list(doubtful) == ["L2-L3"]
    assert words in str(doubtful["L2-L3"].message)


def test_the_flag_distinguishes_an_uncertain_contour_from_an_uncertain_name():
    blurred, misnamed = StructureConfidence(contour=0.5, level=0.99), StructureConfidence(contour=0.95, level=0.5)
    both = confidence_notes({"L2": SURE["L2"], "L3": blurred, "L3-L4": misnamed, "L4": blurred}, load_limits())
    assert [str(note.message) for note in both] == [
        "The contours of L3, L4 and the level names of L3-L4 are uncertain; check the overlay."
    ]
    assert [str(note.message) for note in confidence_notes({"L3": misnamed}, load_limits())] == [
        "The level names of L3 are uncertain; check the overlay."
    ]


def test_an_implausible_size_is_told_and_blocks_the_grade(column, piece):
    parts = column()
    parts[3] = piece("L4-L5", 164, 50, size=(4, 5))
    naming = name_components(parts)
    labels = label_map(naming)
    assert [str(note.message) for note in anatomy_notes(labels, 0, naming, load_limits())] == [
        "L4-L5 covers 20 mm², which is implausible."
    ]
    assert doubtful_discs(labels, 0, naming, SURE, load_limits())["L4-L5"].code == "implausible-size"


def test_a_body_too_far_away_is_told(column):
    parts = dict(name_components(column()).parts)
    parts["L1"] = replace(parts["L1"], mask=np.roll(parts["L1"].mask, -16, axis=0))
    del parts["T12-L1"]
    naming = replace(name_components(column()), parts=parts)
    assert codes(anatomy_notes(label_map(naming), 0, naming, load_limits())) == ["levels-gap"]
    assert list(doubtful_discs(label_map(naming), 0, naming, SURE, load_limits())) == ["L1-L2"]


def codes_by_disc(naming, *, labels=None, **kwargs):
    doubtful = doubtful_discs(labels or label_map(naming), 0, naming, SURE, load_limits(), **kwargs)
    return {disc: note.code for disc, note in doubtful.items()}


def moved(naming, names, rows):
    """Move some levels down, or up by a negative number of rows."""
    parts = {name: replace(naming.parts[name], mask=np.roll(naming.parts[name].mask, rows, axis=0)) for name in names}
    return replace(naming, parts={**naming.parts, **parts})


def far_apart(naming):
    """Move everything above L3 up, as if a crushed body between L2 and L3 had been missed."""
    return moved(naming, CHAIN[: CHAIN.index("L2-L3")], -16)


def test_discs_counted_past_a_gap_are_not_graded(column):
    naming = far_apart(name_components(column(top=30)))
    assert codes_by_disc(naming) == {"T12-L1": "level-doubtful", "L1-L2": "level-doubtful", "L2-L3": "levels-gap"}


def test_where_a_user_names_a_level_the_discs_on_the_other_side_of_a_gap_are_doubtful(column):
    naming = far_apart(name_components(column(top=30)))
    assert codes_by_disc(naming, counted_from="L1") == {
        "L2-L3": "levels-gap",
        "L3-L4": "level-doubtful",
        "L4-L5": "level-doubtful",
        "L5-S1": "level-doubtful",
    }


def test_a_disc_between_two_odd_gaps_lies_well_between_its_own_bodies(column):
    naming = far_apart(name_components(column(top=30)))
    naming = moved(naming, CHAIN[CHAIN.index("L5") :], 16)
    assert codes_by_disc(naming)["L3-L4"] == "level-doubtful"
    assert codes_by_disc(naming, counted_from="L3-L4") == {
        "T12-L1": "level-doubtful",
        "L1-L2": "level-doubtful",
        "L2-L3": "levels-gap",
        "L4-L5": "levels-gap",
        "L5-S1": "level-doubtful",
    }


def test_the_highest_disc_is_not_blamed_for_a_gap_beneath_the_body_below_it(column):
    naming = moved(name_components(column(top=30)), CHAIN[: CHAIN.index("L1-L2")], -16)
    assert codes_by_disc(naming) == {"T12-L1": "level-doubtful", "L1-L2": "levels-gap"}
    assert "T12-L1" not in codes_by_disc(naming, counted_from="L1")


def test_a_body_that_may_be_two_is_told_and_nothing_above_it_is_graded(column, piece):
    naming = name_components(column())
    large = piece("L4", 135, 26, size=(27, 62))
    naming = replace(naming, parts={**naming.parts, "L4": large})
    assert "may be two" in " ".join(
        str(note.message) for note in anatomy_notes(label_map(naming), 0, naming, load_limits())
    )
    blocked = codes_by_disc(naming)
    assert set(blocked) == {"T12-L1", "L1-L2", "L2-L3", "L3-L4"}
    assert "level-doubtful" in blocked.values()
    assert str(doubtful_discs(label_map(naming), 0, naming, SURE, load_limits())["T12-L1"].message) == (
        "L4 is too large for one body of this spine and may be two, so the level of T12-L1 is uncertain and it is not"
        " graded."
    )


def test_a_body_that_is_larger_than_any_is_no_place_to_count_past(column):
    naming = name_components(column())
    small_limit = replace(load_limits(), body_area_mm2=(250.0, 700.0))
    labels = label_map(naming).labels.copy()
    labels[0, 150:160, 74:90] = structure("L4").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 0.9, 0.9)))
    doubtful = doubtful_discs(whole, 0, naming, SURE, small_limit)
    assert set(doubtful) == {"T12-L1", "L1-L2", "L2-L3", "L3-L4"}
    assert "too much for one body" in str(doubtful["T12-L1"].message)


def test_a_nameless_body_in_the_column_is_told_and_one_beside_it_is_not(column, piece):
    naming = name_components(column())
    between = replace(naming, unnamed=(piece("L2", 94, 45, size=(8, 20)),))
    assert codes(anatomy_notes(label_map(between), 0, between, load_limits())) == ["levels-gap"]
    assert set(codes_by_disc(between).values()) == {"level-doubtful"}
    assert "L4-L5" not in codes_by_disc(between)
    aside = replace(naming, unnamed=(piece("L2", 94, 1, size=(8, 20)),))
    assert anatomy_notes(label_map(aside), 0, aside, load_limits()) == []
    assert codes_by_disc(aside) == {}


def test_a_nameless_disc_in_the_column_is_as_telling_as_a_body(column, piece):
    naming = name_components(column())
    second = replace(naming, unnamed=(piece("L2-L3", 92), piece("L2-L3", 97)))
    assert [str(note.message) for note in anatomy_notes(label_map(second), 0, second, load_limits())] == [
        "A body or disc between L2 and L3 has no level; check the levels."
    ]
    assert codes_by_disc(second) == dict.fromkeys(DISCS[:3], "level-doubtful")
    below, within = piece(DISCS[-1], 275), piece("L2-L3", 68, 50, size=(6, 12))
    for harmless in (below, within):
        assert codes_by_disc(replace(naming, unnamed=(harmless,))) == {}


def incomplete_spines(parts):
    """Yield what is left of a spine from L1 down of which up to three structures are missed, caudal to cranial."""
    whole = [part for name, part in zip(reversed(CHAIN), parts, strict=True) if name != CHAIN[0]]
    for n_kept in range(len(whole) - 3, len(whole) + 1):
        yield from (list(kept) for kept in combinations(whole, n_kept))


@pytest.mark.parametrize("known", [None, "S1", "L5-S1"])
def test_whatever_is_missed_no_disc_with_a_wrong_name_is_graded(column, known):
    """On an even spine a missed body may make the distance of two levels the usual one, so that names shift unseen."""
    parts = column()
    true = dict(zip(reversed(CHAIN), parts, strict=True))
    shifted = 0
    for kept in incomplete_spines(parts):
        naming = name_components(kept)
        if known and true[known] in kept:
            row, across = (round(value) for value in true[known].centre)
            naming = rename_components(kept, naming, LevelHint(known, (row, across)), (row, across), load_limits())
        elif known or naming.count_probability < load_limits().min_count_probability:
            continue
        wrong = {disc for disc in DISCS if disc in naming.parts and naming.parts[disc] is not true[disc]}
        if wrong:
            shifted += 1
            assert wrong <= set(codes_by_disc(naming, counted_from=known or SACRUM)), list(naming.parts)
    assert shifted


@pytest.mark.parametrize(("slice_index", "blocked"), [(1, True), (4, False)])
def test_levels_that_overlap_near_the_middle_leave_no_disc_to_grade(column, slice_index, blocked):
    naming = name_components(column())
    labels = label_map(naming, slices=5).labels.copy()
    labels[slice_index:][labels[slice_index:] == structure("L3").label] = structure("L2").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))
    doubtful = codes_by_disc(naming, labels=whole)
    assert doubtful == (dict.fromkeys(DISCS, "level-doubtful") if blocked else {})


def test_a_disc_that_is_not_between_its_bodies_is_told(column):
    naming = name_components(column())
    parts = dict(naming.parts)
    parts["L3-L4"] = replace(parts["L3-L4"], mask=np.roll(parts["L3-L4"].mask, 14, axis=0))
    naming = replace(naming, parts=parts)
    assert codes(anatomy_notes(label_map(naming), 0, naming, load_limits())) == ["levels-order"]
    assert list(doubtful_discs(label_map(naming), 0, naming, SURE, load_limits())) == ["L3-L4"]


def test_a_level_that_turns_into_another_on_the_next_slice_is_told(column):
    labels = label_map(naming := name_components(column()), slices=3).labels.copy()
    labels[2][labels[2] == structure("L3").label] = structure("L2").label
    whole = LabelMap(labels, Grid.from_axes(labels.shape, (4, 1, 1)))
    assert codes(anatomy_notes(whole, 1, naming, load_limits())) == ["levels-overlap"]


def test_a_missing_level_is_named(column):
    assert DISCS[0] in str(naming_notes(name_components(column()[:-1]))[0].message)


def test_levels_of_many_slices_are_compared_a_slice_at_a_time(column):
    naming = name_components(column())
    labels = label_map(naming, slices=60)
    assert peak_bytes(lambda: anatomy_notes(labels, 30, naming, load_limits())) < labels.labels.nbytes
