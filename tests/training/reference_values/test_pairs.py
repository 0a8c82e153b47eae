"""Measuring one spine twice, on a real slice and a real volume with the installed network."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, DISCS
from spoils.config import Settings
from spoils.followup import BODY_WIDTH
from spoils.images import SagittalSeries
from spoils.segmentation import SegmentationModels
from spoils.spatial import Grid
from spoils.training.data.annotated import read_index
from spoils.training.reference_values import pairs as reference_pairs


def test_thick_slices_are_means_on_a_grid_of_their_own():
    pixels = np.random.default_rng(0).normal(size=(11, 3, 2)).astype(np.float32)
    volume = SagittalSeries(pixels, Grid.from_axes(pixels.shape, (1.0, 0.5, 0.7)))
    stack = reference_pairs.thick_slices(volume, 4, 2)
    assert stack.grid.spacing_mm == pytest.approx((4.0, 0.5, 0.7))
    assert stack.pixels.shape == (2, 3, 2)
    assert stack.pixels[1] == pytest.approx(pixels[6:10].mean(axis=0), abs=1e-6)


@pytest.mark.data
def test_a_real_slice_measured_twice_agrees(data_dir):
    """The installed network saw this patient, so its contours and the drawn ones must nearly agree."""
    row = next(row for row in read_index(data_dir / "annotated") if row["id"] == "vb2-05")
    models = SegmentationModels.load(Settings())
    pairs = list(reference_pairs._segmented_twice(row, data_dir / "annotated", models))
    assert {pair.level for pair in pairs} == {*DISCS, *BODIES} - {CANAL}
    assert {pair.name for pair in pairs} == {*reference_pairs.COMPARED, BODY_WIDTH} - {"volume_mm3"}
    heights = [pair for pair in pairs if pair.name == "height_mean_mm"]
    assert max(abs(pair.first - pair.second) for pair in heights) < 2.5
