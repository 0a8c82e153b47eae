"""The PDF on three pages of A4, one for each part.

If a part does not fit, first images, then the font size are reduced.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Spacer
from reportlab.platypus import Table as Grid

from spoils.report.content import Facts, Picture, Points, Report
from spoils.report.palette import INK, PALE
from spoils.report.pdf.blocks import (
    Block,
    alarms_block,
    cards_block,
    columns,
    facts_block,
    heading,
    points_block,
    reasons_block,
    suggestion_block,
)
from spoils.report.pdf.shapes import PlacedPicture
from spoils.report.pdf.sheets import BOTTOM, HEIGHT, SIDE, WIDTH, Sheets
from spoils.report.pdf.styles import TextStyles, Typography, loaded_typeface
from spoils.report.pdf.tables import table_block

__all__ = ["report_pdf"]

_GAP = 5 * mm
_PICTURE_GAP = 1.5 * mm
_CHART_WIDTH = 85 * mm
_TABLE_SHARE = 0.86

_SHAPED_LANGUAGES = {"hi"}
_SETTINGS = (
    (1.0, 1.0),
    (1.0, 0.92),
    (0.95, 0.92),
    (0.95, 0.84),
    (0.95, 0.76),
    (0.9, 0.76),
    (0.9, 0.68),
    (0.85, 0.68),
    (0.85, 0.6),
    (0.8, 0.6),
    (0.8, 0.52),
)
"""Font scale, and width of the images as a share of the page width, the most readable first."""


def report_pdf(report: Report) -> bytes:
    """Return ``report`` as a tagged PDF. Equal reports give equal bytes, and the metadata do not name the patient."""
    target = BytesIO()
    is_shaped = report.language in _SHAPED_LANGUAGES
    settings = [(Typography(scale, is_shaped), share * WIDTH) for scale, share in _SETTINGS]
    scales = list(dict.fromkeys(type_ for type_, _ in settings))
    with loaded_typeface():
        first = _fitting(_first_page(report, width, type_) for type_, width in settings)
        second = _fitting(_second_page(report, type_) for type_ in scales)
        third = _fitting(_third_page(report, type_) for type_ in scales)
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            title=report.title,
            author=report.software,
            creator=report.software,
            subject=report.notice,
            lang=report.language,
            invariant=1,
        )
        frame = Frame(SIDE, BOTTOM, WIDTH, HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        document.addPageTemplates(PageTemplate(frames=[frame]))
        pages = [page for page in (first, second, third) if page]
        document.build(
            [flowable for page in pages for flowable in (*page, PageBreak())][:-1],
            canvasmaker=partial(
                Sheets, notice=report.notice, created=report.created, type_=Typography(is_shaped=is_shaped)
            ),
        )
    return target.getvalue()


def _fitting(forms: Iterable[Block]) -> Block:
    """Return the first layout of a page that fits; otherwise the last one, which then continues on the next page."""
    blocks: Block = []
    for blocks in forms:
        if sum(block.wrap(WIDTH, HEIGHT)[1] + block.getSpaceAfter() for block in blocks) <= HEIGHT:
            break
    return blocks


def _first_page(report: Report, pictures_width: float, type_: Typography) -> Block:
    notice = Grid(
        [[type_.text(report.notice, TextStyles(share=0.9, bold=True))]], style=[("BOX", (0, 0), (0, 0), 1.5, INK)]
    )
    title = type_.text(report.title, TextStyles(share=1.55, bold=True), role="H1")
    page: Block = [columns([[title], [notice]], [0.36 * WIDTH, 0.64 * WIDTH - _GAP])]
    if report.alarms:
        page += [Spacer(0, 2 * mm), alarms_block(report.alarms, WIDTH, type_)]
    share = (WIDTH - _GAP * (len(report.facts) - 1)) / len(report.facts)
    page.append(columns([facts_block(facts, share, type_) for facts in report.facts], [share] * len(report.facts)))
    if report.pictures:
        page += [Spacer(0, 2 * mm), _side_by_side(report.pictures, pictures_width)]
        page += [Spacer(0, 1 * mm), type_.text(" ".join(report.pictures_legend), TextStyles(share=0.86, colour=PALE))]
    page += [Spacer(0, 2 * mm), suggestion_block(report.suggestion, WIDTH, type_)]
    if report.discs:
        page += table_block(report.discs, WIDTH, type_)
    return page


def _side_by_side(pictures: tuple[Picture, ...], width: float) -> Flowable:
    """Set images side by side with equal heights and a total width of ``width``."""
    unscaled = [PlacedPicture(picture, 1.0) for picture in pictures]
    aspects = [1.0 / placed.height for placed in unscaled]
    height = (width - _PICTURE_GAP * (len(pictures) - 1)) / sum(aspects)
    widths = [aspect * height for aspect in aspects]
    placed: list[Block] = [[PlacedPicture(picture, width)] for picture, width in zip(pictures, widths, strict=True)]
    grid = columns(placed, widths, _PICTURE_GAP)
    grid.hAlign = "LEFT"
    return grid


def _second_page(report: Report, type_: Typography) -> Block:
    page: Block = []
    if report.suggestion.reasons:
        page.append(reasons_block(report.suggestion.reasons, WIDTH, type_))
    if report.cards:
        page += cards_block(report.cards, WIDTH, type_)
    return [_running_head(report, type_), *page] if page else []


def _third_page(report: Report, type_: Typography) -> Block:
    page: Block = [_running_head(report, type_), *_measured(report, type_)]
    shares = (0.4, 0.26, 0.34)
    inner = WIDTH - _GAP * (len(shares) - 1)
    widths = [share * inner for share in shares]
    page.append(
        columns([_closing(block, width, type_) for block, width in zip(report.closing, widths, strict=True)], widths)
    )
    return page


def _running_head(report: Report, type_: Typography) -> Grid:
    title = type_.text(report.title, TextStyles(colour=PALE))
    subject = type_.text(report.subject, TextStyles(colour=PALE, right=True))
    return columns([[title], [subject]], [0.4 * WIDTH, 0.6 * WIDTH - _GAP])


def _measured(report: Report, type_: Typography) -> Block:
    """Set the tables one below the other, with the chart next to the last one."""
    if not report.chart:
        return [flowable for table in report.tables for flowable in table_block(table, WIDTH, type_, _TABLE_SHARE)]
    *wide, last = report.tables
    page = [flowable for table in wide for flowable in table_block(table, WIDTH, type_, _TABLE_SHARE)]
    beside = WIDTH - _CHART_WIDTH - _GAP
    chart = [heading(report.chart.description, _CHART_WIDTH, type_), PlacedPicture(report.chart, _CHART_WIDTH)]
    return [*page, columns([table_block(last, beside, type_, _TABLE_SHARE), chart], [beside, _CHART_WIDTH])]


def _closing(block: Points | Facts, width: float, type_: Typography) -> Block:
    return facts_block(block, width, type_) if isinstance(block, Facts) else points_block(block, width, type_)
