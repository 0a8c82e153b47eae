"""Endplates and walls, on boxes with known answers and on phantoms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.anatomy import CANAL
from spoils.geometry import Contour, SliceContours, contours_of_slice
from spoils.grading.endplates import ENDPLATE_FEATURES, endplates_of
from spoils.grading.vertebral_margins import WALL_FEATURES, walls_of
from spoils.phantom import PhantomSpec, draw_slice

LEVEL = "L4-L5"
WIDTH = 40.0
SHAPE = (140, 110)


def box(left, top, right, bottom, *, back=()):
    """A contour with points every half millimetre; ``back`` are further corners of its back, from above."""
    corners = np.array([(left, top), (right, top), *back, (right, bottom), (left, bottom)], dtype=float)
    sides = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = max(1, round(2 * np.linalg.norm(end - start)))
        sides.append(start + np.arange(steps)[:, None] / steps * (end - start))
    return Contour(np.concatenate(sides))


def segment(**changed):
    """Two bodies of 40 by 28 mm, the disc of 10 mm between them, and the canal of 16 mm behind them."""
    usual = {
        "L4": box(20, 20, 60, 48),
        LEVEL: box(20, 49, 60, 59),
        "L5": box(20, 60, 60, 88),
        CANAL: box(62, 10, 78, 100),
    }
    return usual | changed


def picture(bone=0.5):
    """A slice whose bone has that signal, and CSF signal 2."""
    pixels = np.full(SHAPE, bone, dtype=np.float32)
    pixels[:, 62:79] = 2.0
    return pixels


def contours(contours=None, pixels=None):
    return SliceContours(contours or segment(), (1.0, 1.0), picture() if pixels is None else pixels)


def test_a_segment_of_boxes_is_in_line_and_smooth():
    found = walls_of(contours(), LEVEL, 2.0)
    assert tuple(found) == WALL_FEATURES
    assert found["wall_step"] == pytest.approx(0.0, abs=1e-6)
    assert found["wedge_angle"] == pytest.approx(0.0, abs=1e-6)
    assert found["back_beyond_walls"] == pytest.approx(0.0, abs=1e-6)
    assert found["canal_narrowest_over_rest"] == pytest.approx(1.0)
    assert found["canal_narrowest_over_width"] == pytest.approx(16 / WIDTH)
    plates = endplates_of(contours(), LEVEL, 2.0)
    assert tuple(plates) == ENDPLATE_FEATURES
    assert plates["worst_endplate_roughness"] == pytest.approx(0.0, abs=1e-6)
    assert plates["upper_endplate_marrow_deep"] == pytest.approx(0.5 / 2.0)
    for name in ("signal", "marrow_front", "marrow_back", "marrow_brightest"):
        assert plates[f"lower_endplate_{name}"] == pytest.approx(1.0)


def test_a_body_that_slid_forward_makes_a_step():
    slid = segment(L4=box(16, 20, 56, 48))
    assert walls_of(contours(slid), LEVEL, 2.0)["wall_step"] == pytest.approx(-4 / WIDTH, abs=1e-3)


def test_what_protrudes_is_measured_from_the_line_between_the_walls():
    torn = segment(**{LEVEL: box(20, 49, 60, 59, back=((60, 51), (66, 51), (66, 57), (60, 57)))})
    found = walls_of(contours(torn), LEVEL, 2.0)
    assert found["back_beyond_walls"] == pytest.approx(6 / WIDTH, abs=1e-3)
    assert found["back_area_beyond_walls"] == pytest.approx(36 / WIDTH**2, rel=0.1)
    assert found["front_beyond_walls"] == pytest.approx(0.0, abs=1e-3)


def test_tissue_in_the_canal_darkens_what_lies_behind_the_disc():
    pixels = picture()
    pixels[48:61, 60:70] = 0.2
    free, filled = (walls_of(contours(pixels=p), LEVEL, 2.0) for p in (picture(), pixels))
    assert filled["behind_dark_share"] > free["behind_dark_share"] + 0.3
    assert filled["behind_signal_near"] < free["behind_signal_near"]


def test_a_waist_of_the_canal_is_its_narrowest_place():
    waist = box(62, 10, 78, 100, back=((78, 50), (70, 50), (70, 58), (78, 58)))
    found = walls_of(contours(segment(**{CANAL: waist})), LEVEL, 2.0)
    assert found["canal_narrowest_over_rest"] == pytest.approx(0.5)
    # Eight of the near 13.6 mm are half as wide.
    assert found["canal_near_over_rest"] == pytest.approx(1 - 0.5 * 8 / 13.6, abs=0.05)


def test_a_dent_is_found_in_the_body_that_has_it():
    points = np.array([(20, 60), (36, 60), (40, 65), (44, 60), (60, 60), (60, 88), (20, 88)], dtype=float)
    found = endplates_of(contours(segment(L5=Contour(points))), LEVEL, 2.0)
    assert found["lower_endplate_depth"] == pytest.approx(5 / WIDTH, abs=1e-6)
    assert found["worst_endplate_depth"] == found["lower_endplate_depth"]
    assert found["lower_endplate_dent"] > 0.05 > found["upper_endplate_dent"]


def test_marrow_that_changed_at_the_back_is_told_by_its_place():
    pixels = picture()
    pixels[40:49, 47:60] = 0.75
    found = endplates_of(contours(pixels=pixels), LEVEL, 2.0)
    assert found["upper_endplate_marrow_back"] == pytest.approx(1.5, abs=0.1)
    assert found["upper_endplate_marrow_front"] == pytest.approx(1.0)
    assert found["worst_endplate_marrow_brightest"] == found["upper_endplate_marrow_back"]
    assert found["lower_endplate_marrow_back"] == pytest.approx(1.0)


@given(st.floats(0.7, 1.5), st.floats(-25, 25))
def test_no_length_depends_on_scale_or_tilt(scale, tilt_deg):
    angle = math.radians(tilt_deg)
    turn = scale * np.array(((math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))))
    contours = segment(L4=box(17, 20, 57, 48), **{LEVEL: box(20, 49, 64, 59)})
    turned = {name: Contour(contour.points_mm @ turn) for name, contour in contours.items()}
    found, again = (walls_of(SliceContours(of, (1.0, 1.0)), LEVEL, 1.0) for of in (contours, turned))
    for name, value in found.items():
        assert again[name] == pytest.approx(value, abs=1e-6, nan_ok=True), name
    assert math.isnan(found["behind_signal"])


def test_a_disc_that_opens_in_front_has_a_negative_wedge_angle():
    ten = math.radians(10)
    tilt = np.array(((math.cos(ten), math.sin(ten)), (-math.sin(ten), math.cos(ten))))
    lower = box(20, 60, 60, 88).points_mm
    tilted = Contour((lower - (60, 60)) @ tilt.T + (60, 60))
    found = walls_of(contours(segment(L5=tilted)), LEVEL, 2.0)
    assert found["wedge_angle"] == pytest.approx(-ten, abs=0.01)


def test_lengths_at_the_walls_are_shares_of_the_lower_endplate():
    wide = segment(L5=box(20, 60, 70, 88), L4=box(15, 20, 65, 48))
    assert walls_of(contours(wide), LEVEL, 2.0)["wall_step"] == pytest.approx(-5 / 50, abs=1e-3)
    narrow = segment(L4=box(26, 20, 56, 48))
    assert walls_of(contours(narrow), LEVEL, 2.0)["wall_step"] == pytest.approx((6 - 4) / 2 / WIDTH, abs=1e-3)


def test_near_is_what_lies_right_behind_the_walls():
    pixels = picture()
    pixels[:, 60:64] = 0.2
    found = walls_of(contours(pixels=pixels), LEVEL, 2.0)
    assert found["behind_signal_near"] < found["behind_signal"] - 0.2


def test_marrow_is_compared_with_the_deep_marrow_of_its_body_whatever_the_scanner_counts():
    pixels = picture()
    pixels[60:67, 20:36] = 0.75
    for scale in (1.0, 1e-4):
        found = endplates_of(contours(pixels=pixels * np.float32(scale)), LEVEL, 3.0 * scale)
        assert found["lower_endplate_marrow_deep"] == pytest.approx(0.5 / 3, rel=1e-4)
        assert found["lower_endplate_marrow_front"] == pytest.approx(1.5, abs=0.1)
        assert found["lower_endplate_marrow_back"] == pytest.approx(1.0)
        assert found["lower_endplate_marrow_brightest"] == found["lower_endplate_marrow_front"]
        assert found["lower_endplate_marrow_variation"] > 0.1
        assert found["upper_endplate_marrow_variation"] == pytest.approx(0.0, abs=1e-4)


def test_the_signal_of_an_endplate_is_that_of_its_line_alone():
    pixels = picture()
    pixels[59:62] = 0.25
    found = endplates_of(contours(pixels=pixels), LEVEL, 2.0)
    assert found["lower_endplate_signal"] == pytest.approx(0.5, abs=0.1)
    assert found["lower_endplate_marrow_middle"] == pytest.approx(1.0, abs=0.05)


def test_what_is_missing_or_cut_is_not_measured():
    without = segment()
    del without["L4"], without[CANAL]
    found = walls_of(contours(without), LEVEL, 2.0)
    assert np.isnan(list(found.values())).all()
    plates = endplates_of(contours(without), LEVEL, 2.0)
    assert math.isnan(plates["upper_endplate_depth"])
    assert plates["worst_endplate_depth"] == plates["lower_endplate_depth"]
    unseen = segment()
    del unseen[LEVEL]
    assert np.isnan(list(walls_of(contours(unseen), LEVEL, 2.0).values())).all()
    assert endplates_of(contours(unseen), LEVEL, 2.0)["lower_endplate_depth"] == pytest.approx(0.0)
    cut = segment(L5=Contour(segment()["L5"].points_mm, is_cut=True))
    assert math.isnan(walls_of(contours(cut), LEVEL, 2.0)["wall_step"])
    assert math.isnan(endplates_of(contours(cut), LEVEL, 2.0)["lower_endplate_signal"])


def at_phantom(**changed):
    place = (0.0,) * 4
    spec = PhantomSpec(noise_sd=0.0, **{name: (*place, value, 0.0) for name, value in changed.items()})
    pixels, labels = draw_slice(spec)
    spacing = (spec.spacing_mm, spec.spacing_mm)
    return walls_of(SliceContours(contours_of_slice(labels, spacing), spacing, pixels), LEVEL, 1.0)


def test_a_phantom_with_listhesis_or_herniation_shows_it():
    plain, slid, torn = at_phantom(), at_phantom(listhesis_mm=6.0), at_phantom(herniation_mm=6.0)
    assert slid["wall_step"] < plain["wall_step"] - 0.1
    assert torn["back_beyond_walls"] > plain["back_beyond_walls"] + 0.08
    assert torn["canal_narrowest_over_rest"] < plain["canal_narrowest_over_rest"]
