"""Typeface, sizes and colours of the PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from spoils.report.palette import INK
from spoils.report.typeface import font_file

__all__ = ["BOLD", "REGULAR", "TextStyles", "Typography", "loaded_typeface"]

REGULAR, BOLD = "SpoilsSans", "SpoilsSans-Bold"

_BASE_POINTS = 8.0
_LEADING = 1.26
_SHAPED_LEADING = 1.42
"""Line spacing relative to the font size. Devanagari letters are taller."""

_TYPEFACE = Lock()


@contextmanager
def loaded_typeface() -> Iterator[None]:
    """Register the typeface for one document, and unregister it afterwards.

    ReportLab has one table of fonts per process, and a font keeps the ligatures of all documents that used it. Each
    document therefore gets its own fonts, and only one document is created at a time, so that its bytes do not depend
    on other documents or threads.
    """
    with _TYPEFACE:
        fonts = []
        for name, bold in ((REGULAR, False), (BOLD, True)):
            with resources.as_file(font_file(bold=bold)) as path:
                fonts.append(TTFont(name, path))
        for font in fonts:
            pdfmetrics.registerFont(font)
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
        try:
            yield
        finally:
            for font in fonts:
                font.unregister()


class _TaggedParagraph(Paragraph):  # type: ignore[misc]
    """A paragraph with its role in the structure of the document, such as ``H2``."""

    role = "P"

    def draw(self) -> None:
        """Draw on the canvas."""
        with self.canv.marked(self.role):
            super().draw()

    def split(self, *args: Any) -> list[Paragraph]:  # noqa: ANN401 - width and height of ReportLab
        """Split into the part that fits and the rest, both with the same role."""
        parts: list[Paragraph] = super().split(*args)
        for part in parts:
            part.role = self.role
        return parts


@dataclass(frozen=True)
class TextStyles:
    """Style of a text: size as a ``share`` of that of body text, weight, alignment and colour."""

    share: float = 1.0
    bold: bool = False
    right: bool = False
    colour: str = INK


@dataclass(frozen=True)
class Typography:
    """Creates paragraphs at ``scale`` times the usual size.

    ``is_shaped`` enables text shaping, which Devanagari needs.
    """

    scale: float = 1.0
    is_shaped: bool = False

    def points(self, share: float = 1.0) -> float:
        """Return a font size, given as a share of that of body text."""
        return _BASE_POINTS * self.scale * share

    def text(self, words: str, look: TextStyles | None = None, role: str = "P") -> Paragraph:
        """Set plain text. ``role`` is its role in the structure of the document, such as ``H2``."""
        return self.marked_up(escape(words), look, role)

    def marked_up(self, markup: str, look: TextStyles | None = None, role: str = "P") -> Paragraph:
        """Set text with ReportLab's markup. Text from other sources must be escaped before."""
        paragraph = _TaggedParagraph(markup, _style(self, look or TextStyles()))
        paragraph.role = role
        return paragraph

    def point(self, words: str) -> Paragraph:
        """Set a list item."""
        return _TaggedParagraph(escape(words), _point_style(self), bulletText="\N{BULLET}")

    def width(self, words: str, look: TextStyles | None = None) -> float:
        """Return the width of a text on one line, in points."""
        look = look or TextStyles()
        return float(pdfmetrics.stringWidth(words, BOLD if look.bold else REGULAR, self.points(look.share)))

    @property
    def leading(self) -> float:
        """Line spacing relative to the font size."""
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
