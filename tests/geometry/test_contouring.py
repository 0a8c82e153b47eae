import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter
from skimage.draw import polygon2mask

from spoils.anatomy import structure
from spoils.geometry import contour_of, contours_of_slice


def grid_mm(shape, spacing_mm):
    rows, columns = np.indices(shape)
    return columns * spacing_mm[1], rows * spacing_mm[0]


def in_ellipse(shape, spacing_mm, centre, half_sizes, angle_deg=0.0):
    x, y = grid_mm(shape, spacing_mm)
    angle = np.radians(angle_deg)
    along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
    return (along / half_sizes[0]) ** 2 + (across / half_sizes[1]) ** 2 <= 1


spots = st.tuples(st.floats(24.0, 25.0), st.floats(24.0, 25.0))


@given(centre=spots, angle_deg=st.floats(-45, 45), row_mm=st.floats(0.5, 1.0), column_mm=st.floats(0.5, 1.0))
@settings(max_examples=40, deadline=None)
def test_contour_of_a_mask_is_finer_than_its_pixels_at_any_spacing(centre, angle_deg, row_mm, column_mm):
    mask = in_ellipse((100, 100), (row_mm, column_mm), centre, (16.0, 6.0), angle_deg)
    contour = contour_of(mask, (row_mm, column_mm))

    assert contour.area_mm2 == pytest.approx(np.pi * 96, rel=0.03)
    assert contour.centroid_mm == pytest.approx(np.array(centre), abs=max(row_mm, column_mm) / 4)
    offset = contour.points_mm - centre
    angle = np.radians(angle_deg)
    turned = offset @ np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    radius = np.hypot(turned[:, 0] / 16, turned[:, 1] / 6)
    distance_mm = (1 - 1 / radius) * np.linalg.norm(offset, axis=1)
    assert np.abs(distance_mm).mean() < 0.2


@given(centre=spots, angle_deg=st.floats(-45, 45))
@settings(max_examples=20, deadline=None)
def test_contour_of_a_mask_reproduces_the_mask(centre, angle_deg):
    mask = in_ellipse((60, 60), (1.0, 1.0), centre, (16.0, 6.0), angle_deg)
    contour = contour_of(mask, (1.0, 1.0))
    again = polygon2mask(mask.shape, contour.points_mm[:, ::-1])
    # A point may slide as far as a pixel centre, where inside and outside are a matter of rounding.
    assert np.count_nonzero(again != mask) <= 0.02 * mask.sum()


def test_coverage_places_a_straight_edge_exactly():
    coverage = np.zeros((30, 30))
    coverage[10:20, 5:25] = 1.0
    coverage[9, 5:25], coverage[20, 5:25] = 0.3, 0.45
    contour = contour_of(coverage, (1.0, 1.0))
    middle = contour.points_mm[np.abs(contour.points_mm[:, 0] - 15) < 5]
    # Coverage falls from 1 to 0.3 between the centres of rows 10 and 9, and to 0.45 from row 19 to 20.
    assert np.unique(middle[:, 1].round(6)).tolist() == [pytest.approx(10 - 0.5 / 0.7), pytest.approx(19 + 0.5 / 0.55)]


def test_coverage_agrees_with_the_shape_better_than_its_mask():
    fine = in_ellipse((600, 600), (0.1, 0.1), (24.3, 24.6), (16.0, 6.0), 20.0).astype(float)
    coverage = uniform_filter(fine, 10)[5::10, 5::10]
    contour = contour_of(coverage, (1.0, 1.0))
    assert contour.area_mm2 == pytest.approx(np.pi * 96, rel=0.01)


def test_largest_part_counts_and_holes_are_filled():
    mask = np.zeros((40, 40), dtype=bool)
    mask[10:20, 10:30] = True
    mask[14:16, 18:20] = False
    mask[30:33, 30:36] = True
    assert contour_of(mask, (1.0, 1.0)).area_mm2 == pytest.approx(200.0, rel=0.03)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.2, 0.2)])
def test_fragments_have_no_contour(spacing_mm):
    mask = np.zeros((40, 40), dtype=bool)
    mask[10:13, 10:16] = True
    assert contour_of(mask, spacing_mm) is None
    assert contour_of(np.zeros((40, 40), dtype=bool), spacing_mm) is None


def test_structures_at_the_border_are_cut():
    labels = np.zeros((40, 40), dtype=np.uint8)
    labels[:10, 10:30] = structure("L3").label
    labels[12:18, 10:30] = structure("L3-L4").label
    contours = contours_of_slice(labels, (1.0, 1.0))
    assert list(contours) == ["L3", "L3-L4"]
    assert contours["L3"].is_cut
    assert not contours["L3-L4"].is_cut
    assert not contours_of_slice(labels, (1.0, 1.0), border_cuts=False)["L3"].is_cut
