"""Typeface, sizes and colours of the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from spoils.report.palette import INK

__all__ = ["BOLD", "REGULAR", "TextStyles", "Typography", "load_typeface"]

REGULAR, BOLD = "SpoilsSans", "SpoilsSans-Bold"
_FILES = {REGULAR: "SpoilsSans-Regular.ttf", BOLD: "SpoilsSans-Bold.ttf"}

_BASE_POINTS = 8.0
_LEADING = 1.26
_SHAPED_LEADING = 1.42
"""Distance of lines over size; Devanagari stands higher and hangs lower."""


def load_typeface() -> None:
    """Register the typeface anew: a font remembers the glyphs of earlier documents, and bytes would depend on them.

    Streams are left binary as well, which all that carries files today can stand: ReportLab's default of writing them
    as text takes several times longer than the whole rest.
    """
    rl_config.useA85 = 0
    for name, file in _FILES.items():
        with resources.as_file(resources.files("spoils.report") / "fonts" / file) as path:
            pdfmetrics.registerFont(TTFont(name, path))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@dataclass(frozen=True)
class TextStyles:
    """How words are set: ``share`` of the size of running text, weight, side and colour."""

    share: float = 1.0
    bold: bool = False
    right: bool = False
    colour: str = INK


@dataclass(frozen=True)
class Typography:
    """Makes paragraphs at ``scale`` times the usual size; ``is_shaped`` joins letters as Devanagari wants it."""

    scale: float = 1.0
    is_shaped: bool = False

    def points(self, share: float = 1.0) -> float:
        """Return a type size, as a share of that of running text."""
        return _BASE_POINTS * self.scale * share

    def text(self, words: str, look: TextStyles | None = None) -> Paragraph:
        """Set plain words."""
        return self.marked(escape(words), look)

    def marked(self, markup: str, look: TextStyles | None = None) -> Paragraph:
        """Set words with ReportLab's own markup; whatever comes from outside must be escaped before."""
        return Paragraph(markup, _style(self, look or TextStyles()))

    def point(self, words: str) -> Paragraph:
        """Set a point of a list."""
        return Paragraph(escape(words), _point_style(self), bulletText="\N{BULLET}")

    def width(self, words: str, look: TextStyles | None = None) -> float:
        """Return the width of words on one line, in points."""
        look = look or TextStyles()
        return float(pdfmetrics.stringWidth(words, BOLD if look.bold else REGULAR, self.points(look.share)))

    @property
    def leading(self) -> float:
        """Distance of lines over size."""
        return _SHAPED_LEADING if self.is_shaped else _LEADING


@cache
def _style(typography: Typography, look: TextStyles) -> ParagraphStyle:
    size = typography.points(look.share)
    return ParagraphStyle(
        "text",
        fontName=BOLD if look.bold else REGULAR,
        fontSize=size,
        leading=size * typography.leading,
        textColor=look.colour,
        alignment=TA_RIGHT if look.right else TA_LEFT,
        shaping=typography.is_shaped,
    )


@cache
def _point_style(typography: Typography) -> ParagraphStyle:
    size = typography.points()
    return ParagraphStyle(
        "point",
        parent=_style(typography, TextStyles()),
        leftIndent=size * 0.9,
        bulletFontName=REGULAR,
        bulletFontSize=size,
    )
