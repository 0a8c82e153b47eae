"""Reading of the real images."""

import time

import numpy as np
import pytest

from spoils.errors import UnsuitableInput
from spoils.images import SagittalSeries
from spoils.io import mid_sagittal_index, read_annotation, read_input, read_label_map, require_same_grid, trace_polygons
from spoils.io.labelme import rasterize_polygons
from spoils.spatial import Grid

pytestmark = pytest.mark.data


def lateral_middle(path):
    """The mean slice of the expert's bodies or discs: truth that owes nothing to the canal."""
    labels = read_label_map(path)[0].labels
    present = [label for label in range(1, 13) if (labels == label).any()]
    return float(np.mean([np.nonzero(labels == label)[0].mean() for label in present]))


def from_slice(series, start, stop):
    grid = Grid((stop - start, *series.grid.shape[1:]), series.grid.affine)
    return SagittalSeries(series.pixels[start:stop], grid)


def test_the_study_gives_its_sagittal_t2_quickly(data_dir):
    start = time.process_time()
    source = read_input(data_dir / "dicom")
    assert time.process_time() - start < 3.0
    assert source.series.pixels.shape == (15, 912, 768)
    assert source.series.grid.spacing_mm == pytest.approx((4.6, 0.3509, 0.3509), rel=1e-3)
    assert {header.SeriesNumber for header in source.dicom_headers} == {3}
    assert "series 3 chosen (sagittal, spin echo, TE 120 ms, TR 3660 ms" in str(source.source)
    assert mid_sagittal_index(source.series) in (6, 7)


@pytest.mark.parametrize("folder", ["1002", "4002", "5001", "6001", "7002"])
def test_the_other_series_are_refused_alone(data_dir, folder):
    with pytest.raises(UnsuitableInput):
        read_input(data_dir / "dicom" / folder)


def test_the_axial_cervical_scan_is_refused(data_dir):
    with pytest.raises(UnsuitableInput, match="axial"):
        read_input(data_dir / "unsuitable" / "cervical-t2.nii.gz")


@pytest.mark.parametrize("name", ["bodies-3d/vb2-07", "bodies-3d/vb2-16", "discs-3d/ivd-20"])
def test_the_middle_is_within_a_slice_of_the_experts(data_dir, name):
    labels = data_dir / f"{name}_labels.nii.gz"
    series = read_input(data_dir / f"{name}.nii.gz").series
    require_same_grid(read_label_map(labels)[0].grid, series.grid)
    middle = lateral_middle(labels)
    for start, stop in ((0, len(series.pixels)), (int(middle) - 12, len(series.pixels)), (0, int(middle) + 12)):
        found = mid_sagittal_index(from_slice(series, start, stop)) + start
        assert abs(found - middle) <= 4.5  # slices of 1 mm


def test_annotations_agree_with_the_masks_they_were_traced_from(data_dir):
    labels = read_label_map(data_dir / "bodies-3d" / "vb2-02_labels.nii.gz")[0].labels[32]
    annotation = read_annotation(data_dir / "annotated" / "vb2-02.json")
    for label in (3, 4):
        np.testing.assert_array_equal(annotation.labels == label, labels == label)


def test_every_annotation_survives_tracing(data_dir):
    for path in sorted((data_dir / "annotated").glob("*.json"))[::6]:
        labels = read_annotation(path).labels
        np.testing.assert_array_equal(rasterize_polygons(trace_polygons(labels), labels.shape), labels)
