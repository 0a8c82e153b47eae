"""Names and figures of the decision in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spoils.decision.scales import Burden
from spoils.findings import Pathway, Treatment
from spoils.messages import Phrases

__all__ = ["burden_name", "class_list", "figure", "pathway_name", "severity_words", "treatment_names"]


def pathway_name(pathway: Pathway, phrases: Phrases) -> str:
    """Return the name of a pathway.

    >>> from spoils.messages import phrases_in
    >>> pathway_name(Pathway.CLINICAL_REVIEW, phrases_in())
    'clinical review'
    """
    return {
        Pathway.SURGICAL_CONSULTATION: phrases.say("surgical consultation"),
        Pathway.INTERVENTIONAL_PAIN_MANAGEMENT: phrases.say("interventional pain management"),
        Pathway.CONSERVATIVE: phrases.say("conservative treatment"),
        Pathway.CLINICAL_REVIEW: phrases.say("clinical review"),
    }[pathway]


def treatment_names(treatments: Iterable[Treatment], phrases: Phrases) -> str:
    """Return the names of treatments, from the mildest, as a list.

    >>> from spoils.messages import phrases_in
    >>> treatment_names([Treatment.INJECTION, Treatment.DRUGS], phrases_in())
    'drugs, injection'
    """
    names = {
        Treatment.DRUGS: phrases.say("drugs"),
        Treatment.PHYSIOTHERAPY: phrases.say("physiotherapy"),
        Treatment.INJECTION: phrases.say("injection"),
        Treatment.SURGERY: phrases.say("surgery"),
    }
    chosen = set(treatments)
    return ", ".join(name for treatment, name in names.items() if treatment in chosen)


def severity_words(grade_class: str, phrases: Phrases) -> str:
    """Return the severity of one of the eleven classes in words.

    >>> from spoils.messages import phrases_in
    >>> severity_words("4M", phrases_in())
    'moderate severity'
    """
    return {
        "L": phrases.say("low severity"),
        "M": phrases.say("moderate severity"),
        "H": phrases.say("high severity"),
    }[grade_class[1]]


def burden_name(burden: Burden, phrases: Phrases) -> str:
    """Return what a given score is called by its burden."""
    return {
        Burden.LOW: phrases.say("low"),
        Burden.MODERATE: phrases.say("moderate"),
        Burden.HIGH: phrases.say("high"),
    }[burden]


def class_list(classes: Mapping[str, Iterable[str]]) -> str:
    """Return levels with their classes in short.

    >>> class_list({"L4-L5": ["4L", "4M"], "L5-S1": ["3L"]})
    'L4-L5 4L/4M; L5-S1 3L'
    """
    return "; ".join(f"{level} {'/'.join(names)}" for level, names in classes.items())


def figure(value: float, phrases: Phrases) -> str:
    """Return a score or a number of weeks with one decimal at most.

    >>> from spoils.messages import phrases_in
    >>> figure(44.0, phrases_in()), figure(46.67, phrases_in())
    ('44', '46.7')
    """
    return phrases.number(value, 0 if float(value).is_integer() else 1)
