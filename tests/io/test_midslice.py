"""The mid-sagittal slice follows the canal, not the middle of the stack."""

import numpy as np
import pytest

from spoils.images import SagittalSeries
from spoils.io import mid_sagittal_index
from spoils.spatial import Grid

SLICE_MM, PIXEL_MM = 4.0, 1.0


def spine(slices, mid, offset=0.0):
    """Muscle, subcutaneous fat 20 mm deep at the back, and a canal that fades out 9 mm beside slice ``mid``."""
    rng = np.random.default_rng(3)
    pixels = np.full((slices, 220, 180), 60.0)
    pixels[:, :, 165:] = 5.0
    pixels[:, :, 145:165] = 240.0
    for k in range(slices):
        share = np.clip(1.5 - abs(k - mid) * SLICE_MM / 9.0, 0.0, 1.0)
        for row in range(220):
            start = int(90 + 10 * np.sin(row / 60))
            pixels[k, row, start : start + 14] += 150.0 * share
        pixels[k, 20 * (k % 3) :: 40, 92:104] += 90.0  # foramina and facets
    pixels += rng.normal(0, 6, pixels.shape) + offset
    grid = Grid.from_axes(pixels.shape, (SLICE_MM, PIXEL_MM, PIXEL_MM))
    return SagittalSeries(pixels.astype(np.float32), grid)


@pytest.mark.parametrize(("slices", "mid"), [(15, 7), (15, 4), (15, 11), (9, 1), (6, 4), (3, 1)])
def test_the_canal_is_found_anywhere(slices, mid):
    assert abs(mid_sagittal_index(spine(slices, mid)) - mid) <= (0 if 2 <= mid < slices - 2 else 1)


def test_intensity_offset_and_scale_do_not_matter():
    series = spine(13, 8, offset=500.0)
    scaled = SagittalSeries(series.pixels * 0.01, series.grid)
    assert mid_sagittal_index(series) == mid_sagittal_index(scaled) == 8


def test_one_slice_is_its_own_middle():
    assert mid_sagittal_index(spine(1, 0)) == 0


def test_without_any_canal_the_middle_is_taken():
    grid = Grid.from_axes((7, 120, 100), (4, 1, 1))
    assert mid_sagittal_index(SagittalSeries(np.zeros(grid.shape, np.float32), grid)) == 3
