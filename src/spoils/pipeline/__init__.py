"""The order of the stages: segment, name levels, measure, extract discs, grade, decide."""

from spoils.pipeline.assess import STAGES, AssessedStudy, Case, Request, assess
from spoils.pipeline.choice import segment_study
from spoils.pipeline.corrected_findings import corrected_findings
from spoils.pipeline.findings import Patient
from spoils.pipeline.outlines import segment_plausibly
from spoils.pipeline.reassess import reassess
from spoils.pipeline.resources import Resources

__all__ = [
    "STAGES",
    "AssessedStudy",
    "Case",
    "Patient",
    "Request",
    "Resources",
    "assess",
    "corrected_findings",
    "reassess",
    "segment_plausibly",
    "segment_study",
]
