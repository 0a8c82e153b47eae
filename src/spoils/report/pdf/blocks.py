"""The parts of a report as blocks on a page. Widths are in points."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.platypus import Flowable
from reportlab.platypus import Table as Grid

from spoils.report.content import Alarms, Card, Cards, Facts, Points, Suggestion, Tone
from spoils.report.palette import ALARM, EMPHASIS_FILLS, EMPHASIS_INKS, INK, PALE
from spoils.report.pdf.shapes import PlacedDrawing, PlacedPicture
from spoils.report.pdf.styles import TextStyles, Typography

__all__ = [
    "RULE",
    "Block",
    "alarms_block",
    "cards_block",
    "columns",
    "facts_block",
    "heading",
    "points_block",
    "reasons_block",
    "suggestion_block",
]

RULE = "#c9d1d6"
_PLAIN = (
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
)
_GAP = 5 * mm
_LEFT, _RIGHT = 5 * mm, 3 * mm
"""Padding of the suggestion."""

_TERM_SHARE = 0.42

Block = list[Flowable]


def columns(blocks: list[Block], widths: list[float], gap: float = _GAP) -> Grid:
    """Set blocks side by side. ``widths`` and the gaps between them add up to the whole width."""
    padded = [width + (gap if place else 0) for place, width in enumerate(widths)]
    style = [*_PLAIN, ("LEFTPADDING", (1, 0), (-1, -1), gap)]
    return Grid([blocks], colWidths=padded, style=style, splitInRow=1)


def heading(words: str, width: float, type_: Typography) -> Grid:
    """Set a heading with a rule below."""
    style = [
        *_PLAIN,
        ("TOPPADDING", (0, 0), (0, 0), 2 * mm),
        ("BOTTOMPADDING", (0, 0), (0, 0), 1.5),
        ("LINEBELOW", (0, 0), (0, 0), 1, RULE),
    ]
    words = type_.text(words, TextStyles(share=1.12, bold=True), role="H2")
    return Grid([[words]], colWidths=[width], style=style, spaceAfter=2)


def alarms_block(block: Alarms, width: float, type_: Typography) -> Grid:
    """Set alarms in a thick frame, one below the other, each with an exclamation mark."""
    rows = [[type_.text(block.heading, TextStyles(share=1.05, bold=True, colour=ALARM), role="H2")]]
    style = [
        *_PLAIN,
        ("BOX", (0, 0), (-1, -1), 2, ALARM),
        ("LEFTPADDING", (0, 0), (-1, -1), 3 * mm),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    for row, remark in enumerate(block.remarks, start=1):
        fill, ink = EMPHASIS_FILLS[remark.emphasis], EMPHASIS_INKS[remark.emphasis]
        rows.append([type_.text(f"! {remark.text}", TextStyles(share=1.05, bold=True, colour=ink))])
        style += [("BACKGROUND", (0, row), (0, row), fill), ("LINEABOVE", (0, row), (0, row), 1, "#ffffff")]
    return Grid(rows, colWidths=[width], style=style)


def facts_block(block: Facts, width: float, type_: Typography) -> Block:
    """Set facts as terms and descriptions in two columns."""
    widest = max(type_.width(fact.term) for fact in block.facts) + 8
    term = min(widest, _TERM_SHARE * width)
    rows = [[type_.text(fact.term, TextStyles(colour=PALE)), type_.text(fact.text)] for fact in block.facts]
    return [heading(block.heading, width, type_), Grid(rows, colWidths=[term, width - term], style=_PLAIN)]


def points_block(block: Points, width: float, type_: Typography) -> Block:
    """Set sentences as a list under a heading."""
    return [heading(block.heading, width, type_), *(type_.point(point) for point in block.points)]


def suggestion_block(advice: Suggestion, width: float, type_: Typography) -> Grid:
    """Set the suggestion in a frame whose style depends on whether it is urgent, normal or missing."""
    colour = ALARM if advice.tone is Tone.URGENT else INK
    rows: list[list[Flowable]] = [
        [type_.text(advice.heading, TextStyles(share=0.95, colour=PALE))],
        [type_.text(advice.pathway, TextStyles(share=1.6, bold=True, colour=colour), role="H2")],
    ]
    for place, line in enumerate(advice.lines):
        alarming = advice.tone is Tone.URGENT and place == 0
        rows.append([type_.text(line, TextStyles(bold=alarming, colour=colour if alarming else INK))])
    if advice.basis:
        rows.append([type_.text(advice.basis, TextStyles(share=0.9, colour=PALE))])
    style = [
        *_PLAIN,
        ("LEFTPADDING", (0, 0), (-1, -1), _LEFT),
        ("RIGHTPADDING", (0, 0), (-1, -1), _RIGHT),
        ("TOPPADDING", (0, 0), (0, 0), 1.5 * mm),
        ("BOTTOMPADDING", (0, -1), (0, -1), 1.5 * mm),
        *_frame(advice.tone),
    ]
    return Grid(rows, colWidths=[width], style=style, splitInRow=1)


def reasons_block(reasons: tuple[Points, ...], width: float, type_: Typography) -> Grid:
    """Set lists of sentences side by side."""
    share = (width - _GAP * (len(reasons) - 1)) / len(reasons)
    return columns([points_block(points, share, type_) for points in reasons], [share] * len(reasons))


def _frame(tone: Tone) -> list[tuple[object, ...]]:
    everywhere = ((0, 0), (-1, -1))
    match tone:
        case Tone.URGENT:
            return [("BOX", *everywhere, 2, ALARM), ("LINEBEFORE", (0, 0), (0, -1), 6, ALARM, "butt")]
        case Tone.NONE:
            return [("BOX", *everywhere, 1.2, PALE, "butt", (4, 3))]
        case Tone.USUAL:
            return [("BACKGROUND", *everywhere, "#eef4f7"), ("LINEBEFORE", (0, 0), (0, -1), 6, "#1f5a7a", "butt")]


def cards_block(block: Cards, width: float, type_: Typography) -> Block:
    """Set the cards of all discs side by side, and their legend below."""
    gap = 1.5 * mm
    share = (width - gap * (len(block.cards) - 1)) / len(block.cards)
    cards = columns([[_card(card, share, type_)] for card in block.cards], [share] * len(block.cards), gap)
    return [
        heading(block.heading, width, type_),
        cards,
        type_.text(" ".join(block.legend), TextStyles(share=0.86, colour=PALE)),
    ]


def _card(card: Card, width: float, type_: Typography) -> Grid:
    padding = 1.2 * mm
    inner = width - 2 * padding
    chip = type_.marked_up(
        f'<font backColor="{card.chip.fill}">&nbsp;{escape(card.chip.text)}&nbsp;</font>',
        TextStyles(bold=True, right=True, colour=card.chip.ink),
    )
    head = Grid(
        [[type_.text(card.head, TextStyles(share=1.05, bold=True), role="H3"), chip]],
        colWidths=[0.6 * inner, 0.4 * inner],
        style=_PLAIN,
    )
    rows: list[list[Flowable]] = [[head]]
    rows += [[PlacedPicture(picture, inner)] for picture in card.pictures]
    rows += [[PlacedDrawing(drawing, inner, is_shaped=type_.is_shaped)] for drawing in card.drawings]
    rows += [[type_.text(sentence, TextStyles(share=0.82))] for sentence in card.sentences]
    style = [
        *_PLAIN,
        ("LEFTPADDING", (0, 0), (-1, -1), padding),
        ("RIGHTPADDING", (0, 0), (-1, -1), padding),
        ("TOPPADDING", (0, 0), (-1, -1), 0.8 * mm),
        ("BOTTOMPADDING", (0, -1), (-1, -1), 1 * mm),
        ("BOX", (0, 0), (-1, -1), 0.6, RULE),
    ]
    return Grid(rows, colWidths=[width], style=style)
