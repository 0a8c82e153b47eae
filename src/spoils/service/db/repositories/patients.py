"""Patients by pseudonym; their identity is encrypted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from spoils.service.db.models import Assessment, AssessmentFile, Patient, Study, StudyFile
from spoils.service.keys import Keys
from spoils.service.viewer import Scope, Viewer

__all__ = ["Patients"]


class Patients:
    """Patients, found by pseudonym of ID and birth date, never by name alone."""

    def __init__(self, session: Session, viewer: Viewer, keys: Keys) -> None:
        self._session = session
        self._viewer = viewer
        self._keys = keys

    def find_or_add(self, identity: dict[str, Any], sex: str | None, study_id: str, now: datetime) -> Patient:
        """Return the patient of an identity; without an ID every study has a patient of its own.

        Args:
            identity: ``id``, ``name`` and ``birth_date`` as the images give them, empty where they do not.
            sex: ``M``, ``F`` or None.
            study_id: the study from which it is known.
            now: the time.
        """
        known = (identity.get("id", ""), identity.get("birth_date", ""))
        pseudonym = self._keys.pseudonym("patient", *known) if known[0] else self._keys.pseudonym("study", study_id)
        patient = self._session.scalar(select(Patient).where(Patient.pseudonym == pseudonym))
        if patient is None:
            sealed = self._keys.encrypt(json.dumps(identity).encode())
            patient = Patient(pseudonym=pseudonym, identity=sealed, sex=sex, created=now)
            self._session.add(patient)
            self._session.flush()
        return patient

    def identity(self, patient: Patient) -> dict[str, Any] | None:
        """Return the identity of a patient; None for a viewer who may not read studies."""
        if not self._viewer.may(Scope.READ_STUDIES):
            return None
        found: dict[str, Any] = json.loads(self._keys.decrypt(patient.identity))
        return found

    def remove(self, patient_id: str) -> set[str] | None:
        """Remove a patient with all studies and results.

        Returns:
            The names of stored files that nothing refers to any more; None if there is no such patient.
        """
        patient = self._session.get(Patient, patient_id)
        if patient is None or not self._viewer.may(Scope.ADMIN):
            return None
        studies = select(Study.id).where(Study.patient_id == patient_id)
        results = select(Assessment.id).where(Assessment.study_id.in_(studies))
        contents = set(self._session.scalars(select(StudyFile.content).where(StudyFile.study_id.in_(studies))))
        contents |= set(
            self._session.scalars(select(AssessmentFile.content).where(AssessmentFile.assessment_id.in_(results)))
        )
        self._session.execute(delete(Study).where(Study.patient_id == patient_id))
        self._session.delete(patient)
        self._session.flush()
        return contents - self.contents(contents)

    def contents(self, among: set[str]) -> set[str]:
        """Return those of the names of stored files that a study or a result refers to."""
        found = set(self._session.scalars(select(StudyFile.content).where(StudyFile.content.in_(among))))
        return found | set(
            self._session.scalars(select(AssessmentFile.content).where(AssessmentFile.content.in_(among)))
        )
