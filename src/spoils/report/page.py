"""``report.html``: the report as one self-contained page."""

from __future__ import annotations

import math
import struct
from base64 import b64encode
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.report.content import Facts, Picture, Report
from spoils.report.drawing import Box, Line
from spoils.report.palette import ALARM, INK, PALE, WARNING

__all__ = ["page_environment", "page_templates", "png_url", "report_html"]

_PRINT_POINTS = 8.2
_PNG_SIZE = 16
"""Position of width and height in a PNG."""

_ROOM = 1350
"""Letters in the sentences of the first page that fit at the usual size. Half the size fits four times as many."""


def report_html(report: Report) -> bytes:
    """Return ``report`` as a UTF-8 page with embedded images. It loads nothing else, and prints on three pages."""
    colours = {"ink": INK, "pale": PALE, "alarm": ALARM, "warning": WARNING}
    page = page_templates().get_template("report.html.j2")
    return page.render(report=report, colours=colours, print_points=_print_points(report)).encode()


def page_environment(package: str) -> Environment:
    """Return an environment for the HTML templates of ``package``. Values are escaped, and undefined ones raise."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def page_templates() -> Environment:
    """Return the templates of all pages. They are shared between threads and must not be changed."""
    environment = page_environment("spoils.report")
    environment.filters["url"] = lambda picture: png_url(picture.png)
    environment.filters["aspect"] = _aspect
    environment.tests["box"] = lambda shape: isinstance(shape, Box)
    environment.tests["line"] = lambda shape: isinstance(shape, Line)
    environment.tests["facts"] = lambda block: isinstance(block, Facts)
    return environment


def png_url(png: bytes) -> str:
    """Return a PNG as a data URL."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def _aspect(picture: Picture) -> float:
    """Return the aspect ratio (width over height) of an image, from the header of its PNG."""
    width, height = struct.unpack_from(">II", picture.png, _PNG_SIZE)
    return round(float(width / height), 4)


def _print_points(report: Report) -> float:
    """Return the font size at which the text of the first page fits on a printed page."""
    facts = [fact.text for block in report.facts for fact in block.facts]
    alarms = [remark.text for remark in report.alarms.remarks] if report.alarms else []
    rows = report.discs.rows if report.discs else ()
    below = [words for row in rows for words in (*row.notes, *(remark.text for remark in row.findings))]
    letters = sum(map(len, (*report.suggestion.lines, *facts, *alarms, *below)))
    return round(_PRINT_POINTS * min(1.0, math.sqrt(_ROOM / max(letters, 1))), 2)
