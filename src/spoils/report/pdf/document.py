"""Two pages of A4, filled so that everything fits: first the picture gives way, then the type."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Spacer
from reportlab.platypus import Table as Grid

from spoils.report.content import Facts, Points, Report
from spoils.report.palette import INK, PALE
from spoils.report.pdf.blocks import Block, cards_block, columns, facts_block, heading, points_block, suggestion_block
from spoils.report.pdf.shapes import placed
from spoils.report.pdf.styles import TextStyles, Typography, load_typeface
from spoils.report.pdf.tables import table_block

__all__ = ["report_pdf"]

_SIDE, _TOP, _BOTTOM = 12 * mm, 10 * mm, 14 * mm
_WIDTH, _HEIGHT = A4[0] - 2 * _SIDE, A4[1] - _TOP - _BOTTOM
_GAP = 5 * mm
_CHART_WIDTH = 85 * mm
_TABLE_SHARE = 0.86

_SHAPED_LANGUAGES = {"hi"}
_SETTINGS = (
    (1.1, 136 * mm),
    (1.05, 136 * mm),
    (1.0, 136 * mm),
    (1.0, 122 * mm),
    (0.95, 122 * mm),
    (0.95, 108 * mm),
    (0.9, 108 * mm),
    (0.9, 98 * mm),
    (0.85, 98 * mm),
    (0.8, 98 * mm),
)
"""Scale of the type and width of the picture, the most readable first."""

_TYPEFACE = Lock()
"""Fonts are registered in one place for the whole process."""


def report_pdf(report: Report) -> bytes:
    """Return ``report`` as PDF. Equal reports give equal bytes; the metadata name no patient."""
    target = BytesIO()
    is_shaped = report.language in _SHAPED_LANGUAGES
    settings = [(Typography(scale, is_shaped), width) for scale, width in _SETTINGS]
    with _TYPEFACE:
        load_typeface()
        first = _fitting(_first_page(report, width, type_) for type_, width in settings)
        second = _fitting(_second_page(report, type_) for type_ in dict.fromkeys(type_ for type_, _ in settings))
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            title=report.title,
            author=report.software,
            subject=report.notice,
            lang=report.language,
            invariant=1,
        )
        frame = Frame(_SIDE, _BOTTOM, _WIDTH, _HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        document.addPageTemplates(PageTemplate(frames=[frame]))
        document.build(
            [*first, PageBreak(), *second],
            canvasmaker=partial(_Sheets, notice=report.notice, type_=Typography(is_shaped=is_shaped)),
        )
    return target.getvalue()


def _fitting(forms: Iterable[Block]) -> Block:
    """Return the first form of a page that fits, or the last, which then runs on."""
    blocks: Block = []
    for blocks in forms:
        if sum(block.wrap(_WIDTH, _HEIGHT)[1] + block.getSpaceAfter() for block in blocks) <= _HEIGHT:
            break
    return blocks


def _first_page(report: Report, picture_width: float, type_: Typography) -> Block:
    notice = Grid(
        [[type_.text(report.notice, TextStyles(share=0.9, bold=True))]], style=[("BOX", (0, 0), (0, 0), 1.5, INK)]
    )
    head = columns(
        [[type_.text(report.title, TextStyles(share=1.55, bold=True))], [notice]], [0.36 * _WIDTH, 0.64 * _WIDTH - _GAP]
    )
    page: Block = [head, _view(report, picture_width, type_), Spacer(0, 2 * mm)]
    page.append(suggestion_block(report.suggestion, _WIDTH, type_))
    if report.discs:
        page += table_block(report.discs, _WIDTH, type_)
    return page


def _view(report: Report, picture_width: float, type_: Typography) -> Flowable:
    """Set the facts beside the picture, or beside each other where there is none."""
    if report.overlay is None:
        share = (_WIDTH - _GAP * (len(report.facts) - 1)) / len(report.facts)
        return columns([facts_block(facts, share, type_) for facts in report.facts], [share] * len(report.facts))
    left: Block = [
        Spacer(0, 2 * mm),
        placed(report.overlay, picture_width),
        type_.text(" ".join(report.overlay_legend), TextStyles(share=0.86, colour=PALE)),
    ]
    beside = _WIDTH - picture_width - _GAP
    right = [flowable for facts in report.facts for flowable in facts_block(facts, beside, type_)]
    return columns([left, right], [picture_width, beside])


def _second_page(report: Report, type_: Typography) -> Block:
    title = type_.text(report.title, TextStyles(colour=PALE))
    subject = type_.text(report.subject, TextStyles(colour=PALE, right=True))
    page: Block = [columns([[title], [subject]], [0.4 * _WIDTH, 0.6 * _WIDTH - _GAP])]
    if report.cards:
        page += cards_block(report.cards, _WIDTH, type_)
    page += _measured(report, type_)
    shares = (0.4, 0.26, 0.34)
    inner = _WIDTH - _GAP * (len(shares) - 1)
    widths = [share * inner for share in shares]
    page.append(
        columns([_closing(block, width, type_) for block, width in zip(report.closing, widths, strict=True)], widths)
    )
    return page


def _measured(report: Report, type_: Typography) -> Block:
    """Set the tables below each other, with the chart beside the last one."""
    if not report.chart:
        return [flowable for table in report.tables for flowable in table_block(table, _WIDTH, type_, _TABLE_SHARE)]
    *wide, last = report.tables
    page = [flowable for table in wide for flowable in table_block(table, _WIDTH, type_, _TABLE_SHARE)]
    beside = _WIDTH - _CHART_WIDTH - _GAP
    chart = [heading(report.chart.description, _CHART_WIDTH, type_), placed(report.chart, _CHART_WIDTH)]
    return [*page, columns([table_block(last, beside, type_, _TABLE_SHARE), chart], [beside, _CHART_WIDTH])]


def _closing(block: Points | Facts, width: float, type_: Typography) -> Block:
    return facts_block(block, width, type_) if isinstance(block, Facts) else points_block(block, width, type_)


class _Sheets(Canvas):  # type: ignore[misc]
    """A canvas that ends every page with the notice and its number of how many, known once all are drawn."""

    def __init__(self, *args: Any, notice: str, type_: Typography, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._notice, self._type = notice, type_
        self._sheets: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        """Keep the page for later."""
        self._sheets.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages."""
        for number, sheet in enumerate(self._sheets, start=1):
            self.__dict__.update(sheet)
            notice = self._type.text(self._notice, TextStyles(0.9, colour=PALE))
            count = self._type.text(f"{number} / {len(self._sheets)}", TextStyles(0.9, right=True, colour=PALE))
            foot = columns([[notice], [count]], [0.8 * _WIDTH, 0.2 * _WIDTH - _GAP])
            foot.wrapOn(self, _WIDTH, _BOTTOM)
            foot.drawOn(self, _SIDE, 0.45 * _BOTTOM)
            super().showPage()
        super().save()
