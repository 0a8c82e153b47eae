"""Names and figures of a comparison for people, in their language."""

from __future__ import annotations

from spoils.findings import Pathway
from spoils.followup.model import Change, ChangeVerdict
from spoils.messages import Translator

__all__ = ["change_figure", "item_words", "pathway_words", "signed", "value_figure", "verdict_words"]

_DECIMALS = {"mm": 1, "mm3": 1, "1": 3, "percent": 0, "points": 1, "grade": 0}
_MM3_PER_CM3 = 1000.0
_MINUS = "\N{MINUS SIGN}"


def item_words(name: str, translator: Translator) -> str:
    """Return what an item is called."""
    words = {
        "pfirrmann": translator.gettext("Pfirrmann grade"),
        "severity": translator.gettext("Severity"),
        "height_index": translator.gettext("Height index"),
        "height_mean_mm": translator.gettext("Mean height"),
        "volume_mm3": translator.gettext("Volume"),
        "signal_csf_ratio": translator.gettext("Signal to CSF"),
        "ap_diameter_mm": translator.gettext("Canal AP"),
        "odi": translator.gettext("ODI"),
        "nrs": translator.gettext("Pain (NRS)"),
        "nrs_back": translator.gettext("Back pain (NRS)"),
        "nrs_leg": translator.gettext("Leg pain (NRS)"),
    }
    return words[name]


def verdict_words(verdict: ChangeVerdict, translator: Translator) -> str:
    """Return a verdict in words."""
    match verdict:
        case ChangeVerdict.BETTER:
            return translator.gettext("better")
        case ChangeVerdict.WORSE:
            return translator.gettext("worse")
        case ChangeVerdict.NO_DETECTABLE_CHANGE:
            return translator.gettext("no detectable change")
        case ChangeVerdict.NOT_COMPARABLE:
            return translator.gettext("not comparable")


def pathway_words(pathway: Pathway, translator: Translator) -> str:
    """Return a pathway in words."""
    match pathway:
        case Pathway.SURGICAL_CONSULTATION:
            return translator.gettext("Surgical consultation")
        case Pathway.INTERVENTIONAL_PAIN_MANAGEMENT:
            return translator.gettext("Interventional pain management")
        case Pathway.CONSERVATIVE:
            return translator.gettext("Conservative treatment")
        case Pathway.CLINICAL_REVIEW:
            return translator.gettext("Clinical review")


def value_figure(value: float, unit: str, translator: Translator) -> str:
    """Write a value of an item without its unit; volumes in cm3.

    >>> from spoils.messages import translator_for
    >>> value_figure(11374.2, "mm3", translator_for())
    '11.4'
    """
    shown = value / _MM3_PER_CM3 if unit == "mm3" else value
    whole = unit == "points" and float(value).is_integer()
    return translator.number(shown, 0 if whole else _DECIMALS[unit]).replace("-", _MINUS)


def change_figure(value: float, unit: str, translator: Translator) -> str:
    """Write a size with its unit, as in a sentence; ratios and scores have none.

    >>> from spoils.messages import translator_for
    >>> change_figure(1.25, "mm", translator_for()), change_figure(10, "percent", translator_for())
    ('1.2 mm', '10')
    """
    figure = value_figure(value, unit, translator)
    match unit:
        case "mm":
            return translator.gettext("{figure} mm", figure=figure)
        case "mm3":
            return translator.gettext("{figure} cm\N{SUPERSCRIPT THREE}", figure=figure)
        case _:
            return figure


def signed(change: Change, translator: Translator) -> str:
    """Write the change of an item with its sign; empty where there is none.

    A change that rounds to nothing has no sign.
    """
    if change.change is None:
        return ""
    figure = value_figure(change.change, change.unit, translator)
    zero = value_figure(0.0, change.unit, translator)
    if figure.removeprefix(_MINUS) == zero:
        return zero
    return figure if change.change < 0 else f"+{figure}"
