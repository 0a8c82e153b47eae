"""Codes that documents for other systems carry: LOINC, SNOMED CT, DICOM, UCUM and SPOILS' own.

Codes of structures are in ``spoils.anatomy``. A code of ``99SPOILS`` stands where no public one says it exactly; these
are a public contract and listed in ``docs/dicom.md``. Values have at most 16 characters and meanings at most 64, as
DICOM asks. Check digits of LOINC and SNOMED CT are tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = [
    "ALARM",
    "ALTERNATIVE",
    "BODY_CODES",
    "CANAL_CODES",
    "CERTAINTY_OF_CONTOUR",
    "CERTAINTY_OF_LEVEL",
    "COMMENT",
    "DEFICIT",
    "DISC_CLASS",
    "DISC_CODES",
    "DRIVING_LEVEL",
    "DURATION",
    "EXPLANATION",
    "FAILED_TREATMENT",
    "FINDINGS",
    "FLAG",
    "GENANT",
    "LEVEL_ALIGNMENT_CODES",
    "LUMBAR_MR",
    "LUMBAR_SPINE",
    "MEYERDING",
    "MODEL",
    "NOTICE",
    "NRS",
    "NRS_BACK",
    "NRS_LEG",
    "ODI",
    "ODI_PANEL",
    "ORGAN",
    "PATHWAY",
    "PATHWAY_VALUES",
    "PERCENTILE",
    "PFIRRMANN",
    "PLAUSIBLE_CLASS",
    "POLICY",
    "POPULATION",
    "PROBABILITY",
    "RATIONALE",
    "RECOMMENDATION",
    "RECOMMENDATIONS",
    "RED_FLAG",
    "REFRACTORY",
    "REPORTED",
    "SEVERITY",
    "SEVERITY_VALUES",
    "SIGNS",
    "SLIP_DIRECTION",
    "SLIP_DIRECTIONS",
    "SPINE_ALIGNMENT_CODES",
    "STENOSES",
    "STENOSIS",
    "UNITS",
    "URGENT",
    "VERTEBRAL_SHAPE_CODES",
    "WHAT_IF",
    "YES",
    "Z_SCORE",
    "Code",
    "MeasurementCode",
    "Scheme",
    "disc_class",
    "genant_grade",
    "meyerding_grade",
    "pfirrmann_grade",
]


class Scheme(StrEnum):
    """Coding schemes by the designators of DICOM."""

    SCT = "SCT"
    LOINC = "LN"
    DICOM = "DCM"
    UCUM = "UCUM"
    SPOILS = "99SPOILS"


@dataclass(frozen=True, slots=True)
class Code:
    """One concept: its value in a scheme, and what it means in words."""

    value: str
    scheme: Scheme
    meaning: str


@dataclass(frozen=True, slots=True)
class MeasurementCode:
    """How a measurement is coded: what is measured, and the definition that tells it from all others.

    ``derivation`` says what of many values was taken, ``modifier`` where at the structure. The ``definition`` is ours,
    unique for each kind of structure and measurement.
    """

    name: Code
    definition: Code
    derivation: Code | None = None
    modifier: Code | None = None


def _sct(value: str, meaning: str) -> Code:
    return Code(value, Scheme.SCT, meaning)


def _loinc(value: str, meaning: str) -> Code:
    return Code(value, Scheme.LOINC, meaning)


def _dicom(value: str, meaning: str) -> Code:
    return Code(value, Scheme.DICOM, meaning)


def _ucum(value: str, meaning: str) -> Code:
    return Code(value, Scheme.UCUM, meaning)


def _own(value: str, meaning: str) -> Code:
    return Code(value, Scheme.SPOILS, meaning)


UNITS: Final[dict[str, Code]] = {
    "mm": _ucum("mm", "millimeter"),
    "mm2": _ucum("mm2", "square millimeter"),
    "mm3": _ucum("mm3", "cubic millimeter"),
    "1": _ucum("1", "no units"),
    "signal": _ucum("[arb'U]", "arbitrary unit"),
    "percent": _ucum("%", "Percent"),
    "deg": _ucum("deg", "degree"),
    "score": _ucum("{score}", "score"),
    "weeks": _ucum("wk", "week"),
}
"""UCUM units by the unit of a measurement, and of scores, certainties and durations."""

_HEIGHT = _dicom("121207", "Height")
_WIDTH = _sct("103355008", "Width")
_AREA = _sct("42798000", "Area")
_VOLUME = _sct("118565006", "Volume")
_DIAMETER = _sct("81827009", "Diameter")
_RATIO = _sct("118586006", "Ratio")
_ANGLE = _sct("1483009", "Angle")
_DISTANCE = _dicom("121206", "Distance")
_SIGNAL = _dicom("110805", "T2 Weighted MR Signal Intensity")
_MEAN = _sct("373098007", "Mean")
_MINIMUM = _sct("255605001", "Minimum")
_CENTRAL = _sct("26216008", "Central")
_ANTERIOR = _sct("255549009", "Anterior")
_POSTERIOR = _sct("255551008", "Posterior")
_SUPERIOR = _sct("264217000", "Superior")
_INFERIOR = _sct("261089000", "Inferior")

DISC_CODES: Final[dict[str, MeasurementCode]] = {
    "height_mean_mm": MeasurementCode(
        _HEIGHT, _own("DISC-H-MEAN", "Mean disc height over the central 80 % of its depth"), derivation=_MEAN
    ),
    "height_central_mm": MeasurementCode(
        _HEIGHT, _own("DISC-H-CENTRAL", "Disc height at the middle of its depth"), modifier=_CENTRAL
    ),
    "height_anterior_mm": MeasurementCode(
        _HEIGHT, _own("DISC-H-ANTERIOR", "Disc height at 10 % of its depth"), modifier=_ANTERIOR
    ),
    "height_posterior_mm": MeasurementCode(
        _HEIGHT, _own("DISC-H-POSTER", "Disc height at 90 % of its depth"), modifier=_POSTERIOR
    ),
    "width_mean_mm": MeasurementCode(
        _WIDTH, _own("DISC-W-MEAN", "Mean disc depth over the central 80 % of its height"), derivation=_MEAN
    ),
    "width_mid_mm": MeasurementCode(_WIDTH, _own("DISC-W-MID", "Disc depth at its mid height"), modifier=_CENTRAL),
    "height_index": MeasurementCode(
        _RATIO, _own("DISC-H-INDEX", "Disc height index: disc height over height of its neighbours")
    ),
    "area_mm2": MeasurementCode(_AREA, _own("DISC-AREA", "Area of the disc on one sagittal slice")),
    "volume_mm3": MeasurementCode(_VOLUME, _own("DISC-VOLUME", "Volume of the disc: areas times slice spacing")),
    "signal_mean": MeasurementCode(_SIGNAL, _own("DISC-S-MEAN", "Mean signal of the disc"), derivation=_MEAN),
    "signal_csf_ratio": MeasurementCode(_RATIO, _own("DISC-S-CSF", "Mean signal of the disc over that of CSF")),
    "signal_difference": MeasurementCode(
        _SIGNAL, _own("DISC-S-DIFF", "Mean signal of the nucleus minus that of the annulus")
    ),
}
"""Codes of ``findings.DISC_MEASUREMENTS``."""

BODY_CODES: Final[dict[str, MeasurementCode]] = {
    "height_anterior_mm": MeasurementCode(
        _HEIGHT, _own("BODY-H-ANTERIOR", "Height of the vertebral body at its front"), modifier=_ANTERIOR
    ),
    "height_central_mm": MeasurementCode(
        _HEIGHT, _own("BODY-H-CENTRAL", "Height of the vertebral body at its middle"), modifier=_CENTRAL
    ),
    "height_posterior_mm": MeasurementCode(
        _HEIGHT, _own("BODY-H-POSTER", "Height of the vertebral body at its back"), modifier=_POSTERIOR
    ),
    "width_superior_mm": MeasurementCode(
        _WIDTH, _own("BODY-W-SUPERIOR", "Depth of the vertebral body at its upper endplate"), modifier=_SUPERIOR
    ),
    "width_mid_mm": MeasurementCode(
        _WIDTH, _own("BODY-W-MID", "Depth of the vertebral body at its mid height"), modifier=_CENTRAL
    ),
    "width_inferior_mm": MeasurementCode(
        _WIDTH, _own("BODY-W-INFERIOR", "Depth of the vertebral body at its lower endplate"), modifier=_INFERIOR
    ),
}
"""Codes of ``findings.BODY_MEASUREMENTS``."""

CANAL_CODES: Final[dict[str, MeasurementCode]] = {
    "ap_diameter_mm": MeasurementCode(
        _DIAMETER, _own("CANAL-AP", "Shortest chord across the canal at the disc's mid height"), derivation=_MINIMUM
    ),
    "ap_diameter_min_mm": MeasurementCode(
        _DIAMETER, _own("CANAL-AP-LEAST", "Least AP diameter of the canal over the central slices"), derivation=_MINIMUM
    ),
    "area_mm2": MeasurementCode(_AREA, _own("CANAL-AREA", "Area of the canal at the disc's mid height, over slices")),
    "area_ratio": MeasurementCode(
        _RATIO, _own("CANAL-AREA-RATIO", "Area of the canal over the mean of its neighbours'")
    ),
}
"""Codes of ``findings.CANAL_MEASUREMENTS`` and ``findings.STENOSIS_MEASUREMENTS``."""

STENOSIS: Final = _own("STENOSIS", "Stenosis of the canal by its least AP diameter")
STENOSES: Final[dict[str, Code]] = {
    "none": _own("STENOSIS-NONE", "No stenosis by its least AP diameter"),
    "relative": _own("STENOSIS-REL", "Relative stenosis"),
    "absolute": _own("STENOSIS-ABS", "Absolute stenosis"),
}

SPINE_ALIGNMENT_CODES: Final[dict[str, MeasurementCode]] = {
    "lordosis_l1_s1_deg": MeasurementCode(
        _ANGLE, _own("LORDOSIS-L1-S1", "Angle between the upper endplates of L1 and S1, lying")
    ),
    "sacral_slope_deg": MeasurementCode(
        _ANGLE, _own("SACRAL-SLOPE", "Upper endplate of S1 against the image's horizontal, lying")
    ),
}
"""Codes of ``findings.SPINE_ALIGNMENT_MEASUREMENTS``."""

LEVEL_ALIGNMENT_CODES: Final[dict[str, MeasurementCode]] = {
    "angle_deg": MeasurementCode(_ANGLE, _own("LEVEL-ANGLE", "Angle between the endplates that face the disc")),
    "slip_mm": MeasurementCode(_DISTANCE, _own("LEVEL-SLIP", "Slip of the upper body, forward above zero")),
    "slip_percent": MeasurementCode(
        _RATIO, _own("LEVEL-SLIP-SHARE", "Slip of the upper body in percent of the lower endplate")
    ),
}
"""Codes of ``findings.LEVEL_ALIGNMENT_MEASUREMENTS``."""

VERTEBRAL_SHAPE_CODES: Final[dict[str, MeasurementCode]] = {
    "wedge_deg": MeasurementCode(_ANGLE, _own("BODY-WEDGE", "Angle between the endplates of the vertebral body")),
    "anterior_posterior_ratio": MeasurementCode(
        _RATIO, _own("BODY-R-FRONT", "Height of the body at its front over that at its back")
    ),
    "central_posterior_ratio": MeasurementCode(
        _RATIO, _own("BODY-R-MIDDLE", "Height of the body at its middle over that at its back")
    ),
    "posterior_predicted_ratio": MeasurementCode(
        _RATIO, _own("BODY-R-BACK", "Height of the body at its back over what is expected")
    ),
    "wedge_loss_percent": MeasurementCode(
        _RATIO, _own("BODY-LOSS-FRONT", "Height that the body has lost at its front")
    ),
    "biconcave_loss_percent": MeasurementCode(
        _RATIO, _own("BODY-LOSS-MIDDLE", "Height that the body has lost in its middle")
    ),
    "crush_loss_percent": MeasurementCode(_RATIO, _own("BODY-LOSS-ALL", "Height that the whole body has lost")),
}
"""Codes of ``findings.VERTEBRAL_SHAPE_MEASUREMENTS``."""

MEYERDING: Final = _own("MEYERDING", "Meyerding grade of the slip")
SLIP_DIRECTION: Final = _own("SLIP-DIRECTION", "Direction of the slip")
SLIP_DIRECTIONS: Final[dict[str, Code]] = {"anterior": _ANTERIOR, "posterior": _POSTERIOR}
GENANT: Final = _own("GENANT", "Genant grade of the loss of height")

ORGAN: Final = _sct("91723000", "Anatomical Structure")
LUMBAR_SPINE: Final = _sct("122496007", "Lumbar spine")
LUMBAR_MR: Final = _loinc("30679-5", "MR Lumbar spine WO contrast")

REPORTED: Final = _sct("418799008", "Finding reported by patient/informant")
ODI_PANEL: Final = _loinc("97908-8", "Oswestry disability index panel ODI")
ODI: Final = _loinc("97909-6", "Oswestry disability index score ODI")
NRS: Final = _loinc("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
NRS_BACK: Final = _own("NRS-BACK", "Pain severity of the back, 0-10")
NRS_LEG: Final = _own("NRS-LEG", "Pain severity of the leg, 0-10")
RED_FLAG: Final = _own("RED-FLAG", "Red flag reported")
DEFICIT: Final = _own("DEFICIT", "Neurological deficit of the legs")
DURATION: Final = _own("DURATION", "Duration of the complaint")
FAILED_TREATMENT: Final = _own("FAILED-TREATM", "Treatment after which the complaint persists")
REFRACTORY: Final = _own("REFRACTORY", "The complaint persists after what is tried first")
YES: Final = _sct("373066001", "Yes")

PFIRRMANN: Final = _own("PFIRRMANN", "Pfirrmann grade of disc degeneration")
SEVERITY: Final = _own("SEVERITY", "Severity of spondylosis at the disc")
DISC_CLASS: Final = _own("DISC-CLASS", "Class of the disc: Pfirrmann grade and severity")
PLAUSIBLE_CLASS: Final = _own("PLAUSIBLE-CLASS", "Class of the disc that can't be ruled out")
SEVERITY_VALUES: Final[dict[str, Code]] = {
    "L": _sct("62482003", "Low"),
    "M": _sct("6736007", "Moderate"),
    "H": _sct("75540009", "High"),
}

PROBABILITY: Final = _dicom("122157", "Probability")
PERCENTILE: Final = _dicom("121415", "Percentile Ranking of measurement")
Z_SCORE: Final = _dicom("121416", "Z-Score of measurement")
POPULATION: Final = _dicom("121405", "Population description")
COMMENT: Final = _dicom("121106", "Comment")
FINDINGS: Final = _dicom("121070", "Findings")
NOTICE: Final = _own("NOTICE", "What the result must not be used for")
MODEL: Final = _own("MODEL", "Model that took part, with the SHA-256 of its weights")
CERTAINTY_OF_CONTOUR: Final = _own("CERTAIN-OUTLINE", "Probability of the structure's kind within its outline")
CERTAINTY_OF_LEVEL: Final = _own("CERTAIN-LEVEL", "Probability that the structure is of this level")
ALARM: Final = _own("ALARM", "Finding that must not be overlooked")
FLAG: Final = _own("FLAG", "What the reader must know")
EXPLANATION: Final = _own("EXPLANATION", "What the grade rests on")

SIGNS: Final[dict[str, Code]] = {
    "narrowing": _own("SIGN-NARROWING", "Narrowing of the disc"),
    "bulging": _own("SIGN-BULGING", "Bulging of the disc"),
    "herniation": _own("SIGN-HERNIATION", "Herniation of the disc"),
    "endplate": _own("SIGN-ENDPLATE", "Endplate change"),
    "modic": _own("SIGN-MODIC", "Modic change"),
    "spondylolisthesis": _own("SIGN-LISTHESIS", "Spondylolisthesis"),
    "collapsed_body": _own("SIGN-COLLAPSE", "Collapsed vertebral body beside the disc"),
}
"""Codes of the keys of ``DiscFinding.findings``."""

RECOMMENDATIONS: Final = _dicom("121074", "Recommendations")
RECOMMENDATION: Final = _dicom("121075", "Recommendation")
URGENT: Final = _own("URGENT", "Why the suggestion is urgent")
RATIONALE: Final = _own("RATIONALE", "Reason for the suggestion")
ALTERNATIVE: Final = _own("ALTERNATIVE", "Alternative to the suggestion")
WHAT_IF: Final = _own("WHAT-IF", "Change that would lead to another pathway")
PATHWAY: Final = _own("PATHWAY", "Suggested pathway")
POLICY: Final = _own("POLICY", "Policy that the suggestion follows")
DRIVING_LEVEL: Final = _own("DRIVING-LEVEL", "Disc level that drives the suggestion")
PATHWAY_VALUES: Final[dict[str, Code]] = {
    "surgical-consultation": _own("SURGICAL", "Surgical consultation"),
    "interventional-pain-management": _own("INTERVENTIONAL", "Interventional pain management"),
    "conservative": _own("CONSERVATIVE", "Conservative treatment"),
    "clinical-review": _own("CLINICAL-REVIEW", "Clinical review"),
}
"""Codes of ``findings.Pathway`` by its values."""


def meyerding_grade(grade: int) -> Code:
    """Return the code of a Meyerding grade, 1 to 5.

    >>> meyerding_grade(2).meaning
    'Meyerding grade 2'
    """
    return _own(f"MEYERDING-{grade}", f"Meyerding grade {grade}")


def genant_grade(grade: int, shape: str | None) -> Code:
    """Return the code of a Genant grade, 0 to 3, and the shape of the body.

    >>> genant_grade(2, "wedge").meaning
    'Genant grade 2, wedge'
    """
    return _own(f"GENANT-{grade}{shape[0].upper() if shape else ''}", f"Genant grade {grade}, {shape or 'whole'}")


def pfirrmann_grade(grade: int) -> Code:
    """Return the code of a Pfirrmann grade, 1 to 5.

    >>> pfirrmann_grade(4).value
    'PFIRRMANN-4'
    """
    return _own(f"PFIRRMANN-{grade}", f"Pfirrmann grade {grade}")


def disc_class(label: str) -> Code:
    """Return the code of one of the eleven classes.

    >>> disc_class("3M").value
    'CLASS-3M'
    """
    return _own(f"CLASS-{label}", f"Disc class {label}")
