"""Tables of a report. Widths are in points."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.platypus import Flowable, Paragraph
from reportlab.platypus import Table as Grid
from reportlab.platypus.tables import TableRenderCB

from spoils.report.content import Cell, Column, Emphasis, Remark, Row, Table
from spoils.report.palette import EMPHASIS_FILLS, EMPHASIS_INKS, INK, PALE
from spoils.report.pdf.blocks import RULE, Block, heading
from spoils.report.pdf.styles import TextStyles, Typography

__all__ = ["table_block"]

_NOTE_SHARE = 0.88
_FINDINGS_SHARE = 0.95
_PADDING = 2.2


def table_block(table: Table, width: float, type_: Typography, share: float = 1.0) -> Block:
    """Set a table with its footnotes and legend. ``share`` is its font size relative to body text."""
    widths = _widths(table, width, type_, share)
    grid: list[list[Flowable | str]] = [
        [
            type_.text(table.head, TextStyles(share=share, bold=True)),
            *(_head(column, type_, share) for column in table.columns),
        ]
    ]
    style: list[tuple[object, ...]] = [
        ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 0.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6),
    ]
    for row in table.rows:
        at = len(grid)
        texts = (_cell(cell, column, type_, share) for cell, column in zip(row.cells, table.columns, strict=True))
        grid.append([type_.text(row.head, TextStyles(share=share, bold=True)), *texts])
        for place, cell in enumerate(row.cells, start=1):
            here, fill = (place, at), _fill(cell)
            if fill:
                style += [("BACKGROUND", here, here, fill), ("BOX", here, here, 1.5, "#ffffff")]
        for below in _below(row, type_, share):
            at = len(grid)
            grid.append(["", below, *[""] * (len(table.columns) - 1)])
            style += [("SPAN", (1, at), (-1, at)), ("TOPPADDING", (0, at), (-1, at), 0)]
        style.append(("LINEBELOW", (0, len(grid) - 1), (-1, len(grid) - 1), 0.5, RULE))
    block: Block = [
        heading(table.heading, width, type_),
        Grid(grid, colWidths=widths, style=style, renderCB=_TableTags()),
    ]
    notes = [f"<super>{number}</super> {escape(note)}" for number, note in enumerate(table.footnotes, start=1)]
    if notes or table.legend:
        words = " ".join((*notes, *map(escape, table.legend)))
        block.append(type_.marked_up(words, TextStyles(share=0.86, colour=PALE)))
    return block


def _head(column: Column, type_: Typography, share: float) -> Paragraph:
    unit = f'<br/><font name="SpoilsSans" color="{PALE}">{escape(column.unit)}</font>' if column.unit else ""
    return type_.marked_up(escape(column.head) + unit, TextStyles(share=share, bold=True, right=not column.is_text))


def _cell(cell: Cell, column: Column, type_: Typography, share: float) -> Paragraph:
    if cell.chip:
        return type_.text(cell.chip.text, TextStyles(share=share, bold=True, colour=cell.chip.ink))
    ink, faint, sign = INK, PALE, ""
    if cell.emphasis in EMPHASIS_FILLS:
        ink = faint = EMPHASIS_INKS[cell.emphasis]
        sign = "! "
    footnote = f"<super>{cell.footnote}</super>" if cell.footnote else ""
    size = type_.points(share * _NOTE_SHARE)
    note = f' <font size="{size:.2f}" color="{faint}">{escape(cell.note)}</font>' if cell.note else ""
    look = TextStyles(share=share, bold=bool(sign), right=not column.is_text, colour=ink)
    return type_.marked_up(sign + escape(cell.text) + footnote + note, look)


def _fill(cell: Cell) -> str | None:
    """Return the background of a cell."""
    return cell.chip.fill if cell.chip else EMPHASIS_FILLS.get(cell.emphasis)


def _below(row: Row, type_: Typography, share: float) -> list[Paragraph]:
    """Return the lines below a row: its findings, and its notes."""
    below = []
    if row.findings:
        words = " \N{MIDDLE DOT} ".join(_remark(remark) for remark in row.findings)
        below.append(type_.marked_up(words, TextStyles(share=share * _FINDINGS_SHARE)))
    if row.notes:
        below.append(type_.text(" ".join(row.notes), TextStyles(share=share)))
    return below


def _remark(remark: Remark) -> str:
    words = escape(remark.text)
    match remark.emphasis:
        case Emphasis.PALE:
            return f'<font color="{PALE}">{words}</font>'
        case Emphasis.USUAL:
            return f"<b>{words}</b>"
        case graver:
            fill, ink = EMPHASIS_FILLS[graver], EMPHASIS_INKS[graver]
            return f'<font backColor="{fill}" color="{ink}"><b>&nbsp;! {words}&nbsp;</b></font>'


class _TableTags(TableRenderCB):  # type: ignore[misc]
    """A table that adds its rows and cells to the structure of the document while it is drawn."""

    def startTable(self, table: Grid) -> None:  # noqa: N802
        table.canv.structure.begin("Table")

    def startRow(self, table: Grid, row: int) -> None:  # noqa: N802
        table.canv.structure.begin("TR")

    def startCell(self, table: Grid, row: int, column: int, *_: object) -> None:  # noqa: N802
        table.canv.structure.begin("TH" if row == 0 or column == 0 else "TD")

    def endCell(self, table: Grid) -> None:  # noqa: N802
        table.canv.structure.end()

    endRow = endTable = endCell  # noqa: N815

    def startBG(self, table: Grid) -> None:  # noqa: N802
        pass

    endBG = startLines = endLines = startBG  # noqa: N815


def _widths(table: Table, width: float, type_: Typography, share: float) -> list[float]:
    """Give every column the width of its longest cell and of its longest word in the header, and share the rest."""
    firsts = [table.head, *(row.head for row in table.rows)]
    needs = [max(type_.width(words, TextStyles(share=share, bold=True)) for words in firsts)]
    for place, column in enumerate(table.columns):
        heads = [type_.width(word, TextStyles(share=share, bold=True)) for word in (*column.head.split(), column.unit)]
        cells = [_natural(row.cells[place], type_, share) for row in table.rows]
        needs.append(max(*heads, *cells))
    padded = [need + 2 * _PADDING + 1 for need in needs]
    spare = width - sum(padded)
    if spare < 0:
        return [need * width / sum(padded) for need in padded]
    chips = [True, *(any(row.cells[place].chip for row in table.rows) for place in range(len(table.columns)))]
    return [need + (0 if is_chip else spare / chips.count(False)) for need, is_chip in zip(padded, chips, strict=True)]


def _natural(cell: Cell, type_: Typography, share: float) -> float:
    words = cell.chip.text if cell.chip else f"! {cell.text}" if cell.emphasis in EMPHASIS_FILLS else cell.text
    note = type_.width(f" {cell.note}", TextStyles(share=share * _NOTE_SHARE)) if cell.note else 0.0
    footnote = type_.width(str(cell.footnote), TextStyles(share=share)) if cell.footnote else 0.0
    return type_.width(words, TextStyles(share=share, bold=cell.chip is not None)) + note + footnote
