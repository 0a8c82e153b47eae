from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from spoils.canvas import to_rgb
from spoils.report.palette import AGAINST, ALARM, FOR, GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED

COLOUR_VISION = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Linear RGB as it is seen without one kind of cone (Machado, Oliveira, Fernandes, IEEE TVCG 2009;15:1291)."""

DISTINCT = 8.0
"""CIEDE2000; 1 is just noticeable side by side."""


def seen(colour, vision):
    """Return CIELAB of a colour for a kind of colour vision."""
    value = np.array(to_rgb(colour))
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    shown = (np.array(COLOUR_VISION[vision]) @ linear).clip(0, 1)
    encoded = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
    return rgb2lab(encoded)


def difference(one, other, vision):
    return deltaE_ciede2000(seen(one, vision), seen(other, vision))


def luminance(colour):
    """Relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


ON_GRADES = [(GRADE_INKS[grade], colour) for grade, colour in GRADE_COLOURS.items()]


@pytest.mark.parametrize(
    ("ink", "paper"), [(INK, "#ffffff"), (PALE, "#ffffff"), (ALARM, "#ffffff"), (INK, UNGRADED), *ON_GRADES]
)
def test_text_is_readable(ink, paper):
    assert contrast(ink, paper) >= 4.5


def test_lightness_alone_orders_the_grades():
    levels = [luminance(GRADE_COLOURS[grade]) for grade in sorted(GRADE_COLOURS)]
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_grades_differ_in_every_kind_of_colour_vision(vision):
    for one, other in combinations((*GRADE_COLOURS.values(), UNGRADED), 2):
        assert difference(one, other, vision) > DISTINCT


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_for_and_against_differ_in_every_kind_of_colour_vision(vision):
    assert difference(FOR, AGAINST, vision) > 3 * DISTINCT
