"""What items, verdicts and sizes of changes are called, as messages."""

from __future__ import annotations

from spoils.followup.model import ChangeVerdict
from spoils.messages import Message, message

__all__ = ["amount", "item_name", "verdict_name"]

_MM3_PER_CM3 = 1000.0


def item_name(name: str) -> Message:
    """Return what an item is called.

    Raises:
        KeyError: there is no such item.

    >>> str(item_name("signal_csf_ratio"))
    'Signal to CSF'
    """
    return {
        "pfirrmann": message("item-pfirrmann"),
        "severity": message("item-severity"),
        "height_index": message("item-height-index"),
        "height_mean_mm": message("item-height-mean"),
        "volume_mm3": message("item-volume"),
        "signal_csf_ratio": message("item-signal-csf-ratio"),
        "ap_diameter_mm": message("item-canal-ap-diameter"),
        "odi": message("item-odi"),
        "nrs": message("item-nrs"),
        "nrs_back": message("item-nrs-back"),
        "nrs_leg": message("item-nrs-leg"),
    }[name]


def verdict_name(verdict: ChangeVerdict) -> Message:
    """Return a verdict in words.

    >>> str(verdict_name(ChangeVerdict.NO_DETECTABLE_CHANGE))
    'no detectable change'
    """
    match verdict:
        case ChangeVerdict.BETTER:
            return message("verdict-better")
        case ChangeVerdict.WORSE:
            return message("verdict-worse")
        case ChangeVerdict.NO_DETECTABLE_CHANGE:
            return message("verdict-no-detectable-change")
        case ChangeVerdict.NOT_COMPARABLE:
            return message("verdict-not-comparable")


def amount(value: float, unit: str) -> Message:
    """Return the size of a change with its unit, as in a sentence; ratios and scores have no unit.

    >>> str(amount(1.25, "mm")), str(amount(11374.2, "mm3")), str(amount(10.0, "percent"))
    ('1.2 mm', '11.4 cm³', '10')
    """
    match unit:
        case "mm":
            return message("amount-mm", value=value)
        case "mm3":
            return message("amount-cm3", value=value / _MM3_PER_CM3)
        case "1":
            return message("amount-ratio", value=value)
        case _:
            return message("amount-score", value=round(value, 0 if unit == "percent" else 1))
