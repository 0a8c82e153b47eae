"""What must be refused is refused, with a sentence that says why."""

import numpy as np
import pytest

from spoils.anatomy import structure
from spoils.errors import UnsuitableInput
from spoils.images import LabelMap, SagittalSeries
from spoils.phantom import PhantomSpec, draw_phantom
from spoils.segmentation import Limits, name_slice
from spoils.segmentation.quality import (
    require_enough,
    require_lumbar,
    require_lumbar_size,
    require_sacrum_inside,
    require_t2,
    require_upright,
)


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(PhantomSpec(n_slices=1, spacing_mm=0.8))


def test_a_healthy_phantom_passes(phantom, phantom_labels, as_seen):
    naming, _ = name_slice(as_seen(phantom_labels), 0.64)
    require_lumbar(naming, Limits())
    require_enough(naming, Limits())
    require_t2(phantom.series, phantom.labels, 0, Limits())


def test_dark_csf_is_not_t2(phantom):
    inverted = SagittalSeries(phantom.series.pixels.max() - phantom.series.pixels, phantom.series.grid)
    with pytest.raises(UnsuitableInput, match="not a T2"):
        require_t2(inverted, phantom.labels, 0, Limits())


def test_a_mirrored_image_is_refused(phantom):
    mirrored = SagittalSeries(phantom.series.pixels[:, :, ::-1], phantom.series.grid)
    labels = LabelMap(phantom.labels.labels[:, :, ::-1], phantom.labels.grid)
    with pytest.raises(UnsuitableInput, match="mirrored"):
        require_t2(mirrored, labels, 0, Limits())


def test_no_canal_is_refused(phantom):
    labels = np.where(phantom.labels.labels == 13, 0, phantom.labels.labels)
    with pytest.raises(UnsuitableInput, match="No spinal canal"):
        require_t2(phantom.series, LabelMap(labels, phantom.labels.grid), 0, Limits())


def test_too_few_structures_are_refused(phantom_labels, as_seen):
    few = np.where(np.isin(phantom_labels, (1, 2, 7, 8)), phantom_labels, 0)
    with pytest.raises(UnsuitableInput, match="2 vertebral bodies and 2 discs"):
        require_lumbar(name_slice(as_seen(few), 0.64)[0], Limits())
    with pytest.raises(UnsuitableInput, match="only 2 vertebral bodies and 2 discs"):
        require_enough(name_slice(as_seen(few), 0.64)[0], Limits())


def test_a_hidden_sacrum_is_refused(phantom_labels, as_seen):
    cropped = np.where(np.isin(phantom_labels, (6, 12)), 0, phantom_labels)
    with pytest.raises(UnsuitableInput, match="sacrum is not in view"):
        require_lumbar(name_slice(as_seen(cropped), 0.64)[0], Limits())


def test_a_picture_that_ends_at_its_lowest_body_is_refused(phantom_labels, as_seen):
    seen, row_mm = as_seen(phantom_labels), 0.8
    lowest = int(np.flatnonzero((phantom_labels == structure("S1").label).any(axis=1))[-1])
    for below_mm, fits in ((11.2, True), (8.8, False)):
        naming, _ = name_slice(seen[:, : lowest + 1 + round(below_mm / row_mm)], row_mm**2)
        if fits:
            require_sacrum_inside(naming, row_mm, Limits())
        else:
            with pytest.raises(UnsuitableInput, match="may be L5 or S1"):
                require_sacrum_inside(naming, row_mm, Limits())


def test_what_reads_better_upside_down_is_upside_down(phantom_labels, as_seen):
    lumbar = np.isin(phantom_labels, (1, 2, 3, 7, 8, 9))
    whole, _ = name_slice(as_seen(phantom_labels), 0.64)
    part, _ = name_slice(as_seen(np.where(lumbar, phantom_labels, 0)), 0.64)
    require_upright(whole, [part])
    with pytest.raises(UnsuitableInput, match="upside down"):
        require_upright(part, [part, whole])


@pytest.mark.parametrize("pixel_area_mm2", [0.64 / 4, 0.64 * 4])
def test_bodies_of_another_size_are_not_lumbar(phantom_labels, as_seen, pixel_area_mm2):
    naming, _ = name_slice(as_seen(phantom_labels), 0.64)
    require_lumbar_size(naming, 0.64, Limits())
    with pytest.raises(UnsuitableInput, match="pixel spacing is wrong"):
        require_lumbar_size(naming, pixel_area_mm2, Limits())
