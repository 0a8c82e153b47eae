import numpy as np
import pytest

from spoils.anatomy import CANAL, DISCS
from spoils.geometry import Contour, SliceContours, measure_contours, measured_chords

DISC = DISCS[-1]


def box(left, right, top, bottom, *, is_cut=False):
    return Contour(np.array(((left, top), (right, top), (right, bottom), (left, bottom)), dtype=float), is_cut)


def contours(**contours):
    return SliceContours(contours, (1.0, 1.0))


def lengths(chords):
    return np.linalg.norm(chords[:, 1] - chords[:, 0], axis=1)


def test_chords_are_as_long_as_what_was_measured():
    slanted = box(0, 34, 0, 9).points_mm @ np.array(((0.8, 0.6), (-0.6, 0.8)))
    canal = box(40, 52, -60, 60).points_mm
    seen = contours(**{DISC: Contour(slanted), CANAL: Contour(canal)})
    found = measure_contours(seen)
    names = ("height_anterior_mm", "height_central_mm", "height_posterior_mm", "width_mid_mm")
    expected = [found.discs[DISC][name].value for name in names]
    assert lengths(measured_chords(seen)) == pytest.approx([*expected, found.canal[DISC]["ap_diameter_mm"].value])


def test_chords_lie_where_they_are_measured():
    chords = measured_chords(contours(**{DISC: box(10, 50, 20, 28)}))
    assert chords[:3, :, 0] == pytest.approx(np.array([(14, 14), (30, 30), (46, 46)]))
    assert np.sort(chords[3], axis=0) == pytest.approx(np.array([(10, 24), (50, 24)]))


def test_what_is_not_measured_has_no_chord():
    assert measured_chords(contours(**{DISC: box(10, 50, 20, 28, is_cut=True)})).shape == (0, 2, 2)
