import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.geometry.contour import Contour, LocalFrame
from spoils.geometry.endplates import Endplate, body_endplates, step_between

UPRIGHT = LocalFrame(np.zeros(2), np.array((1.0, 0.0)))


def turned(points, degrees):
    angle = np.radians(degrees)
    return points @ np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))


def body(corners, *, per_side=120, turn_deg=0.0, scale=1.0, shift_mm=(0.0, 0.0)):
    """Return the endplates of a body with straight sides between four corners, of (posterior, inferior) mm."""
    corners = np.array(corners, dtype=float)
    share = np.linspace(0, 1, per_side, endpoint=False)[:, None]
    sides = [a + (b - a) * share for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    points = turned(np.concatenate(sides), turn_deg) * scale + np.array(shift_mm)
    posterior = turned(np.array((1.0, 0.0)), turn_deg)
    return body_endplates(Contour(points), LocalFrame(points.mean(axis=0), posterior))


def segment(angle_deg=0.0, slip_mm=0.0, gap_mm=8.0, depth_mm=34.0, height_mm=25.0, **how):
    """Return two bodies whose facing endplates open to the front by ``angle_deg``; the upper one has slipped.

    The lower endplate lies level and the slip follows the bisector of the two.
    """
    middle, top = np.radians(angle_deg / 2), np.radians(angle_deg)
    along, up = np.array((np.cos(middle), np.sin(middle))), np.array((np.sin(middle), -np.cos(middle)))
    corner = np.array((depth_mm, 0.0)) + gap_mm * up - slip_mm * along
    backward, upward = np.array((np.cos(top), np.sin(top))), np.array((np.sin(top), -np.cos(top)))
    low_front, high_back = corner - depth_mm * backward, corner + height_mm * upward
    upper = (high_back - depth_mm * backward, high_back, corner, low_front)
    lower = ((0, 0), (depth_mm, 0), (depth_mm, height_mm), (0, height_mm))
    return body(upper, **how), body(lower, **how)


@given(
    angle_deg=st.floats(-20, 40), slip_mm=st.floats(-12, 15), turn_deg=st.floats(-35, 35), scale=st.floats(0.6, 1.6),
    shift_mm=st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_angle_and_slip_are_exact_wherever_and_however_the_segment_lies(angle_deg, slip_mm, turn_deg, scale, shift_mm):
    upper, lower = segment(angle_deg, slip_mm, turn_deg=turn_deg, scale=scale, shift_mm=shift_mm)
    step = step_between(upper, lower)

    assert step.angle_deg == pytest.approx(angle_deg, abs=0.01)
    assert step.forward_mm == pytest.approx(slip_mm * scale, abs=0.1)
    assert step.share == pytest.approx(slip_mm / 34.0, abs=0.002)


@given(angle_deg=st.floats(-20, 40), slip_mm=st.floats(-12, 15))
@settings(max_examples=30, deadline=None)
def test_a_mirrored_segment_has_angle_and_slip_to_the_other_side(angle_deg, slip_mm):
    def mirrored(plates):
        points = plates.contour.points_mm * (-1, 1)
        return body_endplates(Contour(points), LocalFrame(points.mean(axis=0), UPRIGHT.posterior))

    bodies = segment(angle_deg, slip_mm)
    as_it_is, other = step_between(*bodies), step_between(*map(mirrored, bodies))
    assert other.angle_deg == pytest.approx(-as_it_is.angle_deg, abs=0.01)
    assert other.forward_mm == pytest.approx(-as_it_is.forward_mm, abs=0.1)


def test_the_direction_in_which_a_contour_runs_does_not_matter():
    corners = ((0, 2), (34, 0), (35, 25), (1, 26))
    forward = body(corners)
    points = forward.contour.points_mm[::-1].copy()
    backward = body_endplates(Contour(points), UPRIGHT)

    assert backward.superior.tilt_deg == pytest.approx(forward.superior.tilt_deg, abs=0.05)
    assert backward.inferior.tilt_deg == pytest.approx(forward.inferior.tilt_deg, abs=0.05)


def test_a_concave_endplate_has_the_angle_of_its_rims():
    share = np.linspace(0, 1, 60, endpoint=False)
    top = np.stack((34 * share, 4.0 * 4 * share * (1 - share)), axis=1)
    rest = np.array(((34.0, 0.0), (34.0, 25.0), (0.0, 25.0)))
    found = body_endplates(Contour(np.concatenate((top, rest))), LocalFrame(np.array((17.0, 12.0)), UPRIGHT.posterior))

    assert found.superior.tilt_deg == pytest.approx(0.0, abs=0.1)


def test_a_body_without_depth_has_no_endplates():
    assert body(((0, 0), (6, 0), (6, 25), (0, 25))) is None


@pytest.mark.parametrize(
    "ends", [((0.0, 0.0), (np.nan, 0.0)), ((0.0, 0.0), (3.0, 0.0)), ((0.0, 0.0, 0.0), (9.0, 0.0, 0.0))]
)
def test_an_endplate_that_can_not_be_is_refused(ends):
    with pytest.raises(ValueError, match="endplate"):
        Endplate(*(np.array(end) for end in ends))
