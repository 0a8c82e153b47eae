from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import STRUCTURES, structure
from spoils.discs import DISC_COLUMNS, DISC_ROWS, DiscVolume, SignalReference, extract_disc, extract_discs
from spoils.errors import UsageError
from spoils.findings import NotMeasured
from spoils.geometry import corners, slice_contours
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message
from spoils.spatial import Grid

SHAPE = (160, 140)
CSF, BODY, DISC = 400.0, 120.0, 200.0


def study(n_slices=1, spacing_mm=(0.7, 0.7), turn_deg=0.0, stretch=1.0, with_canal=True):
    """Paint a disc between two bodies before a canal, turned about the disc's centre."""
    rows, columns = np.indices(SHAPE)
    x = (columns - SHAPE[1] / 2) * spacing_mm[1] / stretch
    y = (rows - SHAPE[0] / 2) * spacing_mm[0] / stretch
    angle = np.radians(turn_deg)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[(np.abs(u) < 17) & (np.abs(v) < 5)] = structure("L4-L5").label
    labels[(np.abs(u) < 16) & (np.abs(v + 18) < 13)] = structure("L4").label
    labels[(np.abs(u) < 16) & (np.abs(v - 18) < 13)] = structure("L5").label
    if with_canal:
        labels[(np.abs(u - 25) < 6) & (np.abs(v) < 40)] = structure("canal").label
    pixels = np.zeros(SHAPE, dtype=np.float32)
    for name, signal in (("L4-L5", DISC), ("L4", BODY), ("L5", BODY), ("canal", CSF)):
        pixels[labels == structure(name).label] = signal
    pixels[(np.abs(u + 10) < 4) & (np.abs(v + 2) < 2)] = 300.0  # a spot in the upper front of the disc
    grid = Grid.from_axes((n_slices, *SHAPE), (4.0, *spacing_mm))
    return SagittalSeries(np.stack([pixels] * n_slices), grid), LabelMap(np.stack([labels] * n_slices), grid)


def extracted(series, labels, level="L4-L5", index=0):
    return extract_disc(series, labels, slice_contours(labels, series, index), level)


def test_a_disc_is_level_centred_and_relative_to_csf():
    volume = extracted(*study(turn_deg=25.0))
    assert isinstance(volume, DiscVolume)
    assert volume.pixels.shape == volume.mask.shape == (1, DISC_ROWS, DISC_COLUMNS)
    assert volume.pixels.dtype == volume.mask.dtype == np.float32
    assert volume.reference is SignalReference.CSF
    inside = volume.mask[0] > 0.5
    rows, columns = np.nonzero(inside)
    assert rows.mean() == pytest.approx((DISC_ROWS - 1) / 2, abs=0.7)
    assert columns.mean() == pytest.approx((DISC_COLUMNS - 1) / 2, abs=0.7)
    assert np.ptp(columns) / np.ptp(rows) == pytest.approx(34 / 10, rel=0.12)
    assert np.median(volume.pixels[0][inside]) == pytest.approx(DISC / CSF, abs=0.01)


def test_anterior_is_left_and_superior_is_up():
    volume = extracted(*study(turn_deg=-20.0))
    row, column = np.unravel_index(np.where(volume.mask[0] > 0.9, volume.pixels[0], 0).argmax(), volume.pixels[0].shape)
    assert row < DISC_ROWS / 2
    assert column < DISC_COLUMNS / 2
    assert volume.pixels[0, :, -3:].max() > 0.9, "the canal lies behind the disc"


@pytest.mark.parametrize(
    "other", [{"turn_deg": 30.0}, {"spacing_mm": (0.9, 0.6)}, {"stretch": 1.4}], ids=["turned", "anisotropic", "larger"]
)
def test_the_picture_depends_on_the_disc_alone(other):
    usual, changed = (extracted(*study(**change)) for change in ({}, other))
    assert np.abs(usual.pixels - changed.pixels).mean() < 0.04
    assert np.abs(usual.mask - changed.mask).mean() < 0.03


def test_pixel_size_follows_the_disc():
    usual, larger = (extracted(*study(stretch=s)) for s in (1.0, 1.4))
    assert larger.pixel_mm / usual.pixel_mm == pytest.approx(1.4, rel=0.03)


def test_slices_on_either_side_are_stacked_and_repeated_at_the_end():
    series, labels = study(n_slices=4)
    pixels = series.pixels * np.array((1.0, 2.0, 3.0, 4.0), dtype=np.float32)[:, None, None]
    series = replace(series, pixels=pixels)
    middle, first = (extracted(series, labels, index=i).pixels for i in (1, 0))
    levels = [np.median(plane[20:28, 30:50]) for plane in (*middle, *first)]
    # Signal is relative to CSF on the chosen slice.
    assert levels == pytest.approx([0.25, 0.5, 0.75, 0.5, 0.5, 1.0], abs=0.01)


def test_without_canal_the_slice_itself_is_the_reference():
    series, labels = study(with_canal=False)
    volume = extracted(series, labels)
    assert volume.reference is SignalReference.SLICE
    assert 0 < volume.pixels.max() < 3


def test_a_black_slice_stays_black():
    series, labels = study()
    volume = extracted(replace(series, pixels=np.zeros_like(series.pixels)), labels)
    assert volume.reference is SignalReference.SLICE
    assert not volume.pixels.any()


def test_a_missing_disc_is_a_reason():
    series, labels = study()
    assert extracted(series, labels, "L1-L2") == NotMeasured.because(message("not-on-slice", level="L1-L2", slice=0))
    assert list(extract_discs(series, labels, slice_contours(labels, series, 0))) == ["L4-L5"]


def test_image_and_labels_share_a_grid():
    _, labels = study()
    series, _ = study(spacing_mm=(0.8, 0.8))
    with pytest.raises(UsageError, match="grid"):
        extract_discs(series, labels, slice_contours(labels))


def test_the_traced_slice_is_one_of_the_image():
    series, labels = study()
    _, three = study(n_slices=3)
    _, coarser = study(spacing_mm=(0.8, 0.8))
    for contours in (slice_contours(three, index=1), slice_contours(coarser)):
        with pytest.raises(UsageError, match="not those of a slice of the image"):
            extract_discs(series, labels, contours)


def test_corners_are_those_of_the_traced_slice_and_not_of_the_labels():
    series, labels = study()
    coverage = {s.name: (labels.labels[0] == s.label).astype(np.float32) for s in STRUCTURES}
    contours = slice_contours(labels, series, 0, coverage | {"L4-L5": np.roll(coverage["L4-L5"], 3, axis=1)})
    volume = extract_disc(series, labels, contours, "L4-L5")
    assert (volume.corners_mm == corners(contours.by_name["L4-L5"], contours.frames["L4-L5"])).all()
    assert volume.corners_mm - extracted(series, labels).corners_mm == pytest.approx(
        np.tile((3 * 0.7, 0.0), (4, 1)), abs=0.5
    )


def test_a_disc_volume_is_valid_from_construction():
    volume = extracted(*study())
    with pytest.raises(UsageError, match="not a disc level"):
        replace(volume, level="L4")
    with pytest.raises(UsageError, match="rows"):
        replace(volume, pixels=volume.pixels[:, 1:])
    with pytest.raises(UsageError, match="mask"):
        replace(volume, mask=volume.mask[:, 1:])
    with pytest.raises(UsageError, match="finite"):
        replace(volume, pixels=volume.pixels * np.nan)
    with pytest.raises(ValueError, match="read-only"):
        volume.pixels[0, 0, 0] = 1.0
