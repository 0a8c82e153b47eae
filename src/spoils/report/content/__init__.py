"""The content of a report, computed once for all formats."""

from spoils.report.content.build import ReportPictures, report_content
from spoils.report.content.parts import (
    Alarms,
    Card,
    Cards,
    Cell,
    Chip,
    Column,
    Emphasis,
    Fact,
    Facts,
    Picture,
    Points,
    Remark,
    Report,
    Row,
    Suggestion,
    Table,
    Tone,
)

__all__ = [
    "Alarms",
    "Card",
    "Cards",
    "Cell",
    "Chip",
    "Column",
    "Emphasis",
    "Fact",
    "Facts",
    "Picture",
    "Points",
    "Remark",
    "Report",
    "ReportPictures",
    "Row",
    "Suggestion",
    "Table",
    "Tone",
    "report_content",
]
