from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import DISCS
from spoils.findings import NotMeasured
from spoils.geometry import SpineMeasurements
from spoils.grading import CHANNELS, FEATURES, feature_rows, image_input
from spoils.grading.texture import TEXTURE_FEATURES, texture_of

LEVEL = DISCS[3]
COLUMN = {name: index for index, name in enumerate(FEATURES)}


def test_every_disc_has_a_row_of_named_numbers(patient):
    rows = feature_rows(patient.measurements, patient.volumes, patient.contours)
    assert tuple(rows) == DISCS
    assert len(set(FEATURES)) == len(FEATURES)
    assert all(row.shape == (len(FEATURES),) and row.dtype == np.float32 for row in rows.values())
    assert np.isfinite(rows[LEVEL]).all()


def test_a_row_holds_what_was_measured(patient):
    row = feature_rows(patient.measurements, patient.volumes, patient.contours)[LEVEL]
    measured = patient.measurements.discs[LEVEL]
    for name in ("height_index", "signal_csf_ratio"):
        assert row[COLUMN[name]] == pytest.approx(measured[name].value, rel=1e-5)
    assert row[COLUMN["level_index"]] == 3


def test_what_was_not_measured_is_missing_and_nothing_else(patient):
    spine = patient.measurements
    unknown = spine.discs[LEVEL] | {"height_index": NotMeasured(not_measured="for this test")}
    without = SpineMeasurements(spine.discs | {LEVEL: unknown}, spine.vertebrae, spine.canal)
    row = feature_rows(without, patient.volumes, patient.contours)[LEVEL]
    missing = {name for name in FEATURES if np.isnan(row[COLUMN[name]])}
    assert missing == {"height_index", "height_index_over_others", "height_index_over_highest"}


def test_neighbours_are_the_adjoining_discs(patient):
    rows = feature_rows(patient.measurements, patient.volumes, patient.contours)
    above, here, below = (rows[level] for level in DISCS[2:5])
    assert here[COLUMN["nucleus_p90_above"]] == above[COLUMN["nucleus_p90"]]
    assert here[COLUMN["nucleus_p90_below"]] == below[COLUMN["nucleus_p90"]]
    assert np.isnan(rows[DISCS[0]][COLUMN["nucleus_p90_above"]])
    assert np.isnan(rows[DISCS[-1]][COLUMN["nucleus_p90_below"]])
    assert rows[LEVEL][COLUMN["nucleus_p90_over_highest"]] <= 1


def painted(volume, value):
    """The volume with constant signal ``value`` in the disc and 0.4 around it."""
    return replace(volume, pixels=np.where(volume.mask > 0.5, np.float32(value), np.float32(0.4)))


def test_texture_of_an_even_disc_is_its_signal(patient):
    found = texture_of(painted(patient.volumes[LEVEL], 0.7))
    assert tuple(found) == TEXTURE_FEATURES
    for name in ("disc_p10", "nucleus_p50", "nucleus_p90", "front_rim", "back_rim"):
        assert found[name] == pytest.approx(0.7)
    for name in ("disc_variation", "dark_share", "nucleus_cleft", "border_steepness"):
        assert found[name] == pytest.approx(0.0, abs=1e-6)
    assert found["upper_bone"] == pytest.approx(0.4)
    assert found["disc_over_bone"] == pytest.approx(0.7 / 0.4)


def test_bone_above_and_below_are_told_apart(patient):
    volume = painted(patient.volumes[LEVEL], 0.2)
    pixels = volume.pixels.copy()
    pixels[:, : pixels.shape[1] // 2] = np.where(volume.mask > 0.5, 0.2, 0.9)[:, : pixels.shape[1] // 2]
    found = texture_of(replace(volume, pixels=pixels))
    assert found["upper_bone"] > 0.85
    assert found["lower_bone"] < 0.45


def test_a_disc_without_pixels_has_no_texture(patient):
    volume = patient.volumes[LEVEL]
    found = texture_of(replace(volume, mask=np.zeros_like(volume.mask)))
    assert np.isnan(list(found.values())).all()


def test_a_disc_that_reaches_back_bulges(patient):
    volume = patient.volumes[LEVEL]
    mask = volume.mask.copy()
    last = int(np.flatnonzero((mask[0] > 0.5).any(axis=0))[-1])
    mask[0, 22:26, last : last + 6] = 1.0
    before, after = (
        feature_rows(patient.measurements, {LEVEL: v}, patient.contours)[LEVEL][COLUMN["back_bulge"]]
        for v in (volume, replace(volume, mask=mask))
    )
    assert after == pytest.approx(before + 5 / 48, abs=0.01)


def test_the_network_sees_clipped_signal_and_the_contour(patient):
    volume = painted(patient.volumes[LEVEL], 9.0)
    seen = image_input(volume)
    assert seen.shape == (len(CHANNELS), *volume.pixels.shape[1:])
    assert seen[0].max() == 1.5
    assert set(np.unique(seen[1])) == {0.0, 1.0}


def test_the_middle_slice_of_a_volume_is_the_graded_one(patient):
    volume = patient.volumes[LEVEL]
    dark = np.zeros_like(volume.pixels)
    several = replace(
        volume,
        pixels=np.concatenate((dark, volume.pixels, dark)),
        mask=np.concatenate((volume.mask, volume.mask, volume.mask)),
    )
    np.testing.assert_array_equal(image_input(several), image_input(volume))
