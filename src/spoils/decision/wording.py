"""Names and figures of the decision in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spoils.decision.scales import ScoreBand
from spoils.findings import Pathway, Treatment
from spoils.messages import Translator

__all__ = ["class_list", "figure", "pathway_name", "score_band_name", "severity_words", "treatment_names"]


def pathway_name(pathway: Pathway, translator: Translator) -> str:
    """Return the name of a pathway.

    >>> from spoils.messages import translator_for
    >>> pathway_name(Pathway.CLINICAL_REVIEW, translator_for())
    'clinical review'
    """
    return {
        Pathway.SURGICAL_CONSULTATION: translator.gettext("surgical consultation"),
        Pathway.INTERVENTIONAL_PAIN_MANAGEMENT: translator.gettext("interventional pain management"),
        Pathway.CONSERVATIVE: translator.gettext("conservative treatment"),
        Pathway.CLINICAL_REVIEW: translator.gettext("clinical review"),
    }[pathway]


def treatment_names(treatments: Iterable[Treatment], translator: Translator) -> str:
    """Return the names of treatments, from the mildest, as a list.

    >>> from spoils.messages import translator_for
    >>> treatment_names([Treatment.INJECTION, Treatment.DRUGS], translator_for())
    'drugs, injection'
    """
    names = {
        Treatment.DRUGS: translator.gettext("drugs"),
        Treatment.PHYSIOTHERAPY: translator.gettext("physiotherapy"),
        Treatment.INJECTION: translator.gettext("injection"),
        Treatment.SURGERY: translator.gettext("surgery"),
    }
    chosen = set(treatments)
    return ", ".join(name for treatment, name in names.items() if treatment in chosen)


def severity_words(grade_class: str, translator: Translator) -> str:
    """Return the severity of one of the eleven classes in words.

    >>> from spoils.messages import translator_for
    >>> severity_words("4M", translator_for())
    'moderate severity'
    """
    return {
        "L": translator.gettext("low severity"),
        "M": translator.gettext("moderate severity"),
        "H": translator.gettext("high severity"),
    }[grade_class[1]]


def score_band_name(burden: ScoreBand, translator: Translator) -> str:
    """Return what a given score is called by its burden."""
    return {
        ScoreBand.LOW: translator.gettext("low"),
        ScoreBand.MODERATE: translator.gettext("moderate"),
        ScoreBand.HIGH: translator.gettext("high"),
    }[burden]


def class_list(classes: Mapping[str, Iterable[str]]) -> str:
    """Return levels with their classes in short.

    >>> class_list({"L4-L5": ["4L", "4M"], "L5-S1": ["3L"]})
    'L4-L5 4L/4M; L5-S1 3L'
    """
    return "; ".join(f"{level} {'/'.join(names)}" for level, names in classes.items())


def figure(value: float, translator: Translator) -> str:
    """Return a score or a number of weeks with one decimal at most.

    >>> from spoils.messages import translator_for
    >>> figure(44.0, translator_for()), figure(46.67, translator_for())
    ('44', '46.7')
    """
    return translator.number(value, 0 if float(value).is_integer() else 1)
