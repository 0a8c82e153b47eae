import numpy as np

from spoils.anatomy import BODIES, DISCS, structure
from spoils.images import LabelMap, SagittalSeries
from spoils.report.slice_view import Box, SliceView

from .builders import spine


def view_of(series, labels):
    return SliceView.of(series, labels, 1)


def test_the_field_reaches_the_outer_edges_of_the_pixels():
    assert view_of(*spine(row_mm=2.0, column_mm=0.5)).field == Box(-0.25, 79.75, -1.0, 479.0)


def test_the_crop_holds_the_spine_and_stays_in_the_image():
    view = view_of(*spine())
    crop, field = view.spine, view.field
    assert crop.left < 58
    assert crop.right > 92
    assert crop.top == field.top
    assert 215 < crop.bottom <= field.bottom


def test_bright_fat_does_not_darken_the_window():
    series, labels = spine()
    pixels = series.pixels.copy()
    pixels[:, :, 125:] = 4000
    view = view_of(SagittalSeries(pixels, series.grid), labels)
    assert view.grey_window(view.spine)[1] < 300


def test_a_flat_image_still_has_a_window():
    series, labels = spine()
    view = view_of(SagittalSeries(np.zeros_like(series.pixels), series.grid), labels)
    black, white = view.grey_window(view.spine)
    assert black < white


def test_a_name_stands_at_the_front_of_its_body():
    view = view_of(*spine())
    x_mm, y_mm = view.front_of_body(BODIES[2])
    assert x_mm == 60
    assert y_mm == 101  # the middle of its rows, 90 to 112


def test_a_name_avoids_a_disc_that_reaches_further_forward():
    series, labels = spine()
    values = labels.labels.copy()
    values[:, 182:205, 40:60] = structure(DISCS[-1]).label
    view = view_of(series, LabelMap(values, labels.grid))
    assert view.front_of_body(BODIES[-1])[1] > 205
