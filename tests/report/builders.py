"""A realistic assessment, and a simple spine to draw it on."""

import json
from datetime import UTC, date, datetime
from io import BytesIO

import numpy as np
from PIL import Image
from skimage.draw import polygon2mask
from skimage.io import imread

from spoils.anatomy import BODIES, DISCS, GRADE_CLASSES, structure
from spoils.findings import (
    BODY_MEASUREMENTS,
    LEVEL_ALIGNMENT_MEASUREMENTS,
    VERTEBRAL_SHAPE_MEASUREMENTS,
    Alignment,
    Assessment,
    CanalFinding,
    Clinical,
    Counterfactual,
    Deficit,
    DiscFinding,
    Flag,
    Grade,
    Measurement,
    ModelUsed,
    NormalValue,
    NotMeasured,
    NrsScore,
    OdiScore,
    Pathway,
    Person,
    Provenance,
    Quality,
    Recommendation,
    RedFlag,
    Severity,
    Study,
    Treatment,
    VertebraFinding,
    alarms_of,
    level_alignment,
    vertebral_shape,
)
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message
from spoils.report import DiscPictures, ReportPictures
from spoils.spatial import Grid

LABELS = dict(zip(DISCS, ("1L", "2L", "3L", "3M", "4M", "5H"), strict=True))
CONTRIBUTIONS = {
    "signal": 1.24,
    "height": 0.27,
    "shape": -0.33,
    "texture": 0.71,
    "bone": 0.12,
    "neighbours": 4.1,
    "canal": -0.03,
}
FINDINGS = [
    {"narrowing": 0.05, "bulging": 0.1, "herniation": 0.01, "endplate": 0.1, "modic": 0.05, "spondylolisthesis": 0.01},
    {"narrowing": 0.05, "bulging": 0.2, "herniation": 0.02, "endplate": 0.1, "modic": 0.05, "spondylolisthesis": 0.01},
    {"narrowing": 0.1, "bulging": 0.3, "herniation": 0.05, "endplate": 0.2, "modic": 0.1, "spondylolisthesis": 0.01},
    {"narrowing": 0.4, "bulging": 0.6, "herniation": 0.1, "endplate": 0.3, "modic": 0.2, "spondylolisthesis": 0.02},
    {"narrowing": 0.7, "bulging": 0.8, "herniation": 0.3, "endplate": 0.4, "modic": 0.4, "spondylolisthesis": 0.1},
    {"narrowing": 0.97, "bulging": 0.9, "herniation": 0.72, "endplate": 0.8, "modic": 0.66, "spondylolisthesis": 0.6},
]
REASONS = ["narrowing 0.93 (1 point)", "endplate change 0.61 (1 point)"]
POLICY_VERSION = "1.0.0"
NO_SLICES = NotMeasured.because(message("volume-of-one-slice"))
NO_NEIGHBOUR = NotMeasured(not_measured="the border of the image cuts L1")


PERSON = Person(name="Muster, Erika", patient_id="4711-22", born=date(1968, 3, 4), accession="A-9")


def length(value):
    return Measurement(value=value, unit="mm", method="mid-slice")


def ratio(value):
    return Measurement(value=value, unit="1", method="mid-slice")


def signal(value):
    return Measurement(value=value, unit="signal", method="mid-slice")


def disc_measurements(level, place):
    grade = int(LABELS[level][0])
    height = (6.5, 8.4, 9.6, 10.7, 9.1, 5.2)[place]
    return {
        "height_mean_mm": length(height),
        "height_central_mm": length(height * 1.1),
        "height_anterior_mm": length(height * 1.2),
        "height_posterior_mm": length(height * 0.7),
        "width_mean_mm": length(30.0 + place),
        "width_mid_mm": length(31.0 + place),
        "height_index": NO_NEIGHBOUR if place == 0 else ratio(height / 25),
        "area_mm2": Measurement(value=height * 31, unit="mm2", method="mid-slice"),
        "volume_mm3": NO_SLICES
        if place == 1
        else Measurement(value=height * 1100, unit="mm3", method="sum over 9 slices"),
        "signal_mean": signal(600.0 / grade),
        "signal_csf_ratio": ratio((0.80, 0.58, 0.36, 0.31, 0.14, 0.09)[place]),
        "signal_difference": signal(240.0 / grade),
    }


def class_probabilities(label, sure):
    rest = (1 - sure) / (len(GRADE_CLASSES) - 1)
    return {name: sure if name == label else rest for name in GRADE_CLASSES}


def summed(probabilities, keys, position):
    return {key: sum(p for name, p in probabilities.items() if name[position] == key) for key in keys}


def graded_disc(level, place, flags=()):
    label = LABELS[level]
    probabilities = class_probabilities(label, 0.55 + 0.07 * place)
    return DiscFinding(
        level=level,
        label=label,
        label_probabilities=probabilities,
        prediction_set=sorted({label, GRADE_CLASSES[max(0, GRADE_CLASSES.index(label) - 1)]}),
        pfirrmann=Grade(grade=int(label[0]), probabilities=summed(probabilities, "12345", 0)),
        severity=Severity(grade=label[1], probabilities=summed(probabilities, "LMH", 1), reasons=REASONS),
        explanation=f"signal 0.2{place} of CSF: typical of grade {label[0]}.",
        contributions=CONTRIBUTIONS,
        findings=FINDINGS[place],
        measurements=disc_measurements(level, place),
        flags=list(flags),
    )


def ungraded_disc(level, message="The disc lies partly outside the image."):
    return DiscFinding(level=level, flags=[Flag(code="not-graded", message=message)])


def vertebra(level, place):
    values = (26.0, 22.5, 24.5, 34.0 + place / 2, 32.0, 34.5)
    measured = {name: length(value) for name, value in zip(BODY_MEASUREMENTS, values, strict=True)}
    if place == len(BODIES) - 1:
        measured["width_inferior_mm"] = NotMeasured(not_measured="The sacrum has no lower endplate.")
    return VertebraFinding(level=level, measurements=measured)


def recommendation():
    return Recommendation(
        pathway=Pathway.SURGICAL_CONSULTATION,
        driving_level=DISCS[-1],
        driving_class=LABELS[DISCS[-1]],
        rationale=[
            "L5-S1 decides: class 5H (Pfirrmann grade 5, high severity) is the worst of 6 graded discs.",
            "ODI 44 % (severe); NRS 7 of 10 (severe).",
            "The complaint counts as high: at least one score is high, and none speaks against it.",
            "A surgical class with a high complaint. (Rule S1; Kumar, Singh, Balabantaray. JMIR AI 2026;5:e83322.)",
        ],
        alternatives=["Red flags such as cauda equina signs stop every pathway: refer at once."],
        policy_version=POLICY_VERSION,
    )


def assessment(**changes):
    """Six graded discs, two quantities that could not be measured, one flag of each kind, scores and a pathway."""
    narrow = Flag(code="relative-stenosis", message="Canal AP diameter is 10.6 mm; 10 to 12 mm is relative stenosis.")
    parts = {
        "created": datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
        "provenance": Provenance(
            spoils="0.1.0",
            models=[
                ModelUsed(name="segmentation-deeplab", sha256="4f" * 32),
                ModelUsed(name="grading-image", sha256="a1" * 32),
            ],
            policy_version=POLICY_VERSION,
        ),
        "study": Study(
            modality="MR",
            series_uid="1.2.826.0.1.3680043.8.498.1",
            spacing_mm=(4.4, 0.45, 0.45),
            slices=15,
            mid_slice=7,
            source="DICOM series; the only sagittal T2 of six series (TE 100 ms, TR 3500 ms)",
        ),
        "quality": Quality(
            usable=True,
            flags=[Flag(code="low-confidence", message="The contours of T12-L1 are uncertain; check the overlay.")],
        ),
        "discs": [graded_disc(level, place, [narrow] if place == 4 else []) for place, level in enumerate(DISCS)],
        "vertebrae": [vertebra(level, place) for place, level in enumerate(BODIES)],
        "canal": [
            CanalFinding(level=level, measurements={"ap_diameter_mm": length(value)})
            for level, value in zip(DISCS, (16.2, 16.6, 15.5, 14.9, 10.6, 15.8), strict=True)
        ],
        "clinical": Clinical(
            odi=OdiScore(percent=44, band="severe", answered=10), nrs=NrsScore(score=7, band="severe")
        ),
        "recommendation": recommendation(),
    }
    parts |= changes
    alarms = alarms_of(parts["canal"], parts["clinical"], alignment=parts.get("alignment"))
    return Assessment(**({"alarms": alarms} | parts))


def degrees(value):
    return Measurement(value=value, unit="deg", method="slice 7")


def share(value):
    return Measurement(value=value, unit="percent", method="slice 7")


def alignment(slip_percent=2.0, wedge_loss=4.0):
    """Return an alignment whose L4 has slipped and whose L1 has lost height by these percentages."""
    no_body = NotMeasured.because(message("no-body-above", level=DISCS[0]))
    levels = [level_alignment(DISCS[0], dict.fromkeys(LEVEL_ALIGNMENT_MEASUREMENTS, no_body))]
    for level in DISCS[1:]:
        slip = slip_percent if level == "L4-L5" else -1.0
        found = {"angle_deg": degrees(8.2), "slip_mm": length(0.34 * slip), "slip_percent": share(slip)}
        levels.append(level_alignment(level, found))
    bodies = []
    for level in BODIES[:-1]:
        ratios = dict.fromkeys(VERTEBRAL_SHAPE_MEASUREMENTS[1:4], ratio(0.97))
        losses = {
            "wedge_loss_percent": share(wedge_loss if level == "L1" else 2.0),
            "biconcave_loss_percent": share(1.0),
            "crush_loss_percent": share(-2.0),
        }
        bodies.append(vertebral_shape(level, {"wedge_deg": degrees(1.4), **ratios, **losses}))
    spine = {"lordosis_l1_s1_deg": degrees(44.6), "sacral_slope_deg": degrees(37.4)}
    return Alignment(measurements=spine, levels=levels, vertebrae=bodies)


def urgent_recommendation():
    """The longest advice to expect: urgent, not settled, and with many things that would change it."""
    change = Counterfactual(
        kind="score", change="If the ODI were 39 % instead of 44 %, so no longer severe", pathway="conservative"
    )
    plain = recommendation()
    return plain.model_copy(
        update={
            "pathway": Pathway.CLINICAL_REVIEW,
            "urgent": True,
            "settled": False,
            "rule": "red-flag",
            "rationale": [*plain.rationale, *plain.rationale],
            "counterfactuals": [change] * 8,
        }
    )


def full_assessment(**changes):
    """Everything that a report can show at once, in words as long as they come."""
    plain = assessment()
    normal = NormalValue(percentile=12.4, z=-1.42, group="219 patients with back pain")
    flag = Flag(code="implausible-size", message="The disc covers 1234 mm2, which is implausible; look at its contour.")
    discs = [
        disc.model_copy(update={"normal": {"height_index": normal, "signal_csf_ratio": normal}, "flags": [flag]})
        for disc in plain.discs
    ]
    canal = [finding.model_copy(update={"normal": {"ap_diameter_mm": normal}}) for finding in plain.canal]
    clinical = Clinical(
        odi=plain.clinical.odi,
        nrs=plain.clinical.nrs,
        nrs_back=NrsScore(score=7, band="severe"),
        nrs_leg=NrsScore(score=3.5, band="mild"),
        red_flags=list(RedFlag),
        deficit=Deficit.PROGRESSIVE,
        duration_weeks=26,
        failed=list(Treatment),
    )
    study = plain.study.model_copy(update={"acquired": date(2026, 3, 1), "sex": "F", "age_years": 58})
    parts = {
        "discs": discs,
        "canal": canal,
        "alignment": alignment(),
        "clinical": clinical,
        "study": study,
        "quality": Quality(usable=True, flags=[flag] * 4),
        "recommendation": urgent_recommendation(),
    }
    parts |= changes
    alarms = alarms_of(parts["canal"], parts["clinical"], alignment=parts["alignment"])
    return plain.model_copy(update={"alarms": alarms} | parts)


def unusable_assessment(message="Only two lumbar bodies were found."):
    return assessment(
        quality=Quality(usable=False, flags=[Flag(code="too-few-structures", message=message)]),
        discs=[],
        vertebrae=[],
        canal=[],
        recommendation=None,
    )


def spine(row_mm=1.0, column_mm=1.0, slices=3):
    """Return a series and label map of boxes: discs and bodies stacked downward, with a canal behind them."""
    grid = Grid.from_axes((slices, 240, 160), (4.0, row_mm, column_mm))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[:, 5:-20, 96:110] = structure("canal").label
    top = 12
    for disc, body in zip(DISCS, BODIES, strict=True):
        labels[:, top : top + 9, 58:92] = structure(disc).label
        labels[:, top + 10 : top + 33, 60:90] = structure(body).label
        top += 34
    signal_of = np.full(14, 60.0)
    signal_of[1:7], signal_of[7:13], signal_of[13] = 120.0, 90.0, 240.0
    pixels = signal_of[labels] + np.random.default_rng(0).normal(0, 5, labels.shape)
    return SagittalSeries(pixels, grid), LabelMap(labels, grid)


def png(width=40, height=25, grey=128):
    """Return a plain picture."""
    target = BytesIO()
    Image.new("RGB", (width, height), (grey,) * 3).save(target, "PNG")
    return target.getvalue()


def pictures():
    """Return pictures of every kind, the overlay with the usual aspect."""
    discs = dict.fromkeys(DISCS, DiscPictures(png(), png()))
    return ReportPictures(png(64, 100), png(96, 100), discs, png(85, 60))


def real_slice(folder, name, pixel_mm):
    """Return one annotated slice of the real data as a series and its label map, from the LabelMe polygons."""
    pixels = imread(folder / f"{name}.png").astype(np.float32)
    shapes = json.loads((folder / f"{name}.json").read_text())["shapes"]
    labels = np.zeros(pixels.shape, dtype=np.uint8)
    for shape in sorted(shapes, key=lambda shape: shape["label"] != "canal"):
        corners = np.array(shape["points"])[:, ::-1]
        labels[polygon2mask(pixels.shape, corners)] = structure(shape["label"]).label
    grid = Grid.from_axes((1, *pixels.shape), (4.0, pixel_mm, pixel_mm))
    return SagittalSeries(pixels[None], grid), LabelMap(labels[None], grid)
