import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from spoils.geometry import Contour, LocalFrame
from spoils.geometry.contour import inside_lengths, pixels_inside


def ellipse(half_width, half_height, angle_deg=0.0, centre=(0.0, 0.0), n=720):
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    angle = np.radians(angle_deg)
    rotation = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    return np.stack((half_width * np.cos(turn), half_height * np.sin(turn)), axis=1) @ rotation.T + centre


@given(
    angle_deg=st.floats(-60, 60),
    x=st.floats(-300, 300),
    y=st.floats(-300, 300),
    scale=st.floats(0.2, 5),
)
@settings(max_examples=40, deadline=None)
def test_area_and_principal_axes_of_an_ellipse_follow_it_around(angle_deg, x, y, scale):
    contour = Contour(ellipse(16 * scale, 5 * scale, angle_deg, (x, y)))

    assert contour.area_mm2 == pytest.approx(np.pi * 16 * 5 * scale**2, rel=1e-4)
    assert contour.centroid_mm == pytest.approx(np.array((x, y)), abs=1e-6)
    variances, axes = contour.principal_axes
    assert variances == pytest.approx(np.array((64.0, 6.25)) * scale**2, rel=1e-3)
    assert abs(axes[0] @ (np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg)))) == pytest.approx(1.0)


def test_area_does_not_depend_on_the_direction_of_travel():
    points = ellipse(10, 4)
    assert Contour(points[::-1]).area_mm2 == pytest.approx(Contour(points).area_mm2)


def test_chords_of_an_ellipse():
    at = np.array((-8.0, 0.0, 12.0, 16.5))
    expected = 2 * 5 * np.sqrt(np.clip(1 - (at / 16) ** 2, 0, None))
    assert inside_lengths(ellipse(16, 5), at) == pytest.approx(expected, abs=2e-3)


def test_gaps_of_a_concave_contour_do_not_count_as_inside():
    horseshoe = np.array(((0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)), dtype=float)
    assert inside_lengths(horseshoe[:, ::-1], [6.0, 1.0]).tolist() == [6.0, 9.0]


def test_chord_through_a_point_stays_in_its_own_part():
    horseshoe = Contour(np.array(((0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)), dtype=float))
    across = np.array((1.0, 0.0))
    start, end = horseshoe.chord_through(np.array((1.0, 6.0)), across)
    assert (start.tolist(), end.tolist()) == ([0.0, 6.0], [3.0, 6.0])
    assert horseshoe.chord_through(np.array((4.5, 6.0)), across) is None


def test_frame_maps_there_and_back():
    frame = LocalFrame(np.array((3.0, -2.0)), np.array((0.8, 0.6)))
    points = np.array(((1.0, 2.0), (5.0, -7.0)))
    assert frame.to_slice(frame.to_frame(points)) == pytest.approx(points)
    assert frame.to_frame(frame.origin_mm + frame.superior) == pytest.approx(np.array((0.0, 1.0)))


coordinates = st.floats(-4, 16) | st.integers(-4, 16).map(float) | st.integers(-8, 32).map(lambda half: half / 2)


@given(
    points=st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=24),
    shape=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    nudge=st.sampled_from((0.0, 5e-13, -5e-13, 2e-12, -2e-12)),
)
@settings(max_examples=400, deadline=None)
def test_the_pixels_inside_a_polygon_are_those_of_skimage(points, shape, nudge):
    """Also where it overlaps itself, leaves the image, has no area, or passes through the centre of a pixel."""
    polygon = np.array(points) + nudge
    assert np.array_equal(pixels_inside(polygon, shape), polygon2mask(shape, polygon))


def test_the_pixels_inside_a_fine_contour_are_those_of_skimage():
    contour = ellipse(90.3, 41.7, angle_deg=35, centre=(100.2, 95.6), n=1500)
    mask = pixels_inside(contour, (200, 180))
    assert mask.sum() == pytest.approx(np.pi * 90.3 * 41.7, rel=0.1)
    assert np.array_equal(mask, polygon2mask((200, 180), contour))
