"""Endplates, the boundary of a disc along them, its lobes, and the edge at which a lobe is cut."""

import numpy as np
import pytest

from spoils.geometry import (
    Contour,
    DepthProfile,
    LobeLimits,
    depth_profile,
    endplate_edge,
    find_lobe,
    rim_lines,
)

LIMITS = LobeLimits(slope=0.5, excess_mm=2.0, rim_excess_mm=4.0, depth_mm=6.0)
SPACING_MM = (0.5, 0.5)


def polygon(*points):
    """Return a contour with a point every 0.25 mm."""
    points = np.array(points, dtype=np.float64)
    ends = np.roll(points, -1, axis=0)
    return Contour(
        np.concatenate(
            [
                start
                + np.linspace(0, 1, max(int(np.linalg.norm(end - start) / 0.25), 1), endpoint=False)[:, None]
                * (end - start)
                for start, end in zip(points, ends, strict=True)
            ]
        )
    )


def box(left, top, right, bottom):
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def column(disc):
    """Return L5 above, S1 below and a disc between them; the rims lie at 28 and 36 mm down, from 10 to 44 mm back."""
    return {"L5": box(10, 2, 44, 28), "L5-S1": disc, "S1": box(10, 36, 44, 60)}


def with_lobe(width=10.0, deep=5.0, middle=27.0):
    left, right = middle - width / 2, middle + width / 2
    return polygon(
        (10, 28), (44, 28), (44, 36), (right, 36), (right, 36 + deep), (left, 36 + deep), (left, 36), (10, 36)
    )


def lower(contours):
    return next(one for one in rim_lines(contours, "L5-S1") if not one.is_above)


def test_an_endplate_is_the_line_between_the_corners_of_its_rim():
    upper, low = rim_lines(column(box(10, 28, 44, 36)), "L5-S1")
    assert (upper.body, upper.is_above, low.body, low.is_above) == ("L5", True, "S1", False)
    assert upper.length_mm == low.length_mm == pytest.approx(34.0)
    assert low.along_and_depth((20.0, 38.0)).tolist() == pytest.approx([10.0, 2.0])
    assert upper.along_and_depth((20.0, 27.0)).tolist() == pytest.approx([10.0, 1.0])
    points = np.array(((12.0, 30.0), (40.0, 33.0)))
    for one in (upper, low):
        assert one.to_slice(one.along_and_depth(points)) == pytest.approx(points)


def test_without_a_body_its_endplate_takes_the_line_of_the_other():
    contours = {name: one for name, one in column(box(10, 28, 44, 36)).items() if name != "L5"}
    upper, low = rim_lines(contours, "L5-S1")
    assert (upper.body, upper.has_rim, low.has_rim) == (None, False, True)
    assert upper.along_and_depth((20.0, 28.0)).tolist() == pytest.approx([10.0, 8.0])
    assert rim_lines({"L5-S1": contours["L5-S1"]}, "L5-S1") == []


def test_the_profile_of_a_disc_says_how_deep_it_reaches():
    contours = column(with_lobe())
    profile = depth_profile(contours["L5-S1"], lower(contours), 0.08)
    inside = np.abs(profile.along_mm - 17.0) < 4.9
    assert profile.depth_mm[inside] == pytest.approx(5.0)
    outside = np.abs(profile.along_mm - 17.0) > 5.1
    assert profile.depth_mm[outside] == pytest.approx(0.0, abs=1e-9)
    assert profile.other_mm == pytest.approx(-8.0)


def test_a_disc_beside_little_of_the_endplate_has_no_profile():
    contours = column(box(10, 28, 15, 36))
    assert depth_profile(contours["L5-S1"], lower(contours), 0.08) is None


@pytest.mark.parametrize(("deep", "found"), [(1.0, False), (1.9, False), (3.0, True), (6.0, True)])
def test_a_lobe_is_found_from_its_depth(deep, found):
    contours = column(with_lobe(width=12.0, deep=deep))
    lobe = find_lobe(depth_profile(contours["L5-S1"], lower(contours), 0.08), LIMITS)
    assert (lobe is not None) is found
    if lobe:
        assert (lobe.start_mm, lobe.stop_mm) == pytest.approx((11.0, 23.0), abs=1.0)
        assert (lobe.height_mm, lobe.has_flanks) == (pytest.approx(deep), True)
        assert lobe.area_mm2 == pytest.approx(12.0 * deep, rel=0.1)


def test_a_hollow_endplate_is_no_lobe_until_it_is_deep():
    along = np.linspace(0.0, 34.0, 137)
    for deep, found in ((3.0, False), (5.0, False), (7.0, True)):
        depth = deep * np.sin(np.pi * along / 34.0)
        gentle = LobeLimits(slope=0.8, excess_mm=2.0, rim_excess_mm=4.0, depth_mm=6.0)
        assert (find_lobe(DepthProfile(along, depth, depth - 9.0), gentle) is not None) is found
    assert find_lobe(DepthProfile(along, depth, depth - 9.0), gentle, has_rim=False) is None


def test_a_lobe_at_the_rim_has_one_flank_and_must_be_larger():
    along = np.linspace(0.0, 34.0, 137)
    for deep, found in ((3.5, False), (5.5, True)):
        depth = np.where(along < 6.0, deep, 0.0)
        lobe = find_lobe(DepthProfile(along, depth, depth - 9.0), LIMITS)
        assert (lobe is not None) is found
    assert lobe.has_flanks is False


def picture(edge_mm):
    """Return a slice that is dark above the depth ``edge_mm(x)``, in mm down, and bright below it."""
    rows, columns = np.indices((160, 120)) * 0.5
    return np.where(rows < edge_mm(columns), 20.0, 100.0).astype(np.float32)


def edge_of(pixels):
    contours = column(with_lobe(width=12.0, deep=5.0))
    endplate = lower(contours)
    profile = depth_profile(contours["L5-S1"], endplate, 0.08)
    return endplate_edge(pixels, SPACING_MM, endplate, profile, find_lobe(profile, LIMITS))


def test_the_endplate_is_found_where_the_signal_rises():
    def arched(columns):
        return 35.75 - 1.5 * np.cos(np.clip((columns - 27.0) / 12.0 * np.pi, -np.pi / 2, np.pi / 2))

    edge = edge_of(picture(arched))
    x = 10.0 + edge.along_mm
    middle = np.abs(x - 27.0) < 4.0
    assert 36.0 + edge.depth_mm[middle] == pytest.approx(arched(x)[middle], abs=0.4)
    assert edge.strength > 3 * edge.outline_strength


def test_an_edge_around_the_lobe_is_stronger_than_none_across_it():
    edge = edge_of(picture(lambda columns: np.where(np.abs(columns - 27.0) < 6.0, 41.0, 36.0)))
    assert edge.outline_strength > 0.2
    assert edge.strength < edge.outline_strength / 3


def test_without_any_edge_the_line_between_the_flanks_is_taken():
    edge = edge_of(np.full((160, 120), 50.0, np.float32))
    assert edge.depth_mm == pytest.approx(0.0, abs=0.3)
    assert edge.strength == edge.outline_strength == 0.0
