"""What must be refused is refused, with a sentence that says why."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name

from spoils.anatomy import BODIES, structure
from spoils.errors import UnsuitableInput
from spoils.images import LabelMap, SagittalSeries
from spoils.io import mid_sagittal_index, read_input
from spoils.phantom import PhantomSpec, draw_phantom
from spoils.segmentation import (
    KINDS,
    T2,
    TURNS,
    UPRIGHT,
    LevelHint,
    SegmentationModels,
    load_limits,
    name_slice,
    segment,
)
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
    require_lumbar(naming, load_limits())
    require_enough(naming, load_limits())
    require_t2(phantom.series, phantom.labels, 0, load_limits())


def test_dark_csf_is_not_t2(phantom):
    inverted = SagittalSeries(phantom.series.pixels.max() - phantom.series.pixels, phantom.series.grid)
    with pytest.raises(UnsuitableInput, match="not a T2"):
        require_t2(inverted, phantom.labels, 0, load_limits())


@pytest.mark.parametrize("black", [0.0, 0.3])
def test_marrow_without_the_signal_of_fat_is_not_t2(phantom, black):
    """Also where the window of a picture cuts off marrow and dark discs: both are then black."""
    pixels, labels = phantom.series.pixels.copy(), phantom.labels.labels
    bone = np.isin(labels, [structure(name).label for name in BODIES])
    pixels[bone] *= 0.3
    fluid = np.percentile(pixels[labels == structure("canal").label], 75)
    windowed = SagittalSeries(np.clip(pixels, black * fluid, None), phantom.series.grid)
    with pytest.raises(UnsuitableInput, match="fat is suppressed"):
        require_t2(windowed, phantom.labels, 0, load_limits())


def test_a_mirrored_image_is_refused(phantom):
    mirrored = SagittalSeries(phantom.series.pixels[:, :, ::-1], phantom.series.grid)
    labels = LabelMap(phantom.labels.labels[:, :, ::-1], phantom.labels.grid)
    with pytest.raises(UnsuitableInput, match="mirrored"):
        require_t2(mirrored, labels, 0, load_limits())


def test_no_canal_is_refused(phantom):
    labels = np.where(phantom.labels.labels == 13, 0, phantom.labels.labels)
    with pytest.raises(UnsuitableInput, match="No spinal canal"):
        require_t2(phantom.series, LabelMap(labels, phantom.labels.grid), 0, load_limits())


def test_too_few_structures_are_refused(phantom_labels, as_seen):
    few = np.where(np.isin(phantom_labels, (1, 2, 7, 8)), phantom_labels, 0)
    with pytest.raises(UnsuitableInput, match=r"vertebral bodies found: 2, discs found: 2"):
        require_lumbar(name_slice(as_seen(few), 0.64)[0], load_limits())
    with pytest.raises(UnsuitableInput, match="vertebral bodies: 2, discs: 2"):
        require_enough(name_slice(as_seen(few), 0.64)[0], load_limits())


def test_a_hidden_sacrum_is_refused(phantom_labels, as_seen):
    cropped = np.where(np.isin(phantom_labels, (6, 12)), 0, phantom_labels)
    with pytest.raises(UnsuitableInput, match="sacrum is not in view"):
        require_lumbar(name_slice(as_seen(cropped), 0.64)[0], load_limits())


@pytest.mark.parametrize("fill", [None, 0.0, 0.7])
def test_a_picture_that_ends_at_its_lowest_body_is_refused(phantom, phantom_labels, as_seen, fill):
    """Cut off, or filled up below with black or with something brighter than bone."""
    row_mm, limits = 0.8, load_limits()
    lowest = int(np.flatnonzero((phantom_labels == structure("S1").label).any(axis=1))[-1])
    for below_mm, fits in ((11.2, True), (8.8, False)):
        seen, pixels = as_seen(phantom_labels), phantom.series.pixels[0].copy()
        end = lowest + 1 + round(below_mm / row_mm)
        if fill is None:
            seen, pixels = seen[:, :end], pixels[:end]
        else:
            pixels[end:] = fill * pixels.max()
        naming, _ = name_slice(seen, row_mm**2)
        if fits:
            require_sacrum_inside(naming, pixels, row_mm, limits)
        else:
            with pytest.raises(UnsuitableInput, match="may be L5 or S1"):
                require_sacrum_inside(naming, pixels, row_mm, limits)


def test_an_oblique_border_is_no_picture_and_dark_noise_is(phantom, phantom_labels, as_seen):
    naming, _ = name_slice(as_seen(phantom_labels), 0.64)
    sacrum = phantom_labels == structure("S1").label
    rows, columns = np.arange(len(sacrum))[:, None], np.arange(sacrum.shape[1])
    middle = int(np.flatnonzero(sacrum.any(axis=0)).mean())
    below = rows > np.flatnonzero(sacrum.any(axis=1))[-1] + 5 + 0.05 * (columns - middle)
    bright = np.percentile(phantom.series.pixels[0], 99)
    noise = np.random.default_rng(0).rayleigh(0.03 * bright, sacrum.shape)
    require_sacrum_inside(naming, np.where(below, noise, phantom.series.pixels[0]), 0.8, load_limits())
    with pytest.raises(UnsuitableInput, match="may be L5 or S1"):
        require_sacrum_inside(naming, np.where(below, 0, phantom.series.pixels[0]), 0.8, load_limits())


def test_what_reads_better_upside_down_is_upside_down(phantom_labels, as_seen):
    lumbar = np.isin(phantom_labels, (1, 2, 3, 7, 8, 9))
    whole, _ = name_slice(as_seen(phantom_labels), 0.64)
    part, _ = name_slice(as_seen(np.where(lumbar, phantom_labels, 0)), 0.64)
    require_upright([whole], [part], load_limits())
    with pytest.raises(UnsuitableInput, match="upside down"):
        require_upright([part], [part, whole], load_limits())


def test_one_look_that_shows_the_sacrum_is_enough_to_be_upright(phantom_labels, as_seen):
    faint, _ = name_slice(as_seen(phantom_labels, certainty=0.4), 0.64)
    clear, _ = name_slice(as_seen(phantom_labels, certainty=0.9), 0.64)
    turned, _ = name_slice(as_seen(phantom_labels, certainty=0.8), 0.64)
    require_upright([faint, clear], [turned], load_limits())
    with pytest.raises(UnsuitableInput, match="upside down"):
        require_upright([faint, faint], [turned], load_limits())


def test_a_turned_slice_without_a_convincing_spine_is_not_right_side_up(phantom_labels, as_seen):
    """Whatever the network sees of it as it came: the turned sacrum must be likely, and stand below a spine."""
    hardly, _ = name_slice(as_seen(phantom_labels, certainty=0.1), 0.64)
    doubtful, _ = name_slice(as_seen(phantom_labels, certainty=0.55), 0.64)
    alone, _ = name_slice(as_seen(np.where(np.isin(phantom_labels, (5, 6, 12)), phantom_labels, 0)), 0.64)
    require_upright([hardly], [doubtful, alone], load_limits())


@pytest.mark.parametrize("pixel_area_mm2", [0.64 / 4, 0.64 * 4])
def test_bodies_of_another_size_are_not_lumbar(phantom_labels, as_seen, pixel_area_mm2):
    naming, _ = name_slice(as_seen(phantom_labels), 0.64)
    require_lumbar_size(naming, 0.64, load_limits())
    with pytest.raises(UnsuitableInput, match="pixel spacing is wrong"):
        require_lumbar_size(naming, pixel_area_mm2, load_limits())


@pytest.fixture
def read_better_turned(phantom, phantom_labels, as_seen, seeing):
    """Models whose network sees the sacrum on the slice as it comes, and more surely on the turned ones."""
    upright = seeing_of(phantom)

    def see(image):
        turned = len(image) == 2 and image.shape[2:] == upright
        return [as_seen(phantom_labels, certainty=0.95 if turned else 0.8)] * len(image)

    return SegmentationModels(seeing(see))


def seeing_of(phantom):
    """The shape in which the network is shown a slice of 0.8 mm as it is: both sides are multiples of 16."""
    return phantom.series.grid.shape[1:]


def test_a_level_that_is_given_overrules_what_seems_upside_down(phantom, read_better_turned):
    with pytest.raises(UnsuitableInput, match=r"upside down.*specify the level"):
        segment(phantom.series, read_better_turned, mid_slice=0)
    seen = segment(phantom.series, read_better_turned, mid_slice=0, hint=LevelHint("L5-S1"))
    assert {"upside-down", "levels-renumbered"} <= {note.code for note in seen.notes}
    assert seen.labels.has("L5-S1")


@pytest.mark.parametrize(("upright", "is_refused"), [(0.5, True), (0.99, False)])
def test_a_slice_that_surely_lies_upright_is_not_read_upside_down(phantom, read_better_turned, upright, is_refused):
    kinds = np.array([[kind == T2 for kind in KINDS]], dtype=float)
    turns = np.array([[upright if turn == UPRIGHT else (1 - upright) / (len(TURNS) - 1) for turn in TURNS]])
    looking = SimpleNamespace(run=lambda image: {"kinds": kinds, "turns": turns})
    models = SegmentationModels(read_better_turned.network, kinds=looking)
    if is_refused:
        with pytest.raises(UnsuitableInput, match="upside down"):
            segment(phantom.series, models, mid_slice=0)
    else:
        assert segment(phantom.series, models, mid_slice=0).labels.has("L5-S1")


@pytest.mark.parametrize("hint", [None, LevelHint("L5-S1"), LevelHint("L4", (5, 5))])
def test_a_picture_of_no_spine_is_refused_with_and_without_a_level_that_is_given(
    phantom, phantom_labels, as_seen, seeing, hint
):
    alone = as_seen(np.where(phantom_labels == structure("L3").label, phantom_labels, 0))
    network = seeing(lambda image: [alone] * len(image))
    with pytest.raises(UnsuitableInput, match="vertebral bodies found: 1, discs found: 0"):
        segment(phantom.series, SegmentationModels(network), mid_slice=0, hint=hint)


@pytest.fixture(scope="module")
def models():
    return SegmentationModels.load()


@pytest.mark.data
def test_stir_is_refused_by_its_signal(data_dir, models, tmp_path):
    """The series of a clinical study as a volume of its own, without a header that tells the sequence."""
    files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(data_dir / "dicom" / "4002"))
    sitk.WriteImage(sitk.ReadImage(files), tmp_path / "stir.nii.gz")
    series = read_input(tmp_path / "stir.nii.gz").series
    with pytest.raises(UnsuitableInput, match="fat is suppressed"):
        segment(series, models, mid_slice=mid_sagittal_index(series))


@pytest.mark.data
@pytest.mark.parametrize("patient", ["149", "167"])
def test_filling_up_is_refused_like_cutting_off(data_dir, models, patient):
    """Black from 2 mm below the upper end of S1 on: L5 then passes for the sacrum."""
    with (data_dir / "spider" / "acquisitions.csv").open(encoding="utf-8") as stream:
        spacing = next(row["spacing_mm"] for row in csv.DictReader(stream) if row["patient"] == patient)
    series = read_input(data_dir / "spider" / "images" / f"{patient}.png", spacing_mm=float(spacing)).series
    sacrum = np.flatnonzero(segment(series, models, mid_slice=0).labels.mask("S1").any(axis=(0, 2)))
    filled = series.pixels.copy()
    filled[:, sacrum[0] + round(2 / float(spacing)) :] = filled.min()
    with pytest.raises(UnsuitableInput, match="may be L5 or S1"):
        segment(SagittalSeries(filled, series.grid), models, mid_slice=0)
