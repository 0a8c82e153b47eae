"""The typeface of images and PDF, which has the letters of all languages."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from spoils.canvas import FontProperties

__all__ = ["figure_font", "font_file"]


def font_file(*, bold: bool = False) -> Traversable:
    """Return the font file of a weight."""
    return resources.files("spoils.report") / "fonts" / f"SpoilsSans-{'Bold' if bold else 'Regular'}.ttf"


def figure_font(points: float, *, bold: bool = False) -> FontProperties:
    """Return the font properties of the typeface for a figure."""
    return FontProperties(fname=str(font_file(bold=bold)), size=points)
