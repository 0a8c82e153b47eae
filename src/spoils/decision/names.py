"""Names and figures that the explanations of a decision share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spoils.decision.scales import ScoreBand
from spoils.findings import Treatment, treatment_name
from spoils.messages import Message, message

__all__ = ["class_list", "rounded", "score_band_name", "severity_name", "treatment_names"]


def treatment_names(treatments: Iterable[Treatment]) -> list[str | int | float | Message]:
    """Return the names of treatments, from the least invasive one.

    >>> [str(name) for name in treatment_names([Treatment.INJECTION, Treatment.DRUGS])]
    ['drugs', 'injection']
    """
    chosen = set(treatments)
    return [treatment_name(treatment) for treatment in Treatment if treatment in chosen]


def severity_name(grade_class: str) -> Message:
    """Return the severity of one of the eleven classes in words.

    >>> str(severity_name("4M"))
    'moderate severity'
    """
    return {"L": message("severity-low"), "M": message("severity-moderate"), "H": message("severity-high")}[
        grade_class[1]
    ]


def score_band_name(band: ScoreBand) -> Message:
    """Return the name of the band of a score that was given.

    >>> str(score_band_name(ScoreBand.HIGH))
    'high'
    """
    return {
        ScoreBand.LOW: message("score-band-low"),
        ScoreBand.MODERATE: message("score-band-moderate"),
        ScoreBand.HIGH: message("score-band-high"),
    }[band]


def class_list(classes: Mapping[str, Iterable[str]]) -> str:
    """Return levels with their classes in short, which reads the same in every language.

    >>> class_list({"L4-L5": ["4L", "4M"], "L5-S1": ["3L"]})
    'L4-L5 4L/4M; L5-S1 3L'
    """
    return "; ".join(f"{level} {'/'.join(names)}" for level, names in classes.items())


def rounded(value: float) -> float:
    """Return a score or a number of weeks with at most one decimal, as a sentence shows it.

    >>> rounded(46.67)
    46.7
    """
    return round(value, 1)
