import numpy as np
import pytest

from spoils.errors import InputUnreadable, UsageError
from spoils.images import LabelMap, SagittalSeries
from spoils.spatial import Grid

SHAPE = (2, 3, 4)
GRID = Grid.from_axes(SHAPE, (4.0, 0.5, 0.5))


def test_a_series_keeps_its_own_read_only_pixels():
    pixels = np.ones(SHAPE, np.int16)
    series = SagittalSeries(pixels, GRID)
    pixels[:] = 7
    assert series.pixels.dtype == np.float32
    assert series.pixels.max() == 1.0
    with pytest.raises(ValueError, match="read-only"):
        series.pixels[0, 0, 0] = 2.0


def test_read_only_pixels_are_kept_as_they_are_and_views_of_others_are_not():
    pixels = np.ones(SHAPE, np.float32)
    view = pixels[::-1]
    view.setflags(write=False)
    assert not np.shares_memory(SagittalSeries(view, GRID).pixels, pixels)
    pixels.setflags(write=False)
    assert np.shares_memory(SagittalSeries(pixels[::-1], GRID).pixels, pixels)
    assert not np.shares_memory(SagittalSeries(pixels[:, ::-1], GRID).pixels, pixels)


def test_a_label_map_keeps_its_own_read_only_labels():
    labels = np.full(SHAPE, 13)
    label_map = LabelMap(labels, GRID)
    labels[:] = 0
    assert label_map.labels.dtype == np.uint8
    assert label_map.labels.min() == 13
    with pytest.raises(ValueError, match="read-only"):
        label_map.labels[0, 0, 0] = 2


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_pixel_that_is_not_a_number_is_refused(value):
    pixels = np.zeros(SHAPE, np.float32)
    pixels[1, 1, 1] = value
    with pytest.raises(InputUnreadable, match="not numbers"):
        SagittalSeries(pixels, GRID)


@pytest.mark.parametrize("kind", [SagittalSeries, LabelMap])
def test_array_and_grid_have_one_shape(kind):
    with pytest.raises(InputUnreadable, match=r"shape 2, 3, but its grid has"):
        kind(np.zeros((2, 3)), GRID)


@pytest.mark.parametrize("kind", [SagittalSeries, LabelMap])
@pytest.mark.parametrize(
    ("order", "flipped"),
    [((1, 0, 2), (False, False, False)), ((0, 1, 2), (False, True, False)), ((0, 1, 2), (True, False, False))],
)
def test_another_axis_order_is_refused(kind, order, flipped):
    grid = GRID.rearranged(order, flipped)
    with pytest.raises(InputUnreadable, match="not in sagittal order"):
        kind(np.zeros(grid.shape), grid)


@pytest.mark.parametrize("value", [-1, 14, 255])
def test_a_value_that_is_no_label_is_refused(value):
    labels = np.zeros(SHAPE, np.int16)
    labels[0, 0, 0] = value
    with pytest.raises(InputUnreadable, match="holds values 0 to 13"):
        LabelMap(labels, GRID)


def test_a_fraction_is_no_label():
    with pytest.raises(InputUnreadable, match="whole numbers"):
        LabelMap(np.full(SHAPE, 0.5), GRID)


def test_a_mask_holds_the_voxels_of_one_structure():
    labels = np.zeros(SHAPE, np.uint8)
    labels[1, 2, 3] = 12
    label_map = LabelMap(labels, GRID)
    assert np.argwhere(label_map.mask("L5-S1")).tolist() == [[1, 2, 3]]
    assert label_map.has("L5-S1")
    assert not label_map.has("canal")
    with pytest.raises(UsageError):
        label_map.mask("L6")
