"""Repositories: every statement of the application, by table. Each takes the viewer, who is part of the statement."""

from spoils.service.db.repositories.assessments import Assessments
from spoils.service.db.repositories.audit import AuditLog, BrokenChain
from spoils.service.db.repositories.patients import Patients
from spoils.service.db.repositories.runs import Runs
from spoils.service.db.repositories.studies import Page, Studies, StudyFilter
from spoils.service.db.repositories.users import Users

__all__ = [
    "Assessments",
    "AuditLog",
    "BrokenChain",
    "Page",
    "Patients",
    "Runs",
    "Studies",
    "StudyFilter",
    "Users",
]
