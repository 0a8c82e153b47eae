"""Naming of hand-made pieces: what moves, scales, crops or clutters the picture does not change a name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.anatomy import BODIES, CHAIN, DISCS, Kind
from spoils.segmentation import name_components
from spoils.segmentation.alignment import NAMES, align


def names_of(parts):
    """Return the name that each part gets, None where it gets none."""
    naming = name_components(parts)
    return [next((name for name, part in naming.parts.items() if part is one), None) for one in parts]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.integers(0, 60))
def test_naming_does_not_depend_on_the_place_of_the_column(column, top, left):
    assert names_of(column(top=top, left=left)) == list(NAMES)


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 44))
def test_naming_does_not_depend_on_scale(column, pitch):
    assert names_of(column(pitch=pitch)) == list(NAMES)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 7))
def test_a_crop_from_above_never_renames_the_rest(column, lost):
    parts = column()[: len(CHAIN) - lost]
    assert names_of(parts) == list(NAMES[: len(parts)])


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(range(1, len(CHAIN) - 1)), max_size=2))
def test_pieces_that_are_missed_leave_the_others_their_names(column, missed):
    whole = column()
    parts = [part for i, part in enumerate(whole) if i not in missed]
    assert names_of(parts) == [name for i, name in enumerate(NAMES) if i not in missed]


@pytest.mark.parametrize("shifted", [BODIES[:3] + DISCS[:3], BODIES[:4] + DISCS[:4]])
def test_counting_from_the_sacrum_overrules_a_shifted_network(column, shifted):
    lower = {name: CHAIN[CHAIN.index(name) + 2] for name in shifted}
    assert names_of(column(lower)) == list(NAMES)
    assert min(name_components(column(lower)).confidence.values()) < min(name_components(column()).confidence.values())


def test_a_thoracic_body_and_a_second_sacral_one_stay_nameless(column, piece):
    below, above = piece("S1", 260, 75), piece("L1", 0, size=(8, 34))
    parts = [below, *column(top=20), above]
    naming = name_components(parts)
    assert names_of(parts) == [None, *NAMES, None]
    assert naming.unnamed == (below, above)


def test_a_false_body_beside_the_column_stays_nameless(column, piece):
    parts = column()
    aorta = piece("L3", 120, 4, size=(40, 12))
    parts.insert(6, aorta)
    naming = name_components(parts)
    assert naming.unnamed == (aorta,)
    assert set(naming.parts) == set(CHAIN)


def test_a_slipped_and_a_collapsed_level_keep_their_names(column):
    parts = column()
    parts[4] = type(parts[4])(parts[4].kind, np.roll(parts[4].mask, -12, axis=1), parts[4].evidence)
    flat = parts[6].mask & (np.cumsum(parts[6].mask, axis=0) > 14)
    parts[6] = type(parts[6])(parts[6].kind, flat, parts[6].evidence)
    assert names_of(parts) == list(NAMES)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CHAIN), min_size=len(CHAIN), max_size=len(CHAIN)))
def test_probabilities_are_probabilities_and_names_never_go_back(column, seen):
    wrong = {name: other for name, other in zip(CHAIN, seen, strict=True) if (name in BODIES) == (other in BODIES)}
    parts = column(wrong)
    found = align(parts)
    named = found.names[found.names >= 0]
    assert (np.diff(named) > 0).all()
    assert (found.probability >= 0).all()
    assert np.allclose(found.probability.sum(axis=1), 1)
    assert all(
        parts[i].kind is (Kind.BODY if NAMES[n] in BODIES else Kind.DISC) for i, n in enumerate(found.names) if n >= 0
    )


def test_without_pieces_nothing_is_named():
    assert name_components([]).parts == {}
