"""``assessment.json``: the result for programs."""

from __future__ import annotations

from spoils.findings import Assessment
from spoils.report.text import report_text

__all__ = ["assessment_json", "with_report_text"]


def with_report_text(assessment: Assessment) -> Assessment:
    """Return ``assessment`` with the draft of its radiology report."""
    return assessment.model_copy(update={"report_text": report_text(assessment)})


def assessment_json(assessment: Assessment) -> bytes:
    """Return ``assessment``, with the draft of its radiology report, as indented UTF-8 JSON."""
    return (with_report_text(assessment).model_dump_json(indent=2) + "\n").encode()
