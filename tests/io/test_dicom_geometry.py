"""Positions as scanners and exports write them: scattered, rounded, repeated, at several table positions."""

from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from spoils.errors import UnsuitableInput
from spoils.io import read_input
from spoils.io.dicom_headers import read_frames
from spoils.io.dicom_stacks import group_into_stacks
from spoils.io.limits import MAX_SERIES_TRIED
from spoils.io.series_choice import ranked_sagittal_t2
from spoils.volume_files import volume_bytes


def moved(series, shifts, **header):
    """Return the objects of a series, each moved by (x, y, z) mm."""
    datasets = [series.dataset(index, index + 1) for index in range(len(series.pixels))]
    for dataset, shift in zip(datasets, shifts, strict=True):
        position = np.array(dataset.ImagePositionPatient, dtype=float) + shift
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in position]
        for keyword, value in header.items():
            setattr(dataset, keyword, value)
    return datasets


def codes(source):
    return [note.code for note in source.notes]


def test_scattered_positions_are_read_with_a_note(dicom_series):
    series = dicom_series(shape=(9, 40, 30))
    scatter = np.random.default_rng(2).uniform(-0.1, 0.1, (9, 3))
    source = read_input(moved(series, scatter))
    assert codes(source) == ["uneven-positions"]
    assert source.series.grid.spacing_mm[0] == pytest.approx(4.4, rel=0.01)


@pytest.mark.parametrize("shift", [0.4, 2.2])
def test_a_slice_far_from_its_place_is_refused(dicom_series, shift):
    shifts = np.zeros((9, 3))
    shifts[4, 0] = shift
    with pytest.raises(UnsuitableInput, match="unevenly"):
        read_input(moved(dicom_series(shape=(9, 40, 30)), shifts))


@pytest.mark.parametrize("lost", range(1, 8))
def test_a_missing_slice_is_refused_wherever_it_was(dicom_series, lost):
    datasets = moved(dicom_series(shape=(9, 40, 30)), np.zeros((9, 3)))
    del datasets[lost]
    with pytest.raises(UnsuitableInput, match="missing"):
        read_input(datasets)


def test_every_second_slice_missing_is_told(dicom_series):
    series = dicom_series(shape=(9, 40, 30), SpacingBetweenSlices="4.4")
    assert codes(read_input(moved(series, np.zeros((9, 3))))) == []
    source = read_input(moved(series, np.zeros((9, 3)))[::2])
    assert codes(source) == ["slices-omitted"]


def test_decimal_commas_are_read(dicom_series, tmp_path):
    series = dicom_series()
    for file in series.write(tmp_path):
        content = file.read_bytes()
        dataset = series.dataset(0)
        spacing = "\\".join(
            dataset.PixelSpacing if isinstance(dataset.PixelSpacing, list) else map(str, dataset.PixelSpacing)
        )
        file.write_bytes(content.replace(spacing.encode(), spacing.replace(".", ",").encode()))
    plain = read_input([series.dataset(index, index) for index in range(5)])
    assert read_input(tmp_path).series.grid.spacing_mm == pytest.approx(plain.series.grid.spacing_mm)


@pytest.mark.parametrize("away_mm", [250.0, -180.0])
def test_the_lowest_of_two_stations_is_read(dicom_series, away_mm):
    one = moved(dicom_series(SeriesInstanceUID="1.2"), np.zeros((5, 3)))
    other = moved(dicom_series(SeriesInstanceUID="1.2"), [(0, 0, away_mm)] * 5)
    source = read_input([*one, *other])
    lower = one if away_mm > 0 else other
    assert [h.SOPInstanceUID for h in source.dicom_headers] == [d.SOPInstanceUID for d in lower]
    assert "the lower table position" in str(source.source)
    assert len(source.others) == 1


@pytest.mark.parametrize("keyword", ["AcquisitionNumber", "TemporalPositionIdentifier", "EchoNumbers"])
def test_repeats_of_one_series_are_told_apart(dicom_series, keyword):
    first = moved(dicom_series(SeriesInstanceUID="1.2"), np.zeros((5, 3)), **{keyword: 1})
    second = moved(dicom_series(SeriesInstanceUID="1.2"), np.zeros((5, 3)), **{keyword: 2})
    source = read_input([*first, *second])
    assert [h.SOPInstanceUID for h in source.dicom_headers] == [d.SOPInstanceUID for d in first]
    assert codes(source) == []
    assert len(source.others) == 1


def test_interleaved_acquisitions_are_one_volume(dicom_series):
    datasets = moved(dicom_series(), np.zeros((5, 3)))
    for index, dataset in enumerate(datasets):
        dataset.AcquisitionNumber = index % 2
    assert read_input(datasets).series.pixels.shape == (5, 40, 30)


@pytest.mark.parametrize(("largest_turn", "series"), [(3.0, 1), (0.5, 1), (0.5, 1500)])
def test_many_orientations_take_no_quadratic_time(largest_turn, series, dicom_series):
    (frame,) = read_frames(dicom_series().dataset(0))
    turned = []
    for number, angle in enumerate(np.linspace(0, largest_turn, 1500)):
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        uid, orientation = f"1.2.{number % series}", (-sine, cosine, 0.0, 0.0, 0.0, -1.0)
        turned.append(replace(frame, orientation=orientation, series_uid=uid, series_number=number % series))
    began = process_time()
    choices = ranked_sagittal_t2(group_into_stacks(turned))
    assert process_time() - began < 5
    assert len(choices) == MAX_SERIES_TRIED
    assert str(choices[0].reason).count("series ") < 50


@pytest.mark.parametrize("suffix", [".nii", ".mha", ".nrrd"])
def test_volumes_at_right_angles_have_no_note(dicom_series, tmp_path, suffix):
    series = dicom_series(shape=(5, 80, 60))
    (tmp_path / f"v{suffix}").write_bytes(volume_bytes(series.pixels.astype(np.int16), series.grid, suffix))
    assert codes(read_input(tmp_path / f"v{suffix}")) == ["sequence-unknown"]
