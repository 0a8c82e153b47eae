"""The order of the stages: segment, name levels, measure, extract discs, grade, decide."""

from spoils.pipeline.assess import STAGES, AssessedStudy, Request, assess
from spoils.pipeline.engine import Engine
from spoils.pipeline.findings import Patient

__all__ = ["STAGES", "AssessedStudy", "Engine", "Patient", "Request", "assess"]
