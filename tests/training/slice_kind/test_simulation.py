"""Simulated kinds have what makes them that kind."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.phantom import PhantomSpec, draw_slice
from spoils.training.slice_kind.simulation import (
    Tissues,
    cut_above,
    inverted,
    like_ct,
    mixed,
    nothing,
    projected,
    resliced,
    shuffled,
    with_dark_fluid,
    without_fat,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def drawn():
    pixels, labels = draw_slice(PhantomSpec(spacing_mm=1.6, rows=200, columns=200))
    groups = [[structure(name).label for name in names] for names in (BODIES, DISCS, (CANAL,))]
    bone, disc, canal = (np.isin(labels, group).astype(np.float32) for group in groups)
    return np.clip(pixels / np.percentile(pixels, 99.7), 0, 1).astype(np.float32), Tissues(bone, disc, canal)


def medians(image, tissues):
    return [float(np.median(image[share > 0.8])) for share in (tissues.bone, tissues.disc, tissues.canal)]


def test_fat_suppression_darkens_marrow_beside_fluid_and_spares_fluid(drawn, rng):
    image, tissues = drawn
    bone, _, fluid = medians(image, tissues)
    for _ in range(5):
        dark_bone, _, bright_fluid = medians(without_fat(image, tissues, rng), tissues)
        assert dark_bone / bright_fluid < 0.75 * bone / fluid


def test_dark_fluid_lies_below_marrow_on_t1_and_near_it_on_proton_density(drawn, rng):
    image, tissues = drawn
    assert medians(image, tissues)[2] > medians(image, tissues)[0]
    bone, _, fluid = medians(with_dark_fluid(image, tissues, rng, share=(0.2, 0.4)), tissues)
    assert 0.1 < fluid / bone < 0.5
    bone, _, fluid = medians(with_dark_fluid(image, tissues, rng, share=(0.9, 1.1)), tissues)
    assert 0.8 < fluid / bone < 1.2


def test_bone_is_the_brightest_on_ct(drawn, rng):
    image, tissues = drawn
    bone, disc, fluid = medians(like_ct(image, tissues, rng), tissues)
    assert bone > max(disc, fluid)


def test_inverted_values_run_the_other_way(drawn, rng):
    image, tissues = drawn
    inside = tissues.canal + tissues.disc + tissues.bone > 0.5
    assert np.corrcoef(inverted(image, rng)[inside], image[inside])[0, 1] < -0.99


def test_a_mixture_lies_between_its_parts_and_the_coarse_one_is_blurred(rng):
    t1, t2 = rng.random((80, 60), dtype=np.float32), rng.random((84, 60), dtype=np.float32)
    fine, coarse = mixed(t1, t2, rng), mixed(t1, t2, rng, coarse=True)
    assert fine.shape == t1.shape
    assert np.corrcoef(fine.ravel(), t1.ravel())[0, 1] > 0.8
    assert coarse.std() < fine.std()


def test_cutting_leaves_neither_l4_nor_what_lies_below(rng):
    image = np.arange(200, dtype=np.float32)[:, None] * np.ones((1, 10), np.float32)
    for _ in range(20):
        assert 90 <= len(cut_above(image, (90, 150), rng)) <= 150


def test_sections_and_projections_of_a_volume_have_other_axes(rng):
    volume = np.zeros((10, 60, 50), np.float32)
    volume[:, 20, :] = 1
    assert len([*resliced(volume, 2.0, rng)]) == 8
    shown = [*projected(volume, 2.0, rng)]
    assert {image.shape for image in shown} == {(60, 50), (60, 20)}


def test_tiles_are_shuffled_not_changed(rng):
    image = rng.random((96, 96), dtype=np.float32)
    mixed_up = shuffled(image, rng)
    assert np.allclose(np.sort(mixed_up.ravel()), np.sort(image[: mixed_up.shape[0], : mixed_up.shape[1]].ravel()))
    assert not np.array_equal(mixed_up, image)


def test_nothing_is_a_picture(rng):
    for _ in range(20):
        image = nothing((50, 40), rng)
        assert image.shape == (50, 40)
        assert np.isfinite(image).all()
        assert 0 <= image.min() <= image.max() <= 1
