"""The canvas of a report: tagged pages with notice and page number in the footer, dated by the assessment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFObject
from reportlab.pdfgen.canvas import Canvas

from spoils.report.palette import PALE
from spoils.report.pdf.blocks import columns
from spoils.report.pdf.structure import Structure
from spoils.report.pdf.styles import TextStyles, Typography

__all__ = ["BOTTOM", "HEIGHT", "SIDE", "WIDTH", "Sheets"]

SIDE, _TOP, BOTTOM = 12 * mm, 10 * mm, 14 * mm
WIDTH, HEIGHT = A4[0] - 2 * SIDE, A4[1] - _TOP - BOTTOM
_GAP = 5 * mm


class Sheets(Canvas):  # type: ignore[misc]
    """A canvas that keeps its pages until all are drawn, because only then their number is known."""

    def __init__(self, *args: Any, notice: str, created: datetime, type_: Typography, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.structure = Structure()
        self._notice, self._type = notice, type_
        self._sheets: list[dict[str, Any]] = []
        self._is_foot = False
        written = created.strftime("D:%Y%m%d%H%M%S") + _zone(created)
        self.setDateFormatter(lambda *_: written)
        self.setViewerPreference("DisplayDocTitle", "true")

    @contextmanager
    def marked(self, role: str, alternative: str = "") -> Iterator[None]:
        """Mark what is drawn inside as an element of the structure, such as ``P``. Footers are not part of it."""
        if self._is_foot:
            self._code.append("/Artifact BMC")
            yield
            self._code.append("EMC")
            return
        with self.structure.marked(self._code, len(self._sheets), role, alternative):
            yield

    def draw_object(self, name: str, image: PDFObject, width: float, height: float) -> None:
        """Draw an image object at this size. Objects with the same name are stored once."""
        self._currentPageHasImages = 1
        registered = self._doc.getXObjectName(name)
        if registered not in self._doc.idToObject:
            self._doc.Reference(image, registered)
            self._doc.addForm(name, image)
        self._code.append(f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /{registered} Do Q")
        self._formsinuse.append(name)

    def showPage(self) -> None:  # noqa: N802
        """Store the page for later."""
        self._sheets.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages."""
        names = []
        for number, sheet in enumerate(self._sheets, start=1):
            self.__dict__.update(sheet)
            self._draw_foot(f"{number} / {len(self._sheets)}")
            names.append(self._doc.thisPageName())
            super().showPage()
        self.structure.write(self._doc, self._doc.Pages.pages, names)
        super().save()

    def _draw_foot(self, count: str) -> None:
        notice = self._type.text(self._notice, TextStyles(0.9, colour=PALE))
        number = self._type.text(count, TextStyles(0.9, right=True, colour=PALE))
        foot = columns([[notice], [number]], [0.8 * WIDTH, 0.2 * WIDTH - _GAP])
        foot.wrapOn(self, WIDTH, BOTTOM)
        self._is_foot = True
        foot.drawOn(self, SIDE, 0.45 * BOTTOM)
        self._is_foot = False


def _zone(created: datetime) -> str:
    """Return the time zone of a time in the format of PDF; empty if it is unknown.

    >>> from datetime import UTC
    >>> _zone(datetime(2026, 3, 2, tzinfo=UTC))
    "+00'00'"
    """
    offset = created.strftime("%z")
    return f"{offset[:3]}'{offset[3:5]}'" if offset else ""
