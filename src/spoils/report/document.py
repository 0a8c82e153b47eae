"""``assessment.json``: the result for programs."""

from __future__ import annotations

from spoils.findings import Assessment

__all__ = ["assessment_json"]


def assessment_json(assessment: Assessment) -> bytes:
    """Return ``assessment`` as indented UTF-8 JSON."""
    return (assessment.model_dump_json(indent=2) + "\n").encode()
