"""``report.html``: the report as one page that needs nothing but itself."""

from __future__ import annotations

import math
from base64 import b64encode

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.report.content import Facts, Picture, Report
from spoils.report.drawing import Box, Line
from spoils.report.palette import ALARM, INK, PALE

__all__ = ["report_html"]

_PRINT_POINTS = 8.2
_ROOM = 1600
"""Letters in sentences of the first page that fit at this size; half the type size holds four times as many."""


def report_html(report: Report) -> bytes:
    """Return ``report`` as a UTF-8 page with its pictures embedded, so that it makes no request.

    It takes two pages of A4 when printed.
    """
    environment = Environment(
        loader=PackageLoader("spoils.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["url"] = _data_url
    environment.tests["box"] = lambda shape: isinstance(shape, Box)
    environment.tests["line"] = lambda shape: isinstance(shape, Line)
    environment.tests["facts"] = lambda block: isinstance(block, Facts)
    colours = {"ink": INK, "pale": PALE, "alarm": ALARM}
    page = environment.get_template("report.html.j2").render(
        report=report, colours=colours, print_points=_print_points(report)
    )
    return page.encode()


def _print_points(report: Report) -> float:
    """Return the type size at which the words of the first page, usual or many, fit on a printed page."""
    advice, facts = report.suggestion, [fact for block in report.facts for fact in block.facts]
    changes = advice.changes.points if advice.changes else ()
    remarks = [remark for row in report.discs.rows for remark in row.remarks] if report.discs else []
    letters = sum(map(len, (*advice.lines, *advice.why.points, *changes, *remarks, *(fact.text for fact in facts))))
    return round(_PRINT_POINTS * min(1.0, math.sqrt(_ROOM / max(letters, 1))), 2)


def _data_url(picture: Picture) -> str:
    return f"data:image/png;base64,{b64encode(picture.png).decode()}"
