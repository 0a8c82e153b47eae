import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt
from skimage.draw import ellipse

from spoils.report.contours import smooth_contours, vector_path

half_axis = st.floats(5, 20)


@settings(max_examples=25, deadline=None)
@given(half_axis, half_axis, st.floats(-1.5, 1.5))
def test_a_contour_encloses_its_mask_and_never_leaves_its_edge(rows, columns, angle):
    mask = np.zeros((64, 64), dtype=bool)
    mask[ellipse(32, 32, rows, columns, shape=mask.shape, rotation=angle)] = True
    (contour,) = smooth_contours(mask)
    assert abs(signed_area(contour)) == pytest.approx(mask.sum(), rel=0.04)
    to_edge = distance_transform_edt(mask) + distance_transform_edt(~mask)
    nearest = to_edge[tuple(contour.round().astype(int).T)]
    assert nearest.max() <= 2  # the pixel on one side of the edge or the other, or a corner between them


def test_nothing_has_no_contour():
    assert smooth_contours(np.zeros((9, 9), dtype=bool)) == []


def test_parts_and_holes_have_their_own_contours():
    mask = np.zeros((40, 60), dtype=bool)
    mask[5:35, 5:35] = True
    mask[15:25, 15:25] = False
    mask[10:20, 45:55] = True
    assert len(smooth_contours(mask)) == 3


def test_a_hole_stays_empty_in_the_drawn_path():
    mask = np.zeros((40, 40), dtype=bool)
    mask[5:35, 5:35] = True
    mask[12:28, 12:28] = False
    path = vector_path(smooth_contours(mask), row_mm=2.0, column_mm=1.0)
    windings = [signed_area(polygon) for polygon in path.to_polygons()]
    assert sum(windings) == pytest.approx(np.sign(sum(windings)) * mask.sum() * 2.0, rel=0.02)


def test_a_mask_at_the_edge_of_the_image_has_a_closed_contour():
    mask = np.zeros((20, 20), dtype=bool)
    mask[:8, 6:14] = True
    (contour,) = smooth_contours(mask)
    assert contour[0] == pytest.approx(contour[-1])
    assert contour[:, 0].min() == pytest.approx(-0.5, abs=0.05)


def signed_area(polygon):
    x, y = polygon.T
    return 0.5 * float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
