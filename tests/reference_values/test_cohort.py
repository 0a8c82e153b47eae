"""The packaged table against patients of its own cohort, measured by the installed network, and against phantoms."""

import csv

import numpy as np
import pytest

from spoils import reference_values
from spoils.anatomy import BODIES, DISCS
from spoils.config import Settings
from spoils.findings import Measurement
from spoils.geometry import measure_slice, measure_spine, slice_contours
from spoils.io import read_input
from spoils.phantom import draw_slice, random_spec
from spoils.reference_values import Build
from spoils.segmentation import SegmentationModels, segment

NOT_PLACED = {"signal_mean", "signal_difference", "volume_mm3"}
PATIENTS = ("12", "40", "75", "101", "133", "160", "190", "222")


def placed(spine, sex=None):
    """Normal values by level and name, and the keys of everything that was measured."""
    build, table = Build(sex, reference_values.body_depth_mm(spine.vertebrae)), reference_values.load_reference_values()
    levels = [*spine.discs.items(), *spine.vertebrae.items(), *spine.canal.items()]
    found = {
        (level, name): value
        for level, measurements in levels
        for name, value in reference_values.place(measurements, level, build, table).items()
    }
    measured = {
        (level, name)
        for level, measurements in levels
        for name, value in measurements.items()
        if isinstance(value, Measurement)
    }
    return found, measured


def test_every_measurement_of_a_phantom_has_its_place():
    spec = random_spec(np.random.default_rng(3))
    pixels, labels = draw_slice(spec)
    found, measured = placed(measure_slice(labels, (spec.spacing_mm, spec.spacing_mm), pixels))
    assert set(found) == {(level, name) for level, name in measured if name not in NOT_PLACED}
    assert {level for level, _ in found} == {*DISCS, *BODIES}


@pytest.mark.data
@pytest.mark.slow
def test_patients_of_the_cohort_lie_all_over_it(data_dir):
    """Percentiles of anybody from the cohort are about uniform: each quarter holds about a quarter."""
    with (data_dir / "spider" / "acquisitions.csv").open(newline="") as stream:
        spacing = {row["patient"]: float(row["spacing_mm"]) for row in csv.DictReader(stream)}
    models, percentiles = SegmentationModels.load(Settings()), []
    for patient in [known for known in PATIENTS if known in spacing]:
        picture = data_dir / "spider" / "images" / f"{patient}.png"
        series = read_input(picture, spacing_mm=spacing[patient]).series
        seen = segment(series, models, mid_slice=0)
        found, measured = placed(measure_spine(seen.labels, slice_contours(seen.labels, series, 0, seen.coverage)))
        assert set(found) == {(level, name) for level, name in measured if name not in NOT_PLACED}
        percentiles += [value.percentile for value in found.values()]
    quarters = np.histogram(percentiles, (0, 25, 50, 75, 100))[0] / len(percentiles)
    assert len(percentiles) > 400
    assert quarters == pytest.approx(np.full(4, 0.25), abs=0.12)
