"""The canal over several slices, and a stenosis on one paramedian slice."""

import numpy as np
import pytest

from spoils.anatomy import DISCS
from spoils.findings import STENOSIS_MEASUREMENTS, Measurement, NotMeasured, canal_finding
from spoils.geometry import measure_spine
from spoils.geometry.canal import CanalSection
from spoils.images import LabelMap
from spoils.phantom import PhantomSpec
from spoils.phantom.painting import View
from spoils.phantom.section import cut, paint_labels
from spoils.phantom.truth import measure_truth
from spoils.spatial import Grid

SLICE_MM = 4.4
OFFSETS_MM = np.arange(-3, 4) * SLICE_MM


def measured(spec):
    """Return the stenosis measurements of a phantom whose slice 3 is the midline and slice 4 lies to its left."""
    labels = np.stack([paint_labels(cut(spec, float(offset)), View.of(spec)) for offset in OFFSETS_MM])
    grid = Grid.from_axes(labels.shape, (SLICE_MM, spec.spacing_mm, spec.spacing_mm))
    return measure_spine(LabelMap(labels, grid))


def true_diameter(spec, level, offset_mm):
    section = cut(spec, offset_mm)
    return measure_truth(section, (section,), 1.0).canal[level]["ap_diameter_mm"]


def test_a_stenosis_on_one_paramedian_slice_is_found_there():
    spec = PhantomSpec(paramedian_stenosis_mm=(0, 0, 0, 0, 6, 0))
    found = measured(spec)
    narrowest, on_slice = found.stenoses["L4-L5"]["ap_diameter_min_mm"], found.canal["L4-L5"]["ap_diameter_mm"]

    assert on_slice.value > 14
    assert narrowest.value == pytest.approx(true_diameter(spec, "L4-L5", SLICE_MM), abs=0.5)
    assert narrowest.wording.values == {"slice": 4}
    assert found.stenoses["L4-L5"]["area_ratio"].value < found.stenoses["L2-L3"]["area_ratio"].value - 0.05
    finding = canal_finding("L4-L5", found.canal["L4-L5"] | found.stenoses["L4-L5"])
    assert finding.stenosis == "absolute"


def test_a_round_sac_is_narrowest_on_the_middle_slice():
    found = measured(PhantomSpec())
    for level in DISCS:
        values = found.stenoses[level]
        assert tuple(values) == STENOSIS_MEASUREMENTS
        assert values["ap_diameter_min_mm"].value == pytest.approx(found.canal[level]["ap_diameter_mm"].value)
        assert values["ap_diameter_min_mm"].wording.values == {"slice": 3}
        assert values["area_ratio"].value == pytest.approx(1.0, abs=0.15)


def test_one_slice_has_a_diameter_and_no_area():
    spec = PhantomSpec()
    labels = paint_labels(cut(spec, 0.0), View.of(spec))[None]
    found = measure_spine(LabelMap(labels, Grid.from_axes(labels.shape, (SLICE_MM, 0.7, 0.7))))
    assert isinstance(found.stenoses["L3-L4"]["ap_diameter_min_mm"], Measurement)
    assert isinstance(found.stenoses["L3-L4"]["area_mm2"], NotMeasured)
    assert isinstance(found.stenoses["L3-L4"]["area_ratio"], NotMeasured)


@pytest.mark.parametrize(
    ("diameters", "narrowest"),
    [
        ({7: 11.0}, 7),
        ({5: 6.0, 6: 12.0, 7: 13.0, 8: 12.0, 9: 6.0}, 7),
        ({5: 6.0, 6: 9.0, 7: 13.0, 8: 12.0, 9: 8.0}, 6),
    ],
)
def test_only_a_central_slice_that_is_narrower_than_round_counts(diameters, narrowest):
    assert CanalSection(diameters, SLICE_MM).narrowest == narrowest


@pytest.mark.parametrize(
    ("diameters", "slice_mm"), [({}, 4.0), ({3: 0.0}, 4.0), ({4: 9.0, 3: 9.0}, 4.0), ({3: 9.0}, 0.0)]
)
def test_a_section_that_can_not_be_is_refused(diameters, slice_mm):
    with pytest.raises(ValueError, match="above zero"):
        CanalSection(diameters, slice_mm)


@pytest.mark.parametrize(
    ("diameter", "grade"), [(9.99, "absolute"), (10.0, "relative"), (12.0, "relative"), (12.1, "none")]
)
def test_a_stenosis_is_graded_by_the_published_limits(diameter, grade):
    narrow = Measurement(value=diameter, unit="mm", method="slice 8")
    assert canal_finding("L4-L5", {"ap_diameter_min_mm": narrow}).stenosis == grade


def test_a_result_without_slices_is_graded_by_the_graded_slice():
    narrow = Measurement(value=9.0, unit="mm", method="slice 8")
    assert canal_finding("L4-L5", {"ap_diameter_mm": narrow}).stenosis == "absolute"
    assert canal_finding("L4-L5", {}).stenosis is None
