"""The class of a graded disc, and what a person's correction makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.findings import CorrectFinding, CorrectGrade, CorrectSeverity, Grade, Severity
from spoils.grading import likely_points, severity_rules
from spoils.messages import message

__all__ = ["DiscClass", "OfDisc"]

OfDisc = CorrectGrade | CorrectSeverity | CorrectFinding


@dataclass(frozen=True)
class DiscClass:
    """One of the eleven classes, its two parts, and the probabilities of the findings.

    The fields are called as those of ``DiscGrade`` and ``DiscFinding``.
    """

    label: str
    pfirrmann: Grade
    severity: Severity
    findings: Mapping[str, float]

    def after(self, correction: OfDisc) -> DiscClass:
        """Return the class that a person gives, beside the machine's probabilities.

        A corrected finding decides the severity by its points.

        Raises:
            UsageError: there is no such class.
        """
        rules, grade, letter, found = severity_rules(), int(self.label[0]), self.label[1], dict(self.findings)
        match correction:
            case CorrectGrade():
                grade = correction.grade
                letter = "L" if grade <= rules.always_low_up_to_grade else letter
            case CorrectSeverity():
                letter = correction.severity
            case CorrectFinding():
                found[correction.finding] = 1.0 if correction.present else 0.0
                letter = rules.severity(sum(likely_points(found).values()), grade)
        label = f"{grade}{letter}"
        if label not in GRADE_CLASSES:
            raise UsageError(message("correction-class-unknown", label=label))
        pfirrmann = self.pfirrmann.model_copy(update={"grade": grade})
        severity = self.severity.model_copy(update={"grade": letter, "reasons": [], "reasons_wording": []})
        return DiscClass(label, pfirrmann, severity, found)

    def recorded(self) -> dict[str, Any]:
        """Return what is kept of the class before and after a correction, as a JSON object."""
        return {
            "label": self.label,
            "pfirrmann": self.pfirrmann.grade,
            "severity": self.severity.grade,
            "findings": dict(self.findings),
        }
