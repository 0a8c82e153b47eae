"""Other looks at a slice change its size or its grey values, and nothing else."""

import numpy as np
import pytest

from spoils.segmentation.looks import AS_IT_IS, OTHER_LOOKS, Look


def test_the_first_look_shows_the_slice_as_it_is():
    pixels = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    assert AS_IT_IS.shown(pixels) is pixels
    assert AS_IT_IS.spacing_mm((0.5, 0.7)) == (0.5, 0.7)
    assert AS_IT_IS not in OTHER_LOOKS


def test_a_scale_changes_the_spacing_that_is_told():
    assert Look(0.5).spacing_mm((0.8, 0.6)) == pytest.approx((0.4, 0.3))


@pytest.mark.parametrize("gamma", [0.6, 1.6])
def test_a_gamma_keeps_the_order_of_grey_values(gamma):
    pixels = np.random.default_rng(0).normal(300.0, 80.0, (40, 30)).astype(np.float32)
    shown = Look(gamma=gamma).shown(pixels)
    order = np.argsort(pixels.ravel())
    assert shown.dtype == np.float32
    assert (shown.min(), shown.max()) == (0.0, 1.0)
    assert (np.diff(shown.ravel()[order]) >= 0).all()
    middle = Look(gamma=1.0 + 1e-9).shown(pixels)
    assert (np.median(shown) > np.median(middle)) == (gamma < 1)


def test_a_constant_slice_stays_as_it_is():
    assert (Look(gamma=0.6).shown(np.full((4, 4), 7.0, np.float32)) == 7.0).all()
