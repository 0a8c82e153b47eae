"""The order of the stages: what one stage hands to the next."""

import numpy as np
import pytest

from spoils.config import Settings
from spoils.geometry import corners, slice_contours
from spoils.grading import image_input
from spoils.images import SagittalSeries
from spoils.io import SourceLayout, SourceSeries, read_input
from spoils.messages import verbatim
from spoils.phantom import draw_slice, random_spec
from spoils.pipeline import Resources, assess
from spoils.segmentation import SegmentationModels, segment
from spoils.spatial import Grid
from spoils.training.data.acquisitions import read_acquisitions
from spoils.training.disc_table.build import build_table


@pytest.fixture(scope="module")
def engine():
    return Resources.load(Settings(threads=1))


def test_discs_are_extracted_by_the_contour_that_they_are_measured_on(engine):
    spec = random_spec(np.random.default_rng(0))
    pixels, _ = draw_slice(spec)
    grid = Grid.from_axes((1, *pixels.shape), (4.0, spec.spacing_mm, spec.spacing_mm))
    series = SagittalSeries(pixels[None], grid)
    study = assess(SourceSeries(series, SourceLayout(grid), "MR", None, verbatim("phantom")), engine)
    seen = segment(series, engine.segmentation, mid_slice=0)
    fine, whole = slice_contours(seen.labels, series, 0, seen.coverage), slice_contours(seen.labels, series, 0)
    assert len(study.volumes) == 6
    for level, volume in study.volumes.items():
        assert (volume.corners_mm == corners(fine.by_name[level], fine.frames[level])).all()
        assert (volume.corners_mm != corners(whole.by_name[level], whole.frames[level])).any()


@pytest.mark.data
def test_graders_learn_from_the_discs_that_they_are_asked_with(engine, data_dir):
    spider = data_dir / "spider"
    table = build_table(spider, SegmentationModels.load(Settings(threads=1)), limit=1)
    patient = table.rows[0].label.patient
    spacing_mm = float(read_acquisitions(spider / "acquisitions.csv")[patient]["spacing_mm"])
    study = assess(read_input(spider / "images" / f"{patient}.png", spacing_mm=spacing_mm), engine)
    assert len(table.rows) > 3
    for row in table.rows:
        volume = study.volumes[row.label.level]
        assert row.seen.image_pixel_mm == volume.pixel_mm
        assert row.image == pytest.approx(image_input(volume), abs=1e-3)
