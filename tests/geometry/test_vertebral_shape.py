import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.anatomy import BODIES
from spoils.geometry.alignment import usual_shapes
from spoils.geometry.vertebral_shape import BodyHeights, UsualShape, height_loss, predicted_posterior_mm

SQUARE = UsualShape(1.0, 1.0, 1.0)
heights = st.floats(5.0, 40.0)


def usual_bodies(scale=1.0):
    """Return bodies of usual shape, of which the mean back is 24 mm high."""
    return {
        level: BodyHeights(
            24 * scale * usual.posterior_share * usual.anterior_over_posterior,
            24 * scale * usual.posterior_share * usual.central_over_posterior,
            24 * scale * usual.posterior_share,
        )
        for level, usual in usual_shapes().items()
    }


@given(scale=st.floats(0.5, 2.0))
@settings(max_examples=30, deadline=None)
def test_usual_bodies_have_lost_nothing_whatever_their_size(scale):
    bodies = usual_bodies(scale)
    assert tuple(bodies) == BODIES[:-1]
    for level, found in bodies.items():
        loss = height_loss(found, usual_shapes()[level], predicted_posterior_mm(level, bodies, usual_shapes()))
        assert (loss.wedge, loss.biconcave, loss.crush) == pytest.approx((0, 0, 0), abs=1e-9)


@pytest.mark.parametrize("level", BODIES[:-1])
@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ((0.6, 0.8, 1.0), (0.4, 0.2, 0.0)),
        ((1.0, 0.7, 1.0), (0.0, 0.3, 0.0)),
        ((0.65, 0.65, 0.65), (0.0, 0.0, 0.35)),
    ],
    ids=["wedge", "biconcave", "crush"],
)
def test_each_shape_of_loss_is_found_at_every_level(level, kept, expected):
    bodies = usual_bodies()
    whole = bodies[level]
    bodies[level] = BodyHeights(whole.anterior_mm * kept[0], whole.central_mm * kept[1], whole.posterior_mm * kept[2])
    loss = height_loss(bodies[level], usual_shapes()[level], predicted_posterior_mm(level, bodies, usual_shapes()))
    assert (loss.wedge, loss.biconcave, loss.crush) == pytest.approx(expected, abs=1e-9)


def test_one_crushed_neighbour_does_not_change_what_is_expected():
    bodies = usual_bodies()
    before = predicted_posterior_mm("L1", bodies, usual_shapes())
    bodies["L3"] = BodyHeights(10.0, 10.0, 10.0)
    assert predicted_posterior_mm("L1", bodies, usual_shapes()) == pytest.approx(before, rel=0.01)


def test_a_back_that_is_measured_too_high_makes_no_wedge():
    tall = BodyHeights(25.0, 25.0, 40.0)
    assert height_loss(tall, SQUARE, 25.0).wedge == 0.0
    assert height_loss(tall, SQUARE, None).wedge == pytest.approx(0.375)


@given(front=heights, middle=heights, back=heights, predicted=heights)
@settings(max_examples=50, deadline=None)
def test_a_loss_is_below_one(front, middle, back, predicted):
    loss = height_loss(BodyHeights(front, middle, back), SQUARE, predicted)
    assert max(loss.wedge, loss.biconcave, loss.crush) < 1


@pytest.mark.parametrize("given", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("nan"))])
def test_heights_and_ratios_are_above_zero(given):
    with pytest.raises(ValueError, match="above zero"):
        BodyHeights(*given)
    with pytest.raises(ValueError, match="above zero"):
        UsualShape(*given)


def test_a_body_alone_is_not_known_to_be_crushed():
    assert predicted_posterior_mm("L4", {"L4": BodyHeights(20, 20, 20)}, usual_shapes()) is None
    assert height_loss(BodyHeights(20, 20, 20), SQUARE, None).crush is None
