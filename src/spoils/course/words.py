"""Names and figures of a comparison for people, in their language."""

from __future__ import annotations

from spoils.course.model import Change, Verdict
from spoils.findings import Pathway
from spoils.messages import Phrases

__all__ = ["change_figure", "item_words", "pathway_words", "signed", "value_figure", "verdict_words"]

_DECIMALS = {"mm": 1, "mm3": 1, "1": 3, "percent": 0, "points": 1, "grade": 0}
_MM3_PER_CM3 = 1000.0
_MINUS = "\N{MINUS SIGN}"


def item_words(name: str, phrases: Phrases) -> str:
    """Return what an item is called."""
    words = {
        "pfirrmann": phrases.say("Pfirrmann grade"),
        "severity": phrases.say("Severity"),
        "height_index": phrases.say("Height index"),
        "height_mean_mm": phrases.say("Mean height"),
        "volume_mm3": phrases.say("Volume"),
        "signal_csf_ratio": phrases.say("Signal to CSF"),
        "ap_diameter_mm": phrases.say("Canal AP"),
        "odi": phrases.say("ODI"),
        "nrs": phrases.say("Pain (NRS)"),
        "nrs_back": phrases.say("Back pain (NRS)"),
        "nrs_leg": phrases.say("Leg pain (NRS)"),
    }
    return words[name]


def verdict_words(verdict: Verdict, phrases: Phrases) -> str:
    """Return a verdict in words."""
    match verdict:
        case Verdict.BETTER:
            return phrases.say("better")
        case Verdict.WORSE:
            return phrases.say("worse")
        case Verdict.NO_DETECTABLE_CHANGE:
            return phrases.say("no detectable change")
        case Verdict.NOT_COMPARABLE:
            return phrases.say("not comparable")


def pathway_words(pathway: Pathway, phrases: Phrases) -> str:
    """Return a pathway in words."""
    match pathway:
        case Pathway.SURGICAL_CONSULTATION:
            return phrases.say("Surgical consultation")
        case Pathway.INTERVENTIONAL_PAIN_MANAGEMENT:
            return phrases.say("Interventional pain management")
        case Pathway.CONSERVATIVE:
            return phrases.say("Conservative treatment")
        case Pathway.CLINICAL_REVIEW:
            return phrases.say("Clinical review")


def value_figure(value: float, unit: str, phrases: Phrases) -> str:
    """Write a value of an item without its unit; volumes in cm3.

    >>> from spoils.messages import phrases_in
    >>> value_figure(11374.2, "mm3", phrases_in())
    '11.4'
    """
    shown = value / _MM3_PER_CM3 if unit == "mm3" else value
    whole = unit == "points" and float(value).is_integer()
    return phrases.number(shown, 0 if whole else _DECIMALS[unit]).replace("-", _MINUS)


def change_figure(value: float, unit: str, phrases: Phrases) -> str:
    """Write a size with its unit, as in a sentence; ratios and scores have none.

    >>> from spoils.messages import phrases_in
    >>> change_figure(1.25, "mm", phrases_in()), change_figure(10, "percent", phrases_in())
    ('1.2 mm', '10')
    """
    figure = value_figure(value, unit, phrases)
    match unit:
        case "mm":
            return phrases.say("{figure} mm", figure=figure)
        case "mm3":
            return phrases.say("{figure} cm\N{SUPERSCRIPT THREE}", figure=figure)
        case _:
            return figure


def signed(change: Change, phrases: Phrases) -> str:
    """Write the change of an item with its sign; empty where there is none.

    A change that rounds to nothing has no sign.
    """
    if change.change is None:
        return ""
    figure = value_figure(change.change, change.unit, phrases)
    zero = value_figure(0.0, change.unit, phrases)
    if figure.removeprefix(_MINUS) == zero:
        return zero
    return figure if change.change < 0 else f"+{figure}"
