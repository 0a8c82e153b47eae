"""Findings as text for people: names, units and appropriate decimals, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spoils.findings import (
    Alignment,
    Deficit,
    Flag,
    Measurement,
    NormalValue,
    RedFlag,
    Treatment,
    measurement_of,
    red_flag_name,
    treatment_name,
)
from spoils.messages import Message, Translator, message

__all__ = [
    "cohort_words",
    "contribution_words",
    "deficit_words",
    "figure",
    "flag_words",
    "measurement_head",
    "percent",
    "position_words",
    "red_flag_words",
    "severity_words",
    "spine_words",
    "treatment_words",
]

_MM3_PER_CM3 = 1000.0


def severity_words(translator: Translator) -> dict[str, str]:
    """Return each severity's name by its letter, from low to high."""
    return {"L": translator.gettext("low"), "M": translator.gettext("moderate"), "H": translator.gettext("high")}


def contribution_words(translator: Translator) -> dict[str, str]:
    """Return the name of each kind of feature that contributes to a grade, in the order of display."""
    return {
        "signal": translator.gettext("signal"),
        "height": translator.gettext("height"),
        "shape": translator.gettext("shape"),
        "texture": translator.gettext("texture"),
        "bone": translator.gettext("bone beside it"),
        "neighbours": translator.gettext("neighbours"),
        "canal": translator.gettext("canal"),
    }


def red_flag_words(flag: RedFlag, translator: Translator) -> str:
    """Return a red flag's name."""
    return translator.render(red_flag_name(flag))


def deficit_words(deficit: Deficit, translator: Translator) -> str:
    """Return a neurological deficit's course."""
    match deficit:
        case Deficit.NONE:
            return translator.gettext("none", context="deficit")
        case Deficit.STABLE:
            return translator.gettext("stable", context="deficit")
        case Deficit.PROGRESSIVE:
            return translator.gettext("progressive", context="deficit")


def treatment_words(treatment: Treatment, translator: Translator) -> str:
    """Return a treatment's name."""
    return translator.render(treatment_name(treatment))


def measurement_head(name: str, translator: Translator) -> tuple[str, str]:
    """Return header and unit of the column of the measurement ``name``. A ratio has no unit.

    Raises:
        KeyError: there is no such measurement.
    """
    return {
        "height_mean_mm": (translator.gettext("Mean height"), "mm"),
        "height_central_mm": (translator.gettext("Central height"), "mm"),
        "height_anterior_mm": (translator.gettext("Anterior height"), "mm"),
        "height_posterior_mm": (translator.gettext("Posterior height"), "mm"),
        "width_mean_mm": (translator.gettext("AP width"), "mm"),
        "width_mid_mm": (translator.gettext("Mid AP width"), "mm"),
        "width_superior_mm": (translator.gettext("Superior AP width"), "mm"),
        "width_inferior_mm": (translator.gettext("Inferior AP width"), "mm"),
        "height_index": (translator.gettext("Height index"), ""),
        "area_mm2": (translator.gettext("Area"), "mm²"),
        "volume_mm3": (translator.gettext("Volume"), "cm³"),
        "signal_mean": (translator.gettext("Mean signal"), ""),
        "signal_csf_ratio": (translator.gettext("Signal to CSF"), ""),
        "signal_difference": (translator.gettext("Nucleus minus annulus"), ""),
        "ap_diameter_mm": (translator.gettext("Canal AP"), "mm"),
        "ap_diameter_min_mm": (translator.gettext("Least canal AP"), "mm"),
        "area_ratio": (translator.gettext("Area to neighbours"), ""),
        "angle_deg": (translator.gettext("Disc angle"), "°"),
        "slip_mm": (translator.gettext("Slip"), "mm"),
        "slip_percent": (translator.gettext("Slip"), "%"),
        "wedge_deg": (translator.gettext("Wedge"), "°"),
        "anterior_posterior_ratio": (translator.gettext("Front to back"), ""),
        "central_posterior_ratio": (translator.gettext("Middle to back"), ""),
        "posterior_predicted_ratio": (translator.gettext("Back to expected"), ""),
    }[name]


def figure(measurement: Measurement, translator: Translator) -> str:
    """Format the value in the unit of its column: lengths to 0.1 mm, ratios to 0.01, volumes in cm3.

    >>> from spoils.messages import Language, translator_for
    >>> figure(Measurement(value=11374.2, unit="mm3", method="sum over 9 slices"), translator_for(Language.GERMAN))
    '11,4'
    """
    match measurement.unit:
        case "mm":
            return translator.number(measurement.value, 1)
        case "mm2":
            return translator.number(measurement.value)
        case "mm3":
            return translator.number(measurement.value / _MM3_PER_CM3, 1)
        case "1":
            return translator.number(measurement.value, 2)
        case "deg" | "percent":
            return translator.number(round(measurement.value) + 0.0)  # no minus before zero
        case "signal":
            return translator.number(measurement.value, 0 if abs(measurement.value) >= 100 else 1)


def position_words(alignment: Alignment) -> Message:
    """Return how the patient lay when the alignment was measured."""
    match alignment.position:
        case "supine":
            return message("position-supine") if alignment.position_known else message("position-presumed-supine")
        case "prone":
            return message("position-prone")
        case "lateral":
            return message("position-lateral")


def spine_words(alignment: Alignment) -> Message | None:
    """Return lordosis and sacral slope in one sentence; None where neither was measured."""
    lordosis = measurement_of(alignment.measurements, "lordosis_l1_s1_deg")
    slope = measurement_of(alignment.measurements, "sacral_slope_deg")
    position = position_words(alignment)
    if slope is None:
        return None
    if lordosis is None:
        return message("text-sacral-slope", slope=slope.value, position=position)
    return message("text-lordosis", lordosis=lordosis.value, slope=slope.value, position=position)


def percent(probability: float) -> str:
    """Format a probability as a whole percentage that is never 0 or 100, in the same way in all languages.

    >>> percent(0.814), percent(0.9999), percent(0.0001)
    ('81 %', '> 99 %', '< 1 %')
    """
    if probability > 0.995:
        return "> 99 %"
    if probability < 0.005:
        return "< 1 %"
    return f"{100 * probability:.0f} %"


def flag_words(flag: Flag, translator: Translator) -> str:
    """Return the text of a flag. It is English if a result of schema 1.3 or earlier has no message for it."""
    return translator.text(flag.message, flag.wording)


def cohort_words(places: Iterable[NormalValue], translator: Translator) -> str:
    """Return the description of the cohort, without healthy groups.

    Groups that differ only in their size are named once.

    >>> from spoils.messages import message, translator_for
    >>> groups = [message("reference-men", count=count) for count in (159, 171)]
    >>> places = [NormalValue(percentile=50, z=None, group=str(group), group_wording=group) for group in groups]
    >>> cohort_words(places, translator_for())
    '159-171 men with back pain'
    """
    counts: dict[str, list[int]] = {}
    written: dict[str, None] = {}
    for place in places:
        cohort = place.group_wording
        if cohort is not None and isinstance(whole := cohort.values.get("cohort"), Message):
            cohort = whole
        if cohort is not None and isinstance(count := cohort.values.get("count"), int):
            counts.setdefault(cohort.id, []).append(count)
        else:
            written[place.group.split(";")[0]] = None
    cohorts = [translator.render(Message(id_, {"count": _range(numbers)})) for id_, numbers in counts.items()]
    return " / ".join([*cohorts, *written])


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}-{high}"
