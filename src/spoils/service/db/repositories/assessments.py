"""Versions of results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from spoils.service.db.models import Assessment, AssessmentFile, Decision, Study
from spoils.service.viewer import Scope, Viewer

__all__ = ["Assessments"]


class Assessments:
    """The results that a viewer may see. A result is added and never changed."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get(self, assessment_id: str) -> Assessment | None:
        """Return a result; None if there is none that the viewer may see."""
        statement = select(Assessment).where(Assessment.id == assessment_id)
        return self._session.scalar(statement if self._viewer.may(Scope.READ_STUDIES) else statement.where(false()))

    def current(self, study: Study) -> Assessment | None:
        """Return the current result of a study; None if there is none yet."""
        return None if study.current_id is None else self.get(study.current_id)

    def all(self, study: Study) -> list[Assessment]:
        """Return all results of a study, first to last."""
        statement = select(Assessment).where(Assessment.study_id == study.id).order_by(Assessment.number)
        return list(
            self._session.scalars(statement if self._viewer.may(Scope.READ_STUDIES) else statement.where(false()))
        )

    def add(self, study: Study, assessment: Assessment, files: Mapping[str, tuple[str, int]]) -> None:
        """Add a result with its documents (name of content in the store, bytes), and make it the current one."""
        last = self._session.scalar(select(func.max(Assessment.number)).where(Assessment.study_id == study.id))
        assessment.study_id, assessment.number = study.id, (last or 0) + 1
        self._session.add(assessment)
        self._session.flush()
        for name, (content, size) in files.items():
            self._session.add(AssessmentFile(assessment_id=assessment.id, name=name, content=content, size=size))
        study.current_id = assessment.id

    def file(self, assessment: Assessment, name: str) -> AssessmentFile | None:
        """Return a document of a result; None if there is none of this name."""
        return self._session.get(AssessmentFile, (assessment.id, name))

    def files(self, assessment: Assessment) -> list[AssessmentFile]:
        """Return the documents of a result by name."""
        statement = select(AssessmentFile).where(AssessmentFile.assessment_id == assessment.id)
        return list(self._session.scalars(statement.order_by(AssessmentFile.name)))

    def sign(  # noqa: PLR0913 - each is named at every call
        self, assessment: Assessment, viewer: Viewer, now: datetime, *, pathway: str, accepted: bool, reason: str
    ) -> Decision:
        """Keep what a clinician decided on a result."""
        decision = Decision(
            study_id=assessment.study_id,
            assessment_id=assessment.id,
            user_id=viewer.user_id,
            user_name=viewer.name,
            signed=now,
            accepted=accepted,
            pathway=pathway,
            reason=reason,
        )
        self._session.add(decision)
        self._session.flush()
        return decision

    def decision(self, study: Study) -> Decision | None:
        """Return the newest decision on a study; None if there is none."""
        return self._session.scalar(
            select(Decision).where(Decision.study_id == study.id).order_by(Decision.signed.desc()).limit(1)
        )
