"""The order of the stages: segment, name levels, measure, extract discs, grade, decide."""

from spoils.pipeline.assess import STAGES, AssessedStudy, Request, assess
from spoils.pipeline.findings import Patient
from spoils.pipeline.resources import Resources

__all__ = ["STAGES", "AssessedStudy", "Patient", "Request", "Resources", "assess"]
