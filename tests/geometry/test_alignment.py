"""What must hold: angles of a phantom within 1 degree of truth, slips within 0.5 mm."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import BODIES, DISCS, structure
from spoils.findings import (
    LEVEL_ALIGNMENT_MEASUREMENTS,
    SPINE_ALIGNMENT_MEASUREMENTS,
    VERTEBRAL_SHAPE_MEASUREMENTS,
    Measurement,
    NotMeasured,
)
from spoils.geometry import alignment_of, measure_slice, slice_contours
from spoils.images import LabelMap
from spoils.messages import message
from spoils.phantom import PhantomSpec, random_spec
from spoils.phantom.painting import View
from spoils.phantom.section import cut, paint_labels
from spoils.phantom.truth import measure_truth
from spoils.spatial import Grid

SMOOTH = (0.0,) * len(DISCS)


def random_patient(seed):
    """Return a random patient without spurs, some of whose bodies slipped or lost height."""
    rng = np.random.default_rng(seed)
    return replace(
        random_spec(rng),
        spacing_mm=(0.6, 0.7, 0.8, 0.9, 1.0)[seed % 5],
        rows=440,
        osteophyte_mm=SMOOTH,
        listhesis_mm=tuple(np.where(rng.random(6) < 0.3, rng.uniform(-6, 10, 6), 0.0)),
        body_wedge_deg=tuple(np.where(rng.random(5) < 0.3, rng.uniform(-15, 4, 5), 0.0)),
        body_height_factors=tuple(np.where(rng.random(5) < 0.2, rng.uniform(0.6, 1.0, 5), 1.0)),
    )


def drawn(spec):
    """Return the label map of the midline."""
    return paint_labels(cut(spec, 0.0), View.of(spec))


def measured(spec):
    return measure_slice(drawn(spec), (spec.spacing_mm, spec.spacing_mm)).alignment


def truth(spec):
    section = cut(spec, 0.0)
    return measure_truth(section, (section,), 1.0, spec.rotation_deg).alignment


def errors(found, true):
    """Return measured minus true by kind of measurement."""
    differences = {}
    for kind in ("levels", "vertebrae"):
        for level, values in true[kind].items():
            for name, value in values.items():
                differences.setdefault(name, []).append(getattr(found, kind)[level][name].value - value)
    for name, value in true["spine"]["spine"].items():
        differences.setdefault(name, []).append(found.spine[name].value - value)
    return {name: np.abs(values) for name, values in differences.items()}


def test_random_phantoms_have_their_true_angles_and_slips():
    each = [errors(measured(spec), truth(spec)) for spec in map(random_patient, range(6))]
    worst = {name: np.concatenate([one[name] for one in each]) for name in each[0]}

    assert worst["lordosis_l1_s1_deg"].max() < 1.2
    assert worst["sacral_slope_deg"].max() < 1.0
    assert np.quantile(worst["angle_deg"], 0.95) < 1.0
    assert np.quantile(worst["wedge_deg"], 0.95) < 1.0
    assert np.quantile(worst["slip_mm"], 0.95) < 0.5
    assert worst["slip_mm"].max() < 1.0


@pytest.mark.parametrize("lordosis_deg", [5.0, 36.8, 70.0])
def test_lordosis_is_exact_over_its_whole_range(lordosis_deg):
    spec = PhantomSpec(lordosis_deg=lordosis_deg)
    assert measured(spec).spine["lordosis_l1_s1_deg"].value == pytest.approx(
        truth(spec)["spine"]["spine"]["lordosis_l1_s1_deg"], abs=1.0
    )


@pytest.mark.parametrize("slips_mm", [(0, -6, 3, 0, 12, 4), (0, 12, 0, -3, 0, -6), (0, 0, 6, 4, -5, 12)])
def test_a_slip_is_exact_at_every_level(slips_mm):
    spec = PhantomSpec(listhesis_mm=slips_mm)
    found, true = measured(spec).levels, truth(spec)["levels"]

    for level, slip_mm in zip(DISCS[1:], slips_mm[1:], strict=True):
        assert true[level]["slip_mm"] == pytest.approx(slip_mm, abs=0.01)
        assert found[level]["slip_mm"].value == pytest.approx(slip_mm, abs=0.5)
        assert found[level]["slip_percent"].value == pytest.approx(true[level]["slip_percent"], abs=1.5)


@pytest.mark.parametrize("level", ["L1", "L3", "L5"])
def test_a_compressed_front_is_found_as_wedge_and_as_loss(level):
    at = BODIES.index(level)
    healthy = PhantomSpec()
    spec = replace(healthy, body_wedge_deg=tuple(-15.0 if i == at else 0.0 for i in range(5)))
    found, before = measured(spec).vertebrae[level], measured(healthy).vertebrae[level]

    assert found["wedge_deg"].value == pytest.approx(truth(spec)["vertebrae"][level]["wedge_deg"], abs=1.0)
    assert found["wedge_deg"].value == pytest.approx(before["wedge_deg"].value - 15.0, abs=1.0)
    assert found["wedge_loss_percent"].value > before["wedge_loss_percent"].value + 20
    assert found["posterior_predicted_ratio"].value == pytest.approx(
        before["posterior_predicted_ratio"].value, abs=0.08
    )


def test_a_crushed_body_lacks_its_share_of_height():
    spec = PhantomSpec(body_height_factors=(1, 1, 0.65, 1, 1))
    found, before = measured(spec).vertebrae["L3"], measured(PhantomSpec()).vertebrae["L3"]

    assert found["posterior_predicted_ratio"].value == pytest.approx(
        0.65 * before["posterior_predicted_ratio"].value, abs=0.03
    )


def test_endplates_that_are_pressed_in_make_a_biconcave_body():
    spec = PhantomSpec(body_depression_mm=(0, 4, 0, 0, 0))
    found, before = measured(spec).vertebrae, measured(PhantomSpec()).vertebrae

    assert found["L2"]["biconcave_loss_percent"].value > before["L2"]["biconcave_loss_percent"].value + 25
    assert found["L2"]["wedge_deg"].value == pytest.approx(before["L2"]["wedge_deg"].value, abs=1.0)
    assert found["L3"]["biconcave_loss_percent"].value == pytest.approx(
        before["L3"]["biconcave_loss_percent"].value, abs=3
    )


@pytest.mark.parametrize("rotation_deg", [-20.0, 25.0])
def test_only_the_sacral_slope_depends_on_how_the_patient_lies(rotation_deg):
    upright = PhantomSpec(listhesis_mm=(0, 0, 0, 0, 5, 0))
    turned = replace(upright, rotation_deg=rotation_deg)
    before, after = measured(upright), measured(turned)

    assert after.spine["lordosis_l1_s1_deg"].value == pytest.approx(before.spine["lordosis_l1_s1_deg"].value, abs=1.0)
    assert after.levels["L4-L5"]["slip_mm"].value == pytest.approx(before.levels["L4-L5"]["slip_mm"].value, abs=0.4)
    assert after.spine["sacral_slope_deg"].value == pytest.approx(
        before.spine["sacral_slope_deg"].value - rotation_deg, abs=1.0
    )


def test_the_size_of_a_patient_changes_lengths_alone():
    usual = PhantomSpec(listhesis_mm=(0, 0, 0, 0, 5, 0))
    labels = drawn(usual)
    small, large = (measure_slice(labels, (mm, mm)).alignment for mm in (0.7, 1.05))

    for level in DISCS[1:]:
        assert large.levels[level]["angle_deg"].value == pytest.approx(small.levels[level]["angle_deg"].value)
        assert large.levels[level]["slip_percent"].value == pytest.approx(
            small.levels[level]["slip_percent"].value, abs=0.8
        )
    assert large.levels["L4-L5"]["slip_mm"].value == pytest.approx(
        1.5 * small.levels["L4-L5"]["slip_mm"].value, abs=0.3
    )


def test_lordosis_is_the_sum_of_discs_and_bodies_between_its_endplates():
    found = measured(random_patient(3))
    parts = [found.levels[disc]["angle_deg"].value for disc in DISCS[1:]]
    parts += [found.vertebrae[body]["wedge_deg"].value for body in BODIES[:-1]]
    assert found.spine["lordosis_l1_s1_deg"].value == pytest.approx(sum(parts))


def test_every_measurement_is_there_or_says_why_not():
    spec = PhantomSpec()
    labels = drawn(spec)
    labels[np.isin(labels, [structure(name).label for name in ("L1", "T12-L1")])] = 0
    volume = LabelMap(labels[None], Grid.from_axes((1, *labels.shape), (4.0, 0.7, 0.7)))
    found = alignment_of(slice_contours(volume), (*BODIES, *DISCS))

    assert tuple(found.spine) == SPINE_ALIGNMENT_MEASUREMENTS
    assert found.spine["lordosis_l1_s1_deg"] == NotMeasured.because(message("not-on-slice", level="L1", slice=0))
    assert isinstance(found.spine["sacral_slope_deg"], Measurement)
    assert found.lordosis_lines_mm.shape == (0, 2, 2)
    assert tuple(found.levels) == DISCS
    assert all(tuple(values) == LEVEL_ALIGNMENT_MEASUREMENTS for values in found.levels.values())
    assert found.levels["T12-L1"]["slip_mm"] == NotMeasured.because(message("no-body-above", level="T12-L1"))
    assert tuple(found.vertebrae) == BODIES[:-1]
    assert all(tuple(values) == VERTEBRAL_SHAPE_MEASUREMENTS for values in found.vertebrae.values())
    assert isinstance(found.vertebrae["L1"]["wedge_deg"], NotMeasured)
    assert set(found.steps) == set(DISCS[2:])


def test_a_body_alone_has_ratios_but_nothing_to_be_compared_with():
    labels = drawn(PhantomSpec())
    labels[labels != structure("L4").label] = 0
    found = measure_slice(labels, (0.7, 0.7)).alignment.vertebrae["L4"]

    assert isinstance(found["wedge_loss_percent"], Measurement)
    assert found["crush_loss_percent"] == NotMeasured.because(message("no-other-body", level="L4"))
    assert found["posterior_predicted_ratio"] == NotMeasured.because(message("no-other-body", level="L4"))
