"""Assessments of one patient, as a comparison needs them."""

from datetime import UTC, date, datetime

from spoils.anatomy import BODIES, DISCS
from spoils.findings import (
    Assessment,
    CanalFinding,
    Clinical,
    DiscFinding,
    Grade,
    Measurement,
    ModelUsed,
    NrsScore,
    OdiScore,
    Pathway,
    Provenance,
    Quality,
    Recommendation,
    Severity,
    Study,
    VertebraFinding,
)
from spoils.messages import message

ON_SLICE = message("method-slice", slice=7)
MEASURED = {
    "height_mean_mm": (9.0, "mm", ON_SLICE),
    "height_index": (0.4, "1", ON_SLICE),
    "volume_mm3": (12000.0, "mm3", message("method-volume", slices=9)),
    "signal_csf_ratio": (0.3, "1", message("method-slice-csf-own", slice=7, reach=10.0)),
}
CANAL_MM = 14.0
MODEL = ModelUsed(name="segmentation", sha256="ab" * 32)


def measurement(name, value=None, method=None):
    usual, unit, way = MEASURED[name]
    return Measurement.by(method or way, usual if value is None else value, unit)


def disc(level, label="2L", plausible=(), **measured):
    """A graded disc; ``measured`` replaces usual values by numbers or by what could not be measured."""
    found = {
        name: measured[name] if hasattr(measured.get(name), "model_dump") else measurement(name, measured.get(name))
        for name in MEASURED
    }
    return DiscFinding(
        level=level,
        label=label,
        label_probabilities={label: 1.0},
        prediction_set=list(plausible or (label,)),
        pfirrmann=Grade(grade=int(label[0]), probabilities={label[0]: 1.0}),
        severity=Severity(grade=label[1], probabilities={label[1]: 1.0}),
        measurements=found,
    )


def bodies(width_mm=34.0):
    width = Measurement.by(ON_SLICE, width_mm, "mm")
    return [VertebraFinding(level=body, measurements={"width_mid_mm": width}) for body in BODIES]


def canal(value_mm=CANAL_MM):
    found = Measurement.by(ON_SLICE, value_mm, "mm")
    return [CanalFinding(level=level, measurements={"ap_diameter_mm": found}) for level in DISCS]


def advice(pathway=Pathway.CONSERVATIVE):
    return Recommendation(
        pathway=pathway,
        driving_level=DISCS[4],
        driving_class="2L",
        rationale=["The worst disc."],
        alternatives=[],
        policy_version="1",
    )


def clinical(odi=None, nrs=None):
    return Clinical(
        odi=None if odi is None else OdiScore(percent=odi, band="moderate", answered=10),
        nrs=None if nrs is None else NrsScore(score=nrs, band="moderate"),
    )


def study(day, uid, **changes):
    parts = {
        "modality": "MR",
        "series_uid": uid,
        "spacing_mm": (4.0, 0.5, 0.5),
        "slices": 15,
        "mid_slice": 7,
        "source": "DICOM, 1 series",
        "acquired": day,
    }
    return Study(**(parts | changes))


def assessment(number, changed_discs=(), **changes):
    """The assessment of visit ``number``, one a year; ``changed_discs`` replace those of their levels."""
    replaced = {one.level: one for one in changed_discs}
    parts = {
        "created": datetime(2020 + number, 6, 2, 9, tzinfo=UTC),
        "provenance": Provenance(spoils="0.1.0", models=[MODEL], policy_version="1"),
        "study": study(date(2020 + number, 6, 1), f"1.2.{number}"),
        "quality": Quality(usable=True, flags=[]),
        "discs": [replaced.get(level, disc(level)) for level in DISCS],
        "vertebrae": bodies(),
        "canal": canal(),
        "clinical": clinical(odi=30, nrs=5),
        "recommendation": advice(),
    }
    return Assessment(**(parts | changes))
