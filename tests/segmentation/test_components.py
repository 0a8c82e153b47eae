"""Pieces: one connected body is one piece, unless two truly fused bodies are told apart by class."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from spoils.anatomy import BODIES, CANAL, CHAIN, DISCS, N_CLASSES, Kind, structure
from spoils.segmentation import name_slice
from spoils.segmentation.assemble import FineSlice
from spoils.segmentation.components import _without_holes, canal_component, find_components, kind_probabilities

PIXEL_AREA_MM2 = 4.0


def random_probabilities(seed):
    """Smooth random class probabilities, float32 (14, 60, 50): many touching blobs of every class."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(N_CLASSES, 60, 50)), (0, 4, 4))
    scores = np.exp(60 * noise)
    return (scores / scores.sum(axis=0)).astype(np.float32)


def connected_bodies(probabilities):
    """Return the connected regions where body is the most probable kind, without holes."""
    kinds = kind_probabilities(probabilities)
    strongest = np.stack([probabilities[0], *(kinds[kind] for kind in Kind)]).argmax(axis=0)
    labelled, count = ndimage.label(ndimage.binary_fill_holes(strongest == 1 + list(Kind).index(Kind.BODY)))
    return [labelled == number for number in range(1, count + 1)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_connected_body_is_one_piece_or_a_fusion_split_without_loss(seed):
    probabilities = random_probabilities(seed)
    bodies = [part for part in find_components(probabilities, PIXEL_AREA_MM2) if part.kind is Kind.BODY]
    regions = [region for region in connected_bodies(probabilities) if region.sum() * PIXEL_AREA_MM2 >= 80]
    areas = np.array([region.sum() for region in regions], dtype=float)
    regions = [
        region for region, area in zip(regions, areas, strict=True) if area >= 0.2 * (areas @ areas) / areas.sum()
    ]
    typical = np.median([region.sum() for region in regions]) if regions else 0
    for region in regions:
        inside = [part for part in bodies if (part.mask & region).any()]
        assert (sum(part.mask.astype(int) for part in inside) == region).all()
        assert len(inside) == 1 or region.sum() > 1.6 * typical


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_named_piece_carries_two_labels(seed):
    probabilities = random_probabilities(seed)
    naming, parts = name_slice(probabilities, PIXEL_AREA_MM2)
    labels = FineSlice.of(probabilities, parts, probabilities.shape[1:]).labels
    for name, part in naming.parts.items():
        same_kind = [structure(other).label for other in (BODIES if name in BODIES else DISCS)]
        seen = labels[part.mask]
        assert set(seen[np.isin(seen, same_kind)]) <= {structure(name).label}


def test_a_body_that_the_network_reads_as_two_levels_stays_one(phantom_labels, as_seen):
    body = phantom_labels == structure("L3").label
    lower = body & (np.arange(len(body))[:, None] > np.argwhere(body)[:, 0].mean())
    seen = as_seen(phantom_labels)
    seen[:, lower] = as_seen(np.full(body.shape, structure("L4").label, dtype=np.uint8))[:, lower]
    naming, _ = name_slice(seen, 0.64)
    assert naming.parts["L3"].mask[body].all()


def test_bodies_that_touch_part_at_their_neck_whatever_the_network_calls_them(phantom_labels, as_seen):
    labels = phantom_labels.copy()
    disc = labels == structure("L2-L3").label
    columns = np.flatnonzero(disc.any(axis=0))
    bridge = disc & (np.abs(np.arange(labels.shape[1]) - columns.mean()) < 0.2 * len(columns))
    labels[bridge] = structure("L2").label
    body = labels == structure("L2").label
    misread = np.where(
        body & (np.arange(len(body))[:, None] > np.argwhere(body)[:, 0].mean()), structure("L3").label, labels
    )
    naming, _ = name_slice(as_seen(misread.astype(np.uint8)), 0.64)
    for name in ("L2", "L3"):
        assert (phantom_labels[naming.parts[name].mask] == structure(name).label).mean() > 0.9


def test_a_crumb_that_a_vessel_cuts_off_a_body_is_no_body(phantom_labels, as_seen):
    labels, area_mm2 = phantom_labels.copy(), 0.64
    body = labels == structure("L2").label
    depth = np.cumsum(body.sum(axis=1)) * area_mm2
    fragment, vessel = depth <= 110, (depth > 110) & (depth <= 170)
    assert (body[fragment].sum() * area_mm2) > 80, "large enough to be no speck"
    labels[vessel[:, None] & body] = 0
    undisturbed = [part.kind for part in find_components(as_seen(phantom_labels), area_mm2)]
    assert [part.kind for part in find_components(as_seen(labels), area_mm2)] == undisturbed


@pytest.mark.parametrize("disc", DISCS[1:-1])
def test_fused_bodies_are_split_and_the_missing_disc_shifts_nothing(phantom_labels, as_seen, disc):
    labels = phantom_labels.copy()
    gone = labels == structure(disc).label
    above, below = (CHAIN[CHAIN.index(disc) + step] for step in (-1, 1))
    lower = gone & (np.arange(len(labels))[:, None] > np.argwhere(gone)[:, 0].mean())
    labels[gone], labels[lower] = structure(above).label, structure(below).label
    naming, _ = name_slice(as_seen(labels), 0.64)
    assert set(CHAIN) - set(naming.parts) == {disc}
    assert all((labels[part.mask] == structure(name).label).mean() > 0.9 for name, part in naming.parts.items())


def bodies_made_one(labels, upper_share, lower_share):
    """Join L2, L3 and L4 by bridges that are as wide as these shares of the two discs between them."""
    labels = labels.copy()
    for disc, share in (("L2-L3", upper_share), ("L3-L4", lower_share)):
        gone = labels == structure(disc).label
        columns = np.flatnonzero(gone.any(axis=0))
        bridge = gone & (np.abs(np.arange(labels.shape[1]) - columns.mean()) <= share / 2 * len(columns))
        lower = bridge & (np.arange(len(labels))[:, None] > np.argwhere(gone)[:, 0].mean())
        above, below = (CHAIN[CHAIN.index(disc) + step] for step in (-1, 1))
        labels[gone] = 0
        labels[bridge], labels[lower] = structure(above).label, structure(below).label
    return labels


@pytest.mark.parametrize("shares", [(0.3, 0.7), (0.3, 0.9), (0.7, 0.3), (0.9, 0.3), (0.5, 0.5), (1.0, 1.0)])
def test_three_bodies_are_split_whatever_their_necks(phantom_labels, as_seen, shares):
    naming, _ = name_slice(as_seen(bodies_made_one(phantom_labels, *shares)), 0.64)
    assert set(CHAIN) - set(naming.parts) == {"L2-L3", "L3-L4"}
    assert all(part.mask[phantom_labels == structure(name).label].mean() > 0.9 for name, part in naming.parts.items())


@pytest.mark.parametrize("shares", [(0.3, 0.5), (0.5, 0.3), (0.5, 0.5)])
def test_three_bodies_of_one_class_part_at_their_necks(phantom_labels, as_seen, shares):
    one_class = {structure(name).label: structure("L3").label for name in ("L2", "L4")}
    naming, _ = name_slice(as_seen(bodies_made_one(phantom_labels, *shares), one_class), 0.64)
    assert set(CHAIN) - set(naming.parts) == {"L2-L3", "L3-L4"}
    assert all(part.mask[phantom_labels == structure(name).label].mean() > 0.9 for name, part in naming.parts.items())


def test_l4_l5_and_s1_made_one_are_split_although_s1_is_small(phantom_labels, as_seen):
    labels = phantom_labels.copy()
    for disc in ("L4-L5", "L5-S1"):
        gone = labels == structure(disc).label
        columns = np.flatnonzero(gone.any(axis=0))
        bridge = gone & (np.abs(np.arange(labels.shape[1]) - columns.mean()) <= 0.25 * len(columns))
        labels[gone] = 0
        labels[bridge] = structure("L5").label
    naming, _ = name_slice(as_seen(labels), 0.64)
    assert set(CHAIN) - set(naming.parts) == {"L4-L5", "L5-S1"}


def test_on_a_steep_sacrum_the_disc_still_comes_before_s1(phantom_labels, as_seen):
    """S1 lies no lower than its disc where the sacrum is turned level."""
    labels = phantom_labels.copy()
    sacrum, disc = (labels == structure(name).label for name in ("S1", "L5-S1"))
    rise = int(np.argwhere(sacrum)[:, 0].mean() - np.argwhere(disc)[:, 0].mean()) + 2
    labels[sacrum] = 0
    moved = np.roll(sacrum, (-rise, 10), axis=(0, 1)) & (labels == 0)
    labels[moved] = structure("S1").label
    naming, _ = name_slice(as_seen(labels), 0.64)
    assert tuple(naming.parts) == CHAIN


def test_the_canal_is_one_chain_of_pieces(as_seen):
    labels = np.zeros((200, 160), dtype=np.uint8)
    canal = structure(CANAL).label
    labels[10:80, 60:68] = canal
    labels[100:190, 60:68] = canal  # narrowed between the two, as by a stenosis
    labels[20:60, 150:155] = canal  # a bright rim at the edge of the picture
    found = canal_component(as_seen(labels), pixel_area_mm2=0.64)
    assert found.mask[50, 64]
    assert found.mask[150, 64]
    assert not found.mask[:, 150:].any()


@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=300, deadline=None)
def test_holes_are_those_of_scipy(mask):
    assert np.array_equal(_without_holes(mask), ndimage.binary_fill_holes(mask))
