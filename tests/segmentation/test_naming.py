"""Naming: counting from S1 wins over what the network called a level."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, CHAIN, DISCS, structure
from spoils.segmentation import name_slice

PIXEL_AREA_MM2 = 0.64


def shifted_up(names):
    """Class changes of a network that reads every level one too high."""
    labels = [structure(name).label for name in names]
    return dict(zip(labels[1:], labels[:-1], strict=True))


def masks_agree(parts, labels):
    return all((labels[part.mask] == structure(name).label).mean() > 0.95 for name, part in parts.items())


def test_perfect_evidence_names_everything(phantom_labels, as_seen):
    naming, parts = name_slice(as_seen(phantom_labels), PIXEL_AREA_MM2)
    assert tuple(naming.parts) == CHAIN
    assert set(parts) == {*CHAIN, CANAL}
    assert masks_agree(parts, phantom_labels)
    assert naming.count_probability > 0.99
    assert all(value > 0.95 for value in naming.confidence.values())
    assert naming.unnamed == ()


def test_counting_overrules_levels_read_one_too_high(phantom_labels, as_seen):
    lumbar = shifted_up(BODIES[:-1]) | shifted_up(DISCS[:-1])
    naming, parts = name_slice(as_seen(phantom_labels, lumbar), PIXEL_AREA_MM2)
    assert tuple(naming.parts) == CHAIN
    assert masks_agree(parts, phantom_labels)


def test_without_a_sacrum_nothing_is_counted_as_one(phantom_labels, as_seen):
    cropped = phantom_labels.copy()
    for name in ("S1", "L5-S1"):
        cropped[cropped == structure(name).label] = 0
    naming, _ = name_slice(as_seen(cropped), PIXEL_AREA_MM2)
    assert "S1" not in naming.parts
    assert naming.count_probability == 0.0


@pytest.mark.parametrize("missing", DISCS[1:-1])
def test_a_disc_that_is_not_seen_does_not_shift_the_count(phantom_labels, as_seen, missing):
    labels = phantom_labels.copy()
    labels[labels == structure(missing).label] = 0
    naming, parts = name_slice(as_seen(labels), PIXEL_AREA_MM2)
    assert set(CHAIN) - set(naming.parts) == {missing}
    assert masks_agree(parts, labels)


def test_a_cropped_field_of_view_still_counts_from_the_sacrum(phantom_labels, as_seen):
    top = int(np.argwhere(phantom_labels == structure("L3").label)[:, 0].min())
    naming, parts = name_slice(as_seen(phantom_labels[top:]), PIXEL_AREA_MM2)
    assert tuple(naming.parts)[-7:] == CHAIN[-7:]
    assert masks_agree(parts, phantom_labels[top:])


def test_a_second_sacral_body_below_stays_unnamed(phantom_labels, as_seen):
    labels = phantom_labels.copy()
    s1 = labels == structure("S1").label
    below = np.roll(s1, (40, 25), axis=(0, 1)) & (labels == 0)
    seen = as_seen(labels)
    seen[:, below] = as_seen(np.full(labels.shape, structure("S1").label, dtype=np.uint8))[:, below]
    naming, _ = name_slice(seen, PIXEL_AREA_MM2)
    assert (naming.parts["L5"].mask & (labels == structure("L5").label)).any()


def test_two_bodies_that_touch_are_told_apart(phantom_labels, as_seen):
    labels = phantom_labels.copy()
    fused = labels == structure("L3-L4").label
    rows = np.argwhere(fused)[:, 0]
    labels[fused] = structure("L3").label
    lower = fused & (np.arange(len(labels))[:, None] > np.median(rows))
    labels[lower] = structure("L4").label
    naming, _ = name_slice(as_seen(labels), PIXEL_AREA_MM2)
    assert {"L3", "L4"} <= set(naming.parts)
    assert "L3-L4" not in naming.parts


def test_nothing_is_named_on_an_empty_slice():
    seen = np.zeros((14, 64, 64), dtype=np.float32)
    seen[0] = 1
    naming, parts = name_slice(seen, PIXEL_AREA_MM2)
    assert naming.parts == {}
    assert parts == {}
