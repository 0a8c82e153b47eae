import pytest
from matplotlib.colors import to_rgb

from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED


def luminance(colour):
    """Relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


ON_GRADES = [(GRADE_INKS[grade], colour) for grade, colour in GRADE_COLOURS.items()]


@pytest.mark.parametrize(("ink", "paper"), [(INK, "#ffffff"), (PALE, "#ffffff"), (INK, UNGRADED), *ON_GRADES])
def test_text_is_readable(ink, paper):
    assert contrast(ink, paper) >= 4.5


def test_lightness_alone_orders_the_grades():
    levels = [luminance(GRADE_COLOURS[grade]) for grade in sorted(GRADE_COLOURS)]
    assert levels == sorted(levels, reverse=True)
