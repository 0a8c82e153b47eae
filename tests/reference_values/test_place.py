import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spoils import reference_values
from spoils.anatomy import BODIES, DISCS
from spoils.errors import InputUnreadable
from spoils.findings import (
    BODY_MEASUREMENTS,
    CANAL_MEASUREMENTS,
    DISC_MEASUREMENTS,
    Measurement,
    NotMeasured,
    VertebraFinding,
)
from spoils.reference_values import Build, Cohort, ReferenceGroups, ReferenceValues, Spread, place

from ..report.builders import assessment, graded_disc

DISC, BODY = DISCS[4], BODIES[3]
EVERYBODY, WOMEN, HEALTHY = NormalDist(10, 2), NormalDist(9, 2), NormalDist(12, 1)


def cohort(values, n=100):
    quantiles = tuple(values.inv_cdf(percent / 100) for percent in reference_values.PERCENTS)
    return Cohort(n=n, mean=values.mean, sd=values.stdev, quantiles=quantiles)


HEALTHY_PEOPLE = "whose discs here have Pfirrmann grade 1 or 2"


def reference(**groups):
    both = ReferenceGroups(
        cohort={"both": cohort(EVERYBODY), "F": cohort(WOMEN, 60)},
        healthy={"both": Spread(n=40, mean=HEALTHY.mean, sd=HEALTHY.stdev)},
    )
    return ReferenceValues(
        version="1",
        source="drawn for this test",
        people="patients with back pain",
        healthy=HEALTHY_PEOPLE,
        patients={"both": 100, "F": 60, "M": 40},
        body_depth_mm=36.0,
        made_from={},
        levels={DISC: {"height_index": both, "height_mean_mm": both, "area_mm2": both} | groups},
    )


def ratio(value):
    return {"height_index": Measurement(value=value, unit="1", method="slice 7")}


def bodies(depth_mm, levels=BODIES[2:5]):
    wide = {
        name: Measurement(value=depth_mm, unit="mm", method="slice 7")
        for name in BODY_MEASUREMENTS
        if name.startswith("width")
    }
    return [VertebraFinding(level=level, measurements=wide) for level in levels]


@pytest.mark.parametrize("percent", reference_values.PERCENTS)
def test_percentiles_are_those_of_the_cohort(percent):
    found = place(ratio(EVERYBODY.inv_cdf(percent / 100)), DISC, Build(), reference())
    assert found["height_index"].percentile == pytest.approx(percent)


@pytest.mark.parametrize("z", [-3.0, 0.0, 1.5])
def test_z_counts_deviations_from_the_mean_of_the_healthy(z):
    assert place(ratio(HEALTHY.mean + z * HEALTHY.stdev), DISC, Build(), reference())[
        "height_index"
    ].z == pytest.approx(z)


def test_a_patient_is_placed_among_the_same_sex_where_there_are_enough():
    of_woman, of_man, of_unknown = (
        place(ratio(9.0), DISC, Build(sex), reference())["height_index"] for sex in ("F", "M", None)
    )
    assert of_woman.percentile == pytest.approx(50)
    assert of_woman.group == f"60 women with back pain; z from 40 men and women, {HEALTHY_PEOPLE}"
    assert of_man == of_unknown
    assert of_man.percentile < 50
    assert of_man.group == f"100 patients with back pain; z from 40 of them, {HEALTHY_PEOPLE}"


def test_without_enough_healthy_patients_there_is_no_z():
    only_cohort = ReferenceGroups(cohort={"both": cohort(EVERYBODY)}, healthy={})
    found = place(ratio(10.0), DISC, Build(), reference(height_index=only_cohort))["height_index"]
    assert (found.z, found.group) == (None, "100 patients with back pain")


def test_beyond_the_table_a_percentile_is_its_end():
    low, high = (place(ratio(value), DISC, Build(), reference())["height_index"].percentile for value in (-50, 50))
    assert (low, high) == (1, 99)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=8), st.sampled_from(["F", "M", None]))
def test_a_larger_value_never_has_a_lower_place(values, sex):
    found = [place(ratio(value), DISC, Build(sex), reference())["height_index"] for value in sorted(values)]
    assert [one.percentile for one in found] == sorted(one.percentile for one in found)
    assert [one.z for one in found] == sorted(one.z for one in found)


@given(st.floats(0.5, 2.0))
def test_a_magnified_patient_keeps_every_place(factor):
    """What the body's size explains is taken out of lengths and areas."""
    value = {"mm": 10.0, "mm2": 11.0}
    placed = [
        place(
            {
                "height_mean_mm": Measurement(value=value["mm"] * by, unit="mm", method="slice 7"),
                "area_mm2": Measurement(value=value["mm2"] * by**2, unit="mm2", method="slice 7"),
            },
            DISC,
            Build.of(None, bodies(36.0 * by)),
            reference(),
        )
        for by in (1.0, factor)
    ]
    for name in ("height_mean_mm", "area_mm2"):
        assert placed[0][name].percentile == pytest.approx(placed[1][name].percentile)


def test_what_can_not_be_compared_is_left_out():
    signal = ReferenceGroups(cohort={"both": cohort(EVERYBODY)}, healthy={})
    measured = {
        **ratio(10.0),
        "height_mean_mm": Measurement(value=10, unit="mm", method="slice 7"),
        "area_mm2": NotMeasured(not_measured="not found on the image"),
        "signal_mean": Measurement(value=10, unit="signal", method="slice 7"),
        "width_mid_mm": Measurement(value=10, unit="mm", method="slice 7"),
    }
    of_unknown_size = place(measured, DISC, Build(), reference(signal_mean=signal))
    assert set(of_unknown_size) == {"height_index"}
    assert set(place(measured, DISC, Build(None, 36.0), reference())) == {"height_index", "height_mean_mm"}
    assert place(measured, DISCS[0], Build(), reference()) == {}


def test_the_depth_of_bodies_is_the_mean_of_those_measured_whole():
    whole = {body.level: body.measurements for body in bodies(34.0, BODIES[1:3])}
    part = dict(whole[BODIES[1]]) | {"width_mid_mm": NotMeasured(not_measured="cut off")}
    assert reference_values.body_depth_mm(whole | {BODIES[3]: part}) == 34.0
    assert reference_values.body_depth_mm({BODIES[1]: part, BODIES[2]: whole[BODIES[2]]}) is None
    with_sacrum = whole | {BODIES[5]: bodies(60.0, BODIES[5:])[0].measurements}
    assert reference_values.body_depth_mm(with_sacrum) == 34.0


@pytest.mark.parametrize("depth_mm", [0.0, -1.0, math.nan])
def test_a_body_without_depth_is_refused(depth_mm):
    with pytest.raises(ValueError, match="above zero"):
        Build(None, depth_mm)


def test_groups_too_small_are_refused():
    with pytest.raises(ValidationError):
        Spread(n=19, mean=1, sd=1)
    with pytest.raises(ValidationError, match="percentiles rise"):
        Cohort(n=20, mean=1, sd=1, quantiles=(9, 8, 7, 6, 5, 4, 3, 2, 1))
    with pytest.raises(ValidationError, match="both sexes"):
        ReferenceGroups(cohort={"F": cohort(WOMEN)}, healthy={})


@pytest.mark.parametrize("levels", [{"T11": {}}, {BODY: {"height_index": 0}}, {DISC: {"width_superior_mm": 0}}])
def test_a_table_knows_its_levels_and_measurements(levels):
    group = ReferenceGroups(cohort={"both": cohort(EVERYBODY)}, healthy={})
    wrong = {level: dict.fromkeys(names, group) for level, names in levels.items()}
    with pytest.raises(ValidationError, match="no level or holds"):
        ReferenceValues.model_validate(reference().model_dump() | {"levels": wrong})


def test_a_table_is_read_back(tmp_path):
    path = tmp_path / "reference.json"
    path.write_text(reference().model_dump_json())
    assert reference_values.read_reference(path) == reference()
    for content in (b"{}", b"not JSON"):
        path.write_bytes(content)
        with pytest.raises(InputUnreadable, match="no table of reference values"):
            reference_values.read_reference(path)
    with pytest.raises(InputUnreadable):
        reference_values.read_reference(tmp_path / "missing.json")


def test_a_whole_assessment_is_placed():
    measured = assessment(discs=[graded_disc(level, place) for place, level in enumerate(DISCS)])
    placed = reference_values.with_normals(measured, reference_values.load_reference_values())
    build = Build.of(measured.study.sex, measured.vertebrae)
    assert placed.discs[4].normal == place(
        measured.discs[4].measurements, DISCS[4], build, reference_values.load_reference_values()
    )
    assert "height_mean_mm" in placed.discs[4].normal
    assert set(placed.canal[0].normal) == {"ap_diameter_mm"}
    assert "width_mid_mm" in placed.vertebrae[0].normal
    bare = {"discs": {"__all__": {"normal"}}, "vertebrae": {"__all__": {"normal"}}, "canal": {"__all__": {"normal"}}}
    assert placed.model_dump(exclude=bare) == measured.model_dump(exclude=bare)


def test_the_packaged_table_holds_every_measurement_that_can_be_compared():
    table = reference_values.load_reference_values()
    of_discs = {*DISC_MEASUREMENTS, *CANAL_MEASUREMENTS} - {"signal_mean", "signal_difference", "volume_mm3"}
    assert all(set(table.levels[level]) == of_discs for level in DISCS)
    assert all(set(table.levels[level]) == set(BODY_MEASUREMENTS) for level in BODIES)
    assert table.patients["both"] == table.patients["F"] + table.patients["M"] > 150


def test_healthy_discs_of_the_packaged_table_are_higher_and_brighter():
    for level in DISCS[2:]:
        for name in ("height_index", "signal_csf_ratio"):
            groups = reference_values.load_reference_values().levels[level][name]
            assert groups.healthy["both"].mean > groups.cohort["both"].mean
