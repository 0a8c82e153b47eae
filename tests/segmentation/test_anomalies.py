"""Four or six lumbar bodies and transitional segments are expected; ordinary spines are not accused of them."""

import numpy as np
import pytest

from spoils.anatomy import BODIES
from spoils.segmentation import load_limits, name_components, name_slice
from spoils.segmentation.anomalies import anomaly_notes, sacral_squareness


def codes(parts):
    return [note.code for note in anomaly_notes(name_components(parts), load_limits())]


def test_five_bodies_on_an_ordinary_sacrum_are_no_anomaly(column, phantom_labels, as_seen):
    assert codes(column()) == []
    naming, _ = name_slice(as_seen(phantom_labels), 0.64)
    assert anomaly_notes(naming, load_limits()) == []
    assert sacral_squareness(naming, load_limits()) > 1.2


def test_one_body_read_lower_is_only_the_top_of_a_wide_view(column):
    assert codes(column({"L1": "L2"})) == []


@pytest.mark.parametrize(
    ("seen", "possible"),
    [({"L1": "L2", "L2": "L3"}, "six"), ({"L2": "L1", "L3": "L2"}, "four"), ({"L5": "L4", "S1": "L5"}, "six")],
)
def test_neighbours_read_as_shifted_alike_are_expected(column, seen, possible):
    note = anomaly_notes(name_components(column(seen)), load_limits())[0]
    assert note.code == "lumbar-count"
    assert f"{possible} lumbar bodies" in str(note.message)


def test_neighbours_read_as_shifted_apart_are_no_count(column):
    assert codes(column({"L1": "L2", "L2": "L1"})) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [((8, 34), "squared, and a disc below it spans its whole depth"), ((8, 12), "squared and has a disc below it")],
)
def test_a_disc_below_a_squared_sacrum_is_expected(column, piece, size, expected):
    below = piece("L5-S1", 255, 40, size=size)
    naming = name_components([below, *column(top=20)])
    assert naming.unnamed == (below,)
    note = anomaly_notes(naming, load_limits())[0]
    assert note.code == "transitional-segment"
    assert expected in str(note.message)


def test_a_remnant_below_a_tapering_sacrum_is_ordinary(column, piece):
    parts = [piece("L5-S1", 255, 60, size=(6, 10)), *column(top=20)]
    sacrum = parts[1]
    rows, columns = np.nonzero(sacrum.mask)
    taper = (columns - columns.min()) < 34 - 0.7 * (rows - rows.min())
    mask = np.zeros_like(sacrum.mask)
    mask[rows[taper], columns[taper]] = True
    parts[1] = type(sacrum)(sacrum.kind, mask, sacrum.evidence)
    assert sacral_squareness(name_components(parts), load_limits()) > load_limits().squared_sacrum
    assert codes(parts) == []


def test_without_the_lowest_disc_no_sacrum_is_judged(column):
    parts = column()
    parts.pop(1)
    assert sacral_squareness(name_components(parts), load_limits()) is None
    assert BODIES[-1] in name_components(parts).parts
    assert codes(parts) == []
