"""``assessment.json``: the result for programs."""

from __future__ import annotations

from pathlib import Path

from spoils.findings import Assessment
from spoils.report.files import write_file

__all__ = ["write_assessment_json"]


def write_assessment_json(assessment: Assessment, path: Path) -> None:
    """Write ``assessment`` as indented UTF-8 JSON, in one step.

    Raises:
        UsageError: the file can't be written.
    """
    write_file(path, (assessment.model_dump_json(indent=2) + "\n").encode())
