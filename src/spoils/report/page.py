"""``report.html``: the report as one page that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.report.content import Facts, Picture, Report
from spoils.report.drawing import Box, Line
from spoils.report.files import write_file
from spoils.report.palette import ALARM, INK, PALE

__all__ = ["write_html"]


def write_html(report: Report, path: Path) -> None:
    """Write ``report`` to ``path``, in one step.

    Pictures are embedded, so the file makes no request. Two pages of A4 when printed.

    Raises:
        UsageError: the file can't be written.
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
    page = environment.get_template("report.html.j2").render(report=report, colours=colours)
    write_file(path, page.encode())


def _data_url(picture: Picture) -> str:
    return f"data:image/png;base64,{b64encode(picture.png).decode()}"
