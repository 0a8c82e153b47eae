"""What a slice shows: its picture for the network, and what the installed network says of real images."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name

from spoils.errors import UnsuitableInput
from spoils.io import mid_sagittal_index, read_input
from spoils.segmentation import (
    KIND_FIELD,
    KINDS,
    T2,
    TURNS,
    UPRIGHT,
    SegmentationModels,
    SliceKind,
    kind_picture,
    load_limits,
    look_at,
    refused_kind,
    segment,
)


def test_the_picture_is_the_middle_of_the_slice_filled_up_with_its_darkest_value():
    slice_ = np.random.default_rng(0).uniform(10, 20, (60, 200))
    picture = kind_picture(slice_, (3.0, 3.0))
    assert picture.shape == KIND_FIELD
    assert picture.dtype == np.float32
    shown = picture[26:86]
    assert (picture[:26] == shown.min()).all()
    assert (picture[86:] == shown.min()).all()
    assert shown.mean() == pytest.approx(0, abs=1e-5)
    assert shown.std() == pytest.approx(1, abs=1e-5)
    middle = slice_[:, 52:148]
    inner = (middle > 10.5) & (middle < 19.5)
    assert np.corrcoef(shown[inner], middle[inner])[0, 1] > 0.999


def test_the_picture_has_the_same_size_in_mm_at_any_pixel_size():
    coarse = np.zeros((80, 80))
    coarse[30:50, 30:50] = 1
    fine = np.kron(coarse, np.ones((4, 4)))
    assert (kind_picture(fine, (1.0, 1.0)) > 0).sum() == pytest.approx(
        (kind_picture(coarse, (4.0, 4.0)) > 0).sum(), rel=0.1
    )


def test_a_constant_slice_has_a_picture():
    assert np.isfinite(kind_picture(np.full((50, 50), 7.0), (1.0, 1.0))).all()


def test_looking_gives_probabilities_in_their_order():
    kinds, turns = np.zeros((1, len(KINDS))), np.zeros((1, len(TURNS)))
    kinds[0, KINDS.index("t1")], kinds[0, KINDS.index(T2)], turns[0, TURNS.index("mirrored")] = 0.75, 0.25, 1.0
    seen = look_at(np.zeros((9, 9)), (1.0, 1.0), SimpleNamespace(run=lambda image: {"kinds": kinds, "turns": turns}))
    assert (seen.kind, seen.turn) == ("t1", "mirrored")
    assert (seen.probability("t1"), seen.probability(T2), seen.probability("ct")) == (0.75, 0.25, 0.0)


@pytest.fixture(scope="module")
def models():
    return SegmentationModels.load()


def rows(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def volume(data_dir, name, folder):
    """A series of the clinical study as a volume, without a header that tells the sequence."""
    files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(data_dir / "dicom" / name))
    sitk.WriteImage(sitk.ReadImage(files), folder / f"{name}.nii.gz")
    return read_input(folder / f"{name}.nii.gz").series


def kind_of(models, series) -> SliceKind:
    _, row_mm, column_mm = series.grid.spacing_mm
    return models.kind_of(series.pixels[mid_sagittal_index(series)], (row_mm, column_mm))


@pytest.mark.data
@pytest.mark.parametrize(("name", "kind"), [("3001", "t2"), ("5001", "t1")])
def test_series_of_a_scanner_that_no_fit_saw_are_recognised_without_their_headers(
    data_dir, models, tmp_path, name, kind
):
    seen = kind_of(models, volume(data_dir, name, tmp_path))
    assert (seen.kind, seen.turn) == (kind, UPRIGHT)


@pytest.mark.data
def test_a_stir_series_is_never_surely_t2(data_dir, models, tmp_path):
    """So that the rule on the signal of marrow has its say."""
    series = volume(data_dir, "4002", tmp_path)
    middle = mid_sagittal_index(series)
    for index in range(middle - 1, middle + 2):
        seen = models.kind_of(series.pixels[index], series.grid.spacing_mm[1:])
        assert seen.probability("fat-suppressed") > 0.3
        assert seen.probability(T2) < 0.6


@pytest.mark.data
def test_a_t1_series_without_header_is_refused_as_that(data_dir, models, tmp_path):
    series = volume(data_dir, "5001", tmp_path)
    with pytest.raises(UnsuitableInput, match="looks like a T1-weighted image"):
        segment(series, models, mid_slice=mid_sagittal_index(series))


@pytest.mark.data
def test_t1_slices_are_refused_and_t2_slices_of_the_same_patients_are_not(data_dir, models):
    """Each tenth patient; figures of all, by fits that never saw them, are in the model's record."""
    spacing_of = {row["patient"]: float(row["spacing_mm"]) for row in rows(data_dir / "spider" / "acquisitions.csv")}
    t1 = sorted((data_dir / "spider-t1" / "images").glob("*.png"))[::10]
    limits = load_limits()
    for path in t1:
        spacing = spacing_of[path.stem]
        t2 = read_input(data_dir / "spider" / "images" / path.name, spacing_mm=spacing).series
        n_rows = read_input(path, spacing_mm=1.0).series.pixels.shape[1]
        other = read_input(path, spacing_mm=t2.pixels.shape[1] * spacing / n_rows).series
        assert refused_kind(kind_of(models, t2), limits) is None, path.stem
        assert kind_of(models, other).probability(T2) < 0.5, path.stem
        with pytest.raises(UnsuitableInput):
            segment(other, models, mid_slice=0)
    assert len(t1) > 10
