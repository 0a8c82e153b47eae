from itertools import pairwise

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, DISCS, STRUCTURES, structure
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS
from spoils.phantom import PhantomSpec, random_spec
from spoils.phantom.painting import View
from spoils.phantom.section import cut, paint_labels
from spoils.phantom.truth import area_mm2, chord_mm, frame_of, measure_truth

FINE = View((3000, 2400), 0.1, 4.0, (0.0, 0.0))


def truth_of(spec):
    section = cut(spec, 0.0)
    return measure_truth(section, (section,), 4.0)


def test_truth_has_every_measurement_of_the_public_result():
    truth = truth_of(PhantomSpec())
    assert tuple(truth.discs) == DISCS
    assert tuple(truth.vertebrae) == BODIES
    assert tuple(truth.canal) == DISCS
    for level, found in truth.discs.items():
        missing = {"height_index"} if level == "T12-L1" else set()
        assert set(found) == set(DISC_MEASUREMENTS) - missing
    assert all(set(found) == set(BODY_MEASUREMENTS) for found in truth.vertebrae.values())
    assert all(set(found) == set(CANAL_MEASUREMENTS) for found in truth.canal.values())


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_areas_agree_with_counted_fine_pixels(seed):
    section = cut(random_spec(np.random.default_rng(seed)), 0.0)
    labels = paint_labels(section, FINE)
    for region in STRUCTURES:
        if region.name == CANAL:
            continue
        counted = (labels == region.label).sum() * FINE.spacing_mm**2
        assert counted == pytest.approx(area_mm2(section.polygon(region.name)), rel=0.01), region.name


@pytest.mark.parametrize("level", DISCS)
def test_disc_lengths_agree_with_those_of_the_fine_pixels(level):
    spec = PhantomSpec(grades=(1, 2, 3, 4, 5, 3))
    section = cut(spec, 0.0)
    rows, columns = np.nonzero(paint_labels(section, FINE) == structure(level).label)
    points = FINE.to_plane(columns.astype(float), rows.astype(float))
    offset = points - points.mean(axis=0)
    along = np.linalg.eigh(np.cov(offset.T))[1][:, 1]
    width = offset @ along
    extent = np.ptp(width)
    central = np.abs(width - (width.max() + width.min()) / 2) < 0.4 * extent
    counted = central.sum() * FINE.spacing_mm**2 / (0.8 * extent)
    assert truth_of(spec).discs[level]["height_mean_mm"] == pytest.approx(counted, rel=0.01)


def test_the_frame_of_a_turned_rectangle_is_its_own():
    angle = np.radians(25)
    turn = np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
    rectangle = np.array(((-6.0, -2.0), (6.0, -2.0), (6.0, 2.0), (-6.0, 2.0))) @ turn + (40.0, 7.0)
    frame = frame_of(rectangle)
    np.testing.assert_allclose(frame.centre, (40.0, 7.0))
    np.testing.assert_allclose(frame.backward, (np.cos(angle), np.sin(angle)))
    local = frame.local(rectangle)
    assert chord_mm(local, 0, 1.0) == pytest.approx(4.0)
    assert chord_mm(local, 1, 0.5) == pytest.approx(12.0)


def test_a_larger_patient_scales_lengths_areas_and_no_ratio():
    small, large = (truth_of(PhantomSpec(size_factor=size)) for size in (1.0, 1.1))
    for level in DISCS:
        assert large.discs[level]["width_mid_mm"] / small.discs[level]["width_mid_mm"] == pytest.approx(1.1, rel=0.02)
        assert large.discs[level]["area_mm2"] / small.discs[level]["area_mm2"] == pytest.approx(1.21, rel=0.04)
    for level in DISCS[1:]:
        assert large.discs[level]["height_index"] == pytest.approx(small.discs[level]["height_index"], rel=0.03)


def test_a_woman_is_smaller_than_a_man():
    man, woman = truth_of(PhantomSpec(sex="M")), truth_of(PhantomSpec(sex="F"))
    ratio = woman.vertebrae["L5"]["width_superior_mm"] / man.vertebrae["L5"]["width_superior_mm"]
    assert ratio == pytest.approx(33.3 / 37.1, rel=0.02)


def test_worse_grades_lower_signal_and_height():
    found = [truth_of(PhantomSpec(grades=(grade,) * 6)).discs["L3-L4"] for grade in range(1, 6)]
    signals = [disc["signal_mean"] for disc in found]
    assert signals == sorted(signals, reverse=True)
    assert all(after < before for before, after in pairwise(signals))
    assert found[0]["height_mean_mm"] > found[3]["height_mean_mm"] > found[4]["height_mean_mm"]


@pytest.mark.parametrize("pathology", ["herniation_mm", "stenosis_mm", "bulge_mm"])
def test_pathology_narrows_the_canal_at_its_own_level(pathology):
    healthy = truth_of(PhantomSpec()).canal
    ill = truth_of(PhantomSpec(**{pathology: (0, 0, 0, 0, 5, 0)})).canal
    assert healthy["L4-L5"]["ap_diameter_mm"] - ill["L4-L5"]["ap_diameter_mm"] > 2.5
    assert ill["L2-L3"]["ap_diameter_mm"] == pytest.approx(healthy["L2-L3"]["ap_diameter_mm"], abs=0.05)


def test_canal_diameter_of_a_straight_sac_is_the_table_value():
    found = truth_of(PhantomSpec(sex="M")).canal["L3-L4"]["ap_diameter_mm"]
    assert found == pytest.approx(14.9 * 1.045, rel=0.06)


def test_a_slip_moves_the_body_forward_by_its_length():
    plain, slipped = (cut(PhantomSpec(listhesis_mm=(0, 0, 0, 0, slip, 0)), 0.0).chain for slip in (0.0, 6.0))
    step = [chain.bodies[chain.index("L5")].posterior_superior - chain.bodies[chain.index("L4")].posterior_inferior
            for chain in (plain, slipped)]  # fmt: skip
    assert np.linalg.norm(step[1] - step[0]) == pytest.approx(6.0)
    assert step[1][0] > step[0][0]


def test_spurs_lengthen_the_endplates_beside_the_disc():
    plain, spurred = (cut(PhantomSpec(osteophyte_mm=(0, 0, 0, size, 0, 0)), 0.0) for size in (0, 5))
    for body in ("L3", "L4"):
        assert area_mm2(spurred.polygon(body)) > area_mm2(plain.polygon(body)) + 5.0
    assert area_mm2(spurred.polygon("L1")) == pytest.approx(area_mm2(plain.polygon("L1")))


def test_lordosis_is_the_angle_between_t12_and_s1():
    for wanted in (20.0, 36.8, 55.0):
        chain = cut(PhantomSpec(lordosis_deg=wanted, grades=(1,) * 6), 0.0).chain
        t12, s1 = chain.bodies[chain.index("T12")], chain.bodies[chain.index("S1")]
        upper = t12.posterior_inferior - t12.anterior_inferior
        lower = s1.posterior_superior - s1.anterior_superior
        angle = np.degrees(np.arctan2(upper[1], upper[0]) - np.arctan2(lower[1], lower[0]))
        assert angle == pytest.approx(wanted, abs=1.0)


def test_a_height_between_two_long_spurs_spans_the_waist_behind_them():
    plain, spurred = (truth_of(PhantomSpec(osteophyte_mm=(size,) * 6)).vertebrae["L3"] for size in (0, 7))
    assert spurred["height_anterior_mm"] == pytest.approx(plain["height_anterior_mm"], rel=0.1)


def test_a_lumbarised_s1_is_squared_and_its_discs_above_stay_as_they_are():
    ordinary, lumbarised = (truth_of(PhantomSpec(lumbarised_s1=one)) for one in (False, True))
    squareness = [
        truth.vertebrae["S1"]["width_superior_mm"] / truth.vertebrae["S1"]["width_inferior_mm"]
        for truth in (ordinary, lumbarised)
    ]
    assert squareness[0] > 1.25
    assert squareness[1] < 1.1
    for level in DISCS:
        assert lumbarised.discs[level]["area_mm2"] == pytest.approx(ordinary.discs[level]["area_mm2"], rel=0.05)
