"""Findings in words and figures for people: names, units and sensible decimals."""

from __future__ import annotations

from spoils.findings import Measurement, Pathway

__all__ = ["CONTRIBUTION_WORDS", "MEASUREMENT_HEADS", "PATHWAY_WORDS", "SEVERITY_WORDS", "figure", "percent"]

PATHWAY_WORDS: dict[Pathway, str] = {
    Pathway.SURGICAL_CONSULTATION: "Surgical consultation",
    Pathway.INTERVENTIONAL_PAIN_MANAGEMENT: "Interventional pain management",
    Pathway.CONSERVATIVE: "Conservative treatment",
    Pathway.CLINICAL_REVIEW: "Clinical review",
}

SEVERITY_WORDS: dict[str, str] = {"L": "low", "M": "moderate", "H": "high"}

CONTRIBUTION_WORDS: dict[str, str] = {
    "signal": "signal",
    "height": "height",
    "shape": "shape",
    "texture": "texture",
    "bone": "bone beside it",
    "neighbours": "neighbours",
    "canal": "canal",
}
"""Each kind of feature that speaks for or against a grade, in the order in which it is shown."""

MEASUREMENT_HEADS: dict[str, tuple[str, str]] = {
    "height_mean_mm": ("Mean height", "mm"),
    "height_central_mm": ("Central height", "mm"),
    "height_anterior_mm": ("Anterior height", "mm"),
    "height_posterior_mm": ("Posterior height", "mm"),
    "width_mean_mm": ("AP width", "mm"),
    "width_mid_mm": ("Mid AP width", "mm"),
    "width_superior_mm": ("Superior AP width", "mm"),
    "width_inferior_mm": ("Inferior AP width", "mm"),
    "height_index": ("Height index", ""),
    "area_mm2": ("Area", "mm²"),
    "volume_mm3": ("Volume", "cm³"),
    "signal_mean": ("Mean signal", ""),
    "signal_csf_ratio": ("Signal to CSF", ""),
    "signal_difference": ("Nucleus minus annulus", ""),
    "ap_diameter_mm": ("Canal AP", "mm"),
}
"""Head and unit of the column that shows each measurement."""

_MM3_PER_CM3 = 1000.0


def figure(measurement: Measurement) -> str:
    """Write the value in the unit of its column: lengths to 0.1 mm, ratios to 0.01, volumes in cm3.

    >>> figure(Measurement(value=11374.2, unit="mm3", method="sum over 9 slices"))
    '11.4'
    >>> figure(Measurement(value=0.3149, unit="1", method="mid-slice"))
    '0.31'
    """
    match measurement.unit:
        case "mm":
            return f"{measurement.value:.1f}"
        case "mm2":
            return f"{measurement.value:.0f}"
        case "mm3":
            return f"{measurement.value / _MM3_PER_CM3:.1f}"
        case "1":
            return f"{measurement.value:.2f}"
        case "signal":
            return f"{measurement.value:.0f}" if abs(measurement.value) >= 100 else f"{measurement.value:.3g}"


def percent(probability: float) -> str:
    """Write a probability as a whole percentage that never claims certainty.

    >>> percent(0.814), percent(0.9999), percent(0.0001)
    ('81 %', '> 99 %', '< 1 %')
    """
    if probability > 0.995:
        return "> 99 %"
    if probability < 0.005:
        return "< 1 %"
    return f"{100 * probability:.0f} %"
