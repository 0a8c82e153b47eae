"""The result model: what one assessment says. Its JSON schema is public and versioned.

A quantity is either a ``Measurement`` or a ``NotMeasured`` with the reason; never NaN, zero or a guess.
"""

from spoils.findings.advice import Counterfactual, Pathway, Recommendation
from spoils.findings.assessment import (
    RESEARCH_USE,
    SCHEMA_VERSION,
    Assessment,
    ModelUsed,
    Person,
    Provenance,
    Quality,
    Sex,
    Study,
)
from spoils.findings.base import DiscLevel, Wording
from spoils.findings.clinical import Clinical, Deficit, NrsScore, OdiScore, RedFlag, Treatment
from spoils.findings.measured import (
    BODY_MEASUREMENTS,
    CANAL_MEASUREMENTS,
    DISC_MEASUREMENTS,
    Measured,
    Measurement,
    NormalValue,
    NotMeasured,
    measured_or_missing,
)
from spoils.findings.migration import read_assessment
from spoils.findings.names import pathway_name, pathway_title, treatment_name
from spoils.findings.structures import CanalFinding, Confidence, DiscFinding, Flag, Grade, Severity, VertebraFinding

__all__ = [
    "BODY_MEASUREMENTS",
    "CANAL_MEASUREMENTS",
    "DISC_MEASUREMENTS",
    "RESEARCH_USE",
    "SCHEMA_VERSION",
    "Assessment",
    "CanalFinding",
    "Clinical",
    "Confidence",
    "Counterfactual",
    "Deficit",
    "DiscFinding",
    "DiscLevel",
    "Flag",
    "Grade",
    "Measured",
    "Measurement",
    "ModelUsed",
    "NormalValue",
    "NotMeasured",
    "NrsScore",
    "OdiScore",
    "Pathway",
    "Person",
    "Provenance",
    "Quality",
    "Recommendation",
    "RedFlag",
    "Severity",
    "Sex",
    "Study",
    "Treatment",
    "VertebraFinding",
    "Wording",
    "measured_or_missing",
    "pathway_name",
    "pathway_title",
    "read_assessment",
    "treatment_name",
]
