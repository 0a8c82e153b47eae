"""The content of a report, computed once and set by every kind of page."""

from spoils.report.content.build import ReportPictures, report_content
from spoils.report.content.parts import (
    Card,
    Cards,
    Cell,
    Chip,
    Column,
    Fact,
    Facts,
    Picture,
    Points,
    Report,
    Row,
    Suggestion,
    Table,
    Tone,
)

__all__ = [
    "Card",
    "Cards",
    "Cell",
    "Chip",
    "Column",
    "Fact",
    "Facts",
    "Picture",
    "Points",
    "Report",
    "ReportPictures",
    "Row",
    "Suggestion",
    "Table",
    "Tone",
    "report_content",
]
