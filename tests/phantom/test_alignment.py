from dataclasses import replace

import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.errors import UsageError
from spoils.findings import LEVEL_ALIGNMENT_MEASUREMENTS, SPINE_ALIGNMENT_MEASUREMENTS
from spoils.phantom import PhantomSpec
from spoils.phantom.alignment import true_alignment
from spoils.phantom.chain import build_chain


def test_lordosis_is_the_sum_of_its_parts():
    found = true_alignment(build_chain(PhantomSpec(lordosis_deg=50, body_wedge_deg=(0, -12, 0, 0, 0))))
    parts = [values["angle_deg"] for values in found["levels"].values()]
    parts += [values["wedge_deg"] for values in found["vertebrae"].values()]
    assert found["spine"]["spine"]["lordosis_l1_s1_deg"] == pytest.approx(sum(parts))
    assert tuple(found["levels"]) == DISCS[1:]
    assert all(tuple(values) == LEVEL_ALIGNMENT_MEASUREMENTS for values in found["levels"].values())
    assert tuple(found["spine"]["spine"]) == SPINE_ALIGNMENT_MEASUREMENTS


def test_a_slip_is_the_listhesis_that_was_asked_for():
    wanted = (0.0, 1.0, -4.0, 0.0, 7.0, 2.5)
    found = true_alignment(build_chain(PhantomSpec(listhesis_mm=wanted)))["levels"]
    assert [found[level]["slip_mm"] for level in DISCS[1:]] == pytest.approx(wanted[1:])


def test_a_turned_patient_has_another_sacral_slope_alone():
    chain = build_chain(PhantomSpec())
    upright, turned = true_alignment(chain), true_alignment(chain, 10.0)
    assert turned["spine"]["spine"]["sacral_slope_deg"] == upright["spine"]["spine"]["sacral_slope_deg"] - 10
    assert turned["levels"] == upright["levels"]


def test_a_compressed_front_takes_its_angle_from_the_lordosis():
    healthy = PhantomSpec()
    bent = replace(healthy, body_wedge_deg=(0, 0, -10, 0, 0))
    before, after = (true_alignment(build_chain(spec)) for spec in (healthy, bent))
    assert after["vertebrae"]["L3"]["wedge_deg"] == pytest.approx(before["vertebrae"]["L3"]["wedge_deg"] - 10)
    lordosis = [one["spine"]["spine"]["lordosis_l1_s1_deg"] for one in (before, after)]
    assert lordosis[1] == pytest.approx(lordosis[0] - 10)


def test_a_crushed_body_is_lower_by_its_factor():
    healthy, crushed = (
        build_chain(PhantomSpec(body_height_factors=factors)).bodies[build_chain(PhantomSpec()).index("L2")]
        for factors in ((1, 1, 1, 1, 1), (1, 0.6, 1, 1, 1))
    )
    heights = [abs(body.posterior_superior - body.posterior_inferior) @ (0, 1) for body in (healthy, crushed)]
    assert heights[1] == pytest.approx(0.6 * heights[0], rel=0.02)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("body_wedge_deg", (0, 0, 0)),
        ("body_height_factors", (0.1, 1, 1, 1, 1)),
        ("body_depression_mm", (9, 0, 0, 0, 0)),
    ],
)
def test_bodies_that_can_not_be_are_refused(name, values):
    assert len(BODIES) == 6
    with pytest.raises(UsageError, match=name):
        PhantomSpec(**{name: values})
