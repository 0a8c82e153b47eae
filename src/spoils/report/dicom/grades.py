"""The grades of a disc as SR: class, Pfirrmann grade and severity, each with the probabilities of all values."""

from __future__ import annotations

from collections.abc import Iterable

from highdicom.sr import ContentItem, QualitativeEvaluation

from spoils.codes import (
    DISC_CLASS,
    EXPLANATION,
    PFIRRMANN,
    PLAUSIBLE_CLASS,
    PROBABILITY,
    SEVERITY,
    SEVERITY_VALUES,
    SIGNS,
    Code,
    disc_class,
    pfirrmann_grade,
)
from spoils.findings import DiscFinding
from spoils.messages import Translator
from spoils.report.dicom.concepts import MODIFIES, PROPERTY, coded, concept, number, text, with_children

__all__ = ["grades"]


def grades(disc: DiscFinding, translator: Translator) -> list[QualitativeEvaluation]:
    """Return the grades of ``disc``; empty if it was not graded."""
    if disc.label is None or disc.pfirrmann is None or disc.severity is None:
        return []
    classes = [(disc_class(label), share) for label, share in disc.label_probabilities.items()]
    steps = [(pfirrmann_grade(int(grade)), share) for grade, share in disc.pfirrmann.probabilities.items()]
    severities = [(SEVERITY_VALUES[grade], share) for grade, share in disc.severity.probabilities.items()]
    signs = [number(SIGNS[name], share, "1", PROPERTY) for name, share in disc.findings.items() if name in SIGNS]
    reasons = [
        text(EXPLANATION, reason, PROPERTY)
        for reason in translator.texts(disc.severity.reasons, disc.severity.reasons_wording)
    ]
    explanation = translator.text(disc.explanation or "", disc.explanation_wording)
    why = [text(EXPLANATION, explanation, PROPERTY)] if explanation else []
    return [
        _evaluated(DISC_CLASS, disc_class(disc.label), [*_shares(DISC_CLASS, classes), *why]),
        *(_evaluated(PLAUSIBLE_CLASS, disc_class(label), []) for label in disc.prediction_set),
        _evaluated(PFIRRMANN, pfirrmann_grade(disc.pfirrmann.grade), _shares(PFIRRMANN, steps)),
        _evaluated(SEVERITY, SEVERITY_VALUES[disc.severity.grade], [*_shares(SEVERITY, severities), *signs, *reasons]),
    ]


def _evaluated(name: Code, value: Code, children: list[ContentItem]) -> QualitativeEvaluation:
    item = QualitativeEvaluation(concept(name), concept(value))
    with_children(item[0], children)
    return item


def _shares(name: Code, shares: Iterable[tuple[Code, float]]) -> list[ContentItem]:
    """Return the probability of every possible value of ``name``."""
    return [
        with_children(number(PROBABILITY, share, "1", PROPERTY), [coded(name, value, MODIFIES)])
        for value, share in shares
    ]
