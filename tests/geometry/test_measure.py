import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.anatomy import structure
from spoils.errors import UsageError
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS, Measurement, NotMeasured
from spoils.geometry import (
    LocalFrame,
    contour_of,
    corners,
    measure_slice,
    measure_slices,
    measure_spine,
    slice_contours,
)
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message
from spoils.spatial import Grid

from ..memory import peak_bytes

SHAPE = (160, 130)
SPACING_MM = (0.7, 0.7)


def paint(parts, shape=SHAPE, spacing_mm=SPACING_MM, turn_deg=0.0, shift_mm=(0.0, 0.0)):
    """Paint boxes ``{name: (x, y, half width, half height)}`` in mm, turned as a whole about the slice's middle."""
    rows, columns = np.indices(shape)
    middle = np.array((shape[1] * spacing_mm[1], shape[0] * spacing_mm[0])) / 2
    x, y = columns * spacing_mm[1] - middle[0] - shift_mm[0], rows * spacing_mm[0] - middle[1] - shift_mm[1]
    angle = np.radians(turn_deg)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    labels = np.zeros(shape, dtype=np.uint8)
    for name, (cx, cy, half_width, half_height) in parts.items():
        labels[(np.abs(u - cx) <= half_width) & (np.abs(v - cy) <= half_height)] = structure(name).label
    return labels


SEGMENT = {
    "canal": (24.0, 0.0, 7.0, 45.0),
    "L3": (0.0, -20.0, 16.0, 13.5),
    "L3-L4": (0.0, 0.0, 17.0, 5.0),
    "L4": (0.0, 20.0, 16.0, 13.5),
}


def label_map(*slices, slice_mm=4.0):
    return LabelMap(np.stack(slices), Grid.from_axes((len(slices), *slices[0].shape), (slice_mm, *SPACING_MM)))


def values(measured):
    return {name: m.value for name, m in measured.items() if isinstance(m, Measurement)}


@given(
    turn_deg=st.floats(5, 35), x=st.floats(-1, 1), y=st.floats(-1, 1), row_mm=st.floats(0.5, 0.9),
    column_mm=st.floats(0.5, 0.9),
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_sizes_depend_neither_on_place_nor_angle_nor_spacing(turn_deg, x, y, row_mm, column_mm):
    # A side that runs along the pixel rows may lie anywhere within a pixel, so the boxes are turned.
    labels = paint(SEGMENT, (230, 200), (row_mm, column_mm), turn_deg, (x, y))
    found = measure_slice(labels, (row_mm, column_mm))
    disc, body = values(found.discs["L3-L4"]), values(found.vertebrae["L3"])

    assert disc["height_mean_mm"] == pytest.approx(10.0, abs=0.4)
    assert disc["width_mid_mm"] == pytest.approx(34.0, abs=0.8)
    assert disc["area_mm2"] == pytest.approx(340.0, rel=0.03)
    assert disc["height_index"] == pytest.approx(10 / 27, rel=0.07)
    assert body["height_central_mm"] == pytest.approx(27.0, abs=0.8)
    assert body["width_mid_mm"] == pytest.approx(32.0, abs=0.8)
    assert found.canal["L3-L4"]["ap_diameter_mm"].value == pytest.approx(14.0, abs=0.8)


def test_every_name_is_present_in_the_order_of_the_result_model():
    found = measure_slice(paint(SEGMENT), SPACING_MM)
    assert tuple(found.discs["L3-L4"]) == DISC_MEASUREMENTS
    assert [tuple(v) for v in found.vertebrae.values()] == [BODY_MEASUREMENTS, BODY_MEASUREMENTS]
    assert tuple(found.canal["L3-L4"]) == CANAL_MEASUREMENTS
    assert list(found.vertebrae) == ["L3", "L4"]


def test_a_wedge_is_higher_in_front():
    labels = paint({"L5-S1": (0.0, 0.0, 17.0, 9.0)})
    columns = np.arange(SHAPE[1]) * SPACING_MM[1] - SHAPE[1] * SPACING_MM[1] / 2
    rows = np.arange(SHAPE[0])[:, None] * SPACING_MM[0] - SHAPE[0] * SPACING_MM[0] / 2
    labels[np.abs(rows) > 7.0 - 0.15 * columns] = 0
    disc = values(measure_slice(labels, SPACING_MM).discs["L5-S1"])
    assert disc["height_anterior_mm"] > disc["height_central_mm"] + 1 > disc["height_posterior_mm"] + 2


def test_signal_needs_an_image():
    disc = measure_slice(paint(SEGMENT), SPACING_MM).discs["L3-L4"]
    assert disc["signal_mean"] == NotMeasured.because(message("no-image"))


def test_signal_is_relative_to_csf_and_nucleus_is_told_from_rim():
    labels = paint(SEGMENT)
    pixels = np.full(SHAPE, 50.0, dtype=np.float32)
    pixels[labels == structure("canal").label] = 200.0
    pixels[paint({"L3-L4": (0.0, 0.0, 10.0, 3.0)}) > 0] = 120.0
    disc = measure_slice(labels, SPACING_MM, pixels).discs["L3-L4"]
    assert disc["signal_difference"].value == pytest.approx(70.0, abs=0.1)
    assert disc["signal_csf_ratio"].value == pytest.approx(disc["signal_mean"].value / 200.0)
    assert "brighter half" in disc["signal_csf_ratio"].method


def test_missing_neighbours_are_reasons_and_never_numbers():
    found = measure_slice(paint({"L3-L4": SEGMENT["L3-L4"]}), SPACING_MM)
    assert "L3 is not segmented" in found.discs["L3-L4"]["height_index"].not_measured
    assert "canal is not segmented" in found.canal["L3-L4"]["ap_diameter_mm"].not_measured
    assert found.discs["L3-L4"]["volume_mm3"] == NotMeasured.because(message("volume-of-one-slice"))
    assert found.vertebrae == {}


def test_the_highest_disc_is_compared_with_the_one_labelled_body():
    parts = {"T12-L1": SEGMENT["L3-L4"], "L1": SEGMENT["L4"]}
    index = measure_slice(paint(parts), SPACING_MM).discs["T12-L1"]["height_index"]
    assert index.value == pytest.approx(10 / 27, rel=0.1)
    assert index.method == "slice 0, against L1 alone"


def test_a_canal_that_ends_above_the_disc_has_no_diameter_there():
    labels = paint(SEGMENT | {"canal": (24.0, -30.0, 7.0, 15.0)})
    found = measure_slice(labels, SPACING_MM)
    assert "does not reach L3-L4" in found.canal["L3-L4"]["ap_diameter_mm"].not_measured


def test_a_structure_cut_by_the_border_is_not_measured():
    found = measure_slice(paint(SEGMENT)[:, 30:], SPACING_MM)
    assert set(values(found.discs["L3-L4"])) == set(DISC_MEASUREMENTS) - {
        "volume_mm3", "signal_mean", "signal_csf_ratio", "signal_difference",
    }  # fmt: skip
    cut = measure_slice(paint(SEGMENT)[:, 45:], SPACING_MM)
    assert {m.not_measured for m in cut.discs["L3-L4"].values()} == {"the border of the image cuts L3-L4"}


def test_a_fragment_is_reported_but_not_measured():
    labels = paint(SEGMENT)
    labels[2:4, 2:6] = structure("L1-L2").label
    found = measure_slice(labels, SPACING_MM)
    assert {m.not_measured for m in found.discs["L1-L2"].values()} == {"L1-L2 is not segmented on slice 0"}


def test_volume_is_area_times_spacing_and_lengths_come_from_the_widest_canal():
    whole, side = paint(SEGMENT), paint({"L3-L4": (0.0, 0.0, 12.0, 4.0)})
    empty = np.zeros_like(whole)
    found = measure_spine(label_map(empty, side, whole, side, empty))
    volume = found.discs["L3-L4"]["volume_mm3"]
    assert volume.value == pytest.approx(4.0 * (340 + 2 * 192), rel=0.04)
    assert volume.method == "sum over 3 slices"
    assert found.discs["L3-L4"]["area_mm2"].method == "slice 2"


def test_a_disc_that_leaves_the_series_has_no_volume():
    whole = paint(SEGMENT)
    found = measure_spine(label_map(whole, whole))
    assert found.discs["L3-L4"]["volume_mm3"] == NotMeasured.because(message("beyond-slices", level="L3-L4"))


def test_a_map_cropped_to_its_labels_cuts_nothing():
    disc = paint({"L3-L4": (0.0, 0.0, 17.0, 5.0)})
    rows, columns = np.flatnonzero(disc.any(axis=1)), np.flatnonzero(disc.any(axis=0))
    cropped = disc[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found = measure_spine(label_map(cropped, cropped)).discs["L3-L4"]
    assert found["height_mean_mm"].value == pytest.approx(10.0, abs=0.7)
    assert found["volume_mm3"].value == pytest.approx(2 * 4.0 * np.count_nonzero(cropped) * 0.49)


def test_a_disc_cut_on_one_slice_has_no_volume():
    whole = paint(SEGMENT)
    empty = np.zeros_like(whole)
    labels = label_map(empty, whole, np.roll(whole, -48, axis=1), empty)
    found = measure_spine(labels, slice_contours(labels, index=1))
    assert found.discs["L3-L4"]["volume_mm3"] == NotMeasured.because(message("cut-by-border", level="L3-L4"))


def test_a_disc_beside_the_mid_slice_keeps_its_volume():
    empty = np.zeros_like(paint(SEGMENT))
    labels = label_map(empty, paint(SEGMENT), empty)
    found = measure_spine(labels, slice_contours(labels, index=0))
    assert "not segmented on slice 0" in found.discs["L3-L4"]["height_mean_mm"].not_measured
    assert found.discs["L3-L4"]["volume_mm3"].method == "one slice times its spacing"


def test_every_slice_is_measured_by_itself():
    found = measure_slices(label_map(paint(SEGMENT), paint({"L4": SEGMENT["L4"]})))
    assert [list(m.discs) for m in found] == [["L3-L4"], []]
    assert found[1].vertebrae["L4"]["width_mid_mm"].method == "slice 1"


def test_coverage_takes_the_place_of_the_labels():
    labels = label_map(paint(SEGMENT))
    finer = {"L3-L4": (paint({"L3-L4": (0.0, 0.0, 17.0, 6.0)}) > 0).astype(np.float32)}
    found = measure_spine(labels, slice_contours(labels, coverage=finer))
    assert found.discs["L3-L4"]["height_mean_mm"].value == pytest.approx(12.0, abs=0.7)
    assert found.vertebrae["L4"]["width_mid_mm"] == NotMeasured.because(message("not-on-slice", level="L4", slice=0))


def test_image_and_labels_share_a_grid_and_the_slice_exists():
    labels = label_map(paint(SEGMENT))
    other = SagittalSeries(np.zeros((1, 9, 9)), Grid.from_axes((1, 9, 9), (4.0, 1.0, 1.0)))
    with pytest.raises(UsageError, match="grid"):
        slice_contours(labels, other)
    with pytest.raises(UsageError, match="no slice 3"):
        slice_contours(labels, index=3)


@given(turn_deg=st.floats(-40, 40))
@settings(max_examples=20, deadline=None)
def test_corners_of_a_turned_box_are_found_and_sorted(turn_deg):
    contour = contour_of(paint({"L3": (0.0, 0.0, 16.0, 12.0)}, turn_deg=turn_deg) > 0, SPACING_MM)
    angle = np.radians(turn_deg)
    posterior = np.array((np.cos(angle), np.sin(angle)))
    found = corners(contour, LocalFrame(contour.centroid_mm, posterior))
    local = LocalFrame(contour.centroid_mm, posterior).to_frame(found)
    assert local == pytest.approx(np.array(((-16, 12), (16, 12), (16, -12), (-16, -12))), abs=1.3)


def test_a_bulge_moves_no_corner():
    plain = paint({"L3-L4": (0.0, 0.0, 17.0, 5.0)}) > 0
    bulging = plain | (paint({"L3-L4": (18.0, 0.0, 2.0, 2.0)}) > 0)
    frame = LocalFrame(np.zeros(2), np.array((1.0, 0.0)))
    before, after = (corners(contour_of(mask, SPACING_MM), frame) for mask in (plain, bulging))
    assert after == pytest.approx(before, abs=0.4)


def test_many_slices_are_measured_one_at_a_time():
    labels = np.zeros((60, *SHAPE), dtype=np.uint8)
    labels[28:33] = paint(SEGMENT)
    label_map = LabelMap(labels, Grid.from_axes(labels.shape, (1.0, *SPACING_MM)))
    measure_spine(label_map)
    assert peak_bytes(lambda: measure_spine(label_map)) < 2 * labels.nbytes
