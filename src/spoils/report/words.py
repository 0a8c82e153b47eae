"""Findings in words and figures for people: names, units and sensible decimals, in the language of the reader."""

from __future__ import annotations

from spoils.findings import Deficit, Measurement, RedFlag, Treatment
from spoils.messages import Phrases

__all__ = [
    "contribution_words",
    "deficit_words",
    "figure",
    "measurement_head",
    "percent",
    "red_flag_words",
    "severity_words",
    "treatment_words",
]

_MM3_PER_CM3 = 1000.0


def severity_words(phrases: Phrases) -> dict[str, str]:
    """Return each severity's name by its letter, from low to high."""
    return {"L": phrases.say("low"), "M": phrases.say("moderate"), "H": phrases.say("high")}


def contribution_words(phrases: Phrases) -> dict[str, str]:
    """Return the name of each kind of feature that speaks for or against a grade, in the order in which it is shown."""
    return {
        "signal": phrases.say("signal"),
        "height": phrases.say("height"),
        "shape": phrases.say("shape"),
        "texture": phrases.say("texture"),
        "bone": phrases.say("bone beside it"),
        "neighbours": phrases.say("neighbours"),
        "canal": phrases.say("canal"),
    }


def red_flag_words(flag: RedFlag, phrases: Phrases) -> str:
    """Return a red flag's name."""
    match flag:
        case RedFlag.CAUDA_EQUINA:
            return phrases.say("signs of cauda equina compression")
        case RedFlag.FRACTURE:
            return phrases.say("fracture")
        case RedFlag.INFECTION:
            return phrases.say("infection")
        case RedFlag.TUMOUR:
            return phrases.say("tumour")
        case RedFlag.PROGRESSIVE_DEFICIT:
            return phrases.say("progressive neurological deficit")


def deficit_words(deficit: Deficit, phrases: Phrases) -> str:
    """Return a neurological deficit's course."""
    match deficit:
        case Deficit.NONE:
            return phrases.say("none", context="deficit")
        case Deficit.STABLE:
            return phrases.say("stable", context="deficit")
        case Deficit.PROGRESSIVE:
            return phrases.say("progressive", context="deficit")


def treatment_words(treatment: Treatment, phrases: Phrases) -> str:
    """Return a treatment's name."""
    match treatment:
        case Treatment.DRUGS:
            return phrases.say("drugs")
        case Treatment.PHYSIOTHERAPY:
            return phrases.say("physiotherapy")
        case Treatment.INJECTION:
            return phrases.say("injection")
        case Treatment.SURGERY:
            return phrases.say("surgery")


def measurement_head(name: str, phrases: Phrases) -> tuple[str, str]:
    """Return head and unit of the column that shows the measurement called ``name``; a ratio has no unit.

    Raises:
        KeyError: there is no such measurement.
    """
    return {
        "height_mean_mm": (phrases.say("Mean height"), "mm"),
        "height_central_mm": (phrases.say("Central height"), "mm"),
        "height_anterior_mm": (phrases.say("Anterior height"), "mm"),
        "height_posterior_mm": (phrases.say("Posterior height"), "mm"),
        "width_mean_mm": (phrases.say("AP width"), "mm"),
        "width_mid_mm": (phrases.say("Mid AP width"), "mm"),
        "width_superior_mm": (phrases.say("Superior AP width"), "mm"),
        "width_inferior_mm": (phrases.say("Inferior AP width"), "mm"),
        "height_index": (phrases.say("Height index"), ""),
        "area_mm2": (phrases.say("Area"), "mm²"),
        "volume_mm3": (phrases.say("Volume"), "cm³"),
        "signal_mean": (phrases.say("Mean signal"), ""),
        "signal_csf_ratio": (phrases.say("Signal to CSF"), ""),
        "signal_difference": (phrases.say("Nucleus minus annulus"), ""),
        "ap_diameter_mm": (phrases.say("Canal AP"), "mm"),
    }[name]


def figure(measurement: Measurement, phrases: Phrases) -> str:
    """Write the value in the unit of its column: lengths to 0.1 mm, ratios to 0.01, volumes in cm3.

    >>> from spoils.messages import Language, phrases_in
    >>> figure(Measurement(value=11374.2, unit="mm3", method="sum over 9 slices"), phrases_in(Language.GERMAN))
    '11,4'
    """
    match measurement.unit:
        case "mm":
            return phrases.number(measurement.value, 1)
        case "mm2":
            return phrases.number(measurement.value)
        case "mm3":
            return phrases.number(measurement.value / _MM3_PER_CM3, 1)
        case "1":
            return phrases.number(measurement.value, 2)
        case "signal":
            return phrases.number(measurement.value, 0 if abs(measurement.value) >= 100 else 1)


def percent(probability: float) -> str:
    """Write a probability as a whole percentage that never claims certainty; the same in all languages.

    >>> percent(0.814), percent(0.9999), percent(0.0001)
    ('81 %', '> 99 %', '< 1 %')
    """
    if probability > 0.995:
        return "> 99 %"
    if probability < 0.005:
        return "< 1 %"
    return f"{100 * probability:.0f} %"
