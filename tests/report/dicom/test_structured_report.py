"""The structured report says what ``assessment.json`` says, number by number and word by word."""

import json

import highdicom as hd
import pytest

from spoils import codes
from spoils.anatomy import CANAL, DISC_FINDING_SITES, DISCS, structure
from spoils.findings import RESEARCH_USE, Confidence, Person, alarms_of
from spoils.report.dicom import dicom_objects
from spoils.report.dicom.instance import tracking_uid

from ..builders import alignment, assessment, full_assessment, ungraded_disc, unusable_assessment
from .results import (
    children,
    code_of,
    groups_by_tracking,
    numbers,
    only,
    phantom_result,
    section,
    small_assessment,
    texts,
    value_of,
)

UCUM = {"mm": "mm", "mm2": "mm2", "mm3": "mm3", "1": "1", "signal": "[arb'U]", "deg": "deg", "percent": "%"}
METHOD, COMMENT, SITE, MODIFIER = "370129005", "121106", "363698007", "106233006"
PERCENTILE, Z_SCORE, POPULATION = "121415", "121416", "121405"


def confident(disc):
    findings = dict.fromkeys(codes.SIGNS, 0.25)
    return disc.model_copy(update={"confidence": Confidence(outline=0.93, level=1 / 3), "findings": findings})


FULL = full_assessment()
POLICY = {"policy_name": "Policy of a site", "policy_sha256": "ab" * 32}
RICH = FULL.model_copy(
    update={
        "discs": [confident(disc) for disc in FULL.discs],
        "clinical": FULL.clinical.model_copy(update={"refractory": True}),
        "provenance": FULL.provenance.model_copy(update=POLICY),
    }
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the objects of a rich assessment, read back from files, and the JSON of the assessment."""
    folder = tmp_path_factory.mktemp("made")
    content, study = phantom_result(folder / "study", assessment=RICH)
    objects = dicom_objects(content, study.source)
    for name, dataset in objects.items():
        dataset.save_as(folder / name, enforce_file_format=True)
    return hd.sr.srread(folder / "sr.dcm"), json.loads(RICH.model_dump_json()), objects, study


@pytest.fixture(scope="module")
def groups(made):
    return groups_by_tracking(made[0])


def findings_of(document):
    discs = [(disc["level"], disc, codes.DISC_CODES) for disc in document["discs"]]
    bodies = [(body["level"], body, codes.BODY_CODES) for body in document["vertebrae"]]
    canals = [(f"{CANAL} {canal['level']}", canal, codes.CANAL_CODES) for canal in document["canal"]]
    alignment = document["alignment"]
    levels = [(f"alignment {one['level']}", one, codes.LEVEL_ALIGNMENT_CODES) for one in alignment["levels"]]
    shapes = [(f"shape {one['level']}", one, codes.VERTEBRAL_SHAPE_CODES) for one in alignment["vertebrae"]]
    spine = ("alignment", alignment, codes.SPINE_ALIGNMENT_CODES)
    return [*discs, *bodies, *canals, spine, *levels, *shapes]


def by_definition(group):
    return {
        code_of(only(children(item, METHOD))): item for item in children(group, kind="NUM") if children(item, METHOD)
    }


def test_every_measurement_is_there_with_its_unit_and_method(made, groups):
    compared = 0
    for tracked, finding, coded in findings_of(made[1]):
        items = by_definition(groups[tracked])
        for name, quantity in finding["measurements"].items():
            definition = coded[name].definition.value
            if "not_measured" in quantity:
                assert definition not in items
                assert texts(groups[tracked], definition) == [f"Not measured: {quantity['not_measured']}"]
            else:
                item = items.pop(definition)
                assert value_of(item) == (quantity["value"], UCUM[quantity["unit"]])
                assert texts(item, COMMENT) == [quantity["method"]]
                assert item.ConceptNameCodeSequence[0].CodeValue == coded[name].name.value
                compared += 1
        assert items == {}, "nothing is there that was not found"
    assert compared > 100


def test_where_and_how_a_measurement_was_taken_is_coded(groups):
    items = by_definition(groups[DISCS[4]])
    front, mean = items["DISC-H-ANTERIOR"], items["DISC-H-MEAN"]
    site = only(children(front, SITE))
    assert code_of(site) == DISC_FINDING_SITES[DISCS[4]]
    assert code_of(only(children(site, MODIFIER))) == "255549009"
    assert code_of(only(children(mean, "121401"))) == "373098007"


def test_normal_values_stand_below_their_measurement(made, groups):
    placed = 0
    for tracked, finding, coded in findings_of(made[1]):
        items = by_definition(groups[tracked])
        for name, item in ((name, items.get(coded[name].definition.value)) for name in finding["measurements"]):
            normal = finding["normal"].get(name)
            if item is not None and normal is None:
                assert children(item, PERCENTILE) == []
            elif item is not None:
                assert numbers(item, PERCENTILE) == [(normal["percentile"], "%")]
                assert numbers(item, Z_SCORE) == [(normal["z"], "1")]
                assert texts(item, POPULATION) == [normal["group"]]
                placed += 1
    assert placed == 17


def shares(item, name):
    """Return the probability of every code that ``name`` may have, below a graded item."""
    return {code_of(only(children(share, name))): value_of(share)[0] for share in children(item, "122157", "NUM")}


def test_grades_are_there_with_all_their_probabilities(made, groups):
    for disc in made[1]["discs"]:
        group = groups[disc["level"]]
        label, steps, severity = (only(children(group, name)) for name in ("DISC-CLASS", "PFIRRMANN", "SEVERITY"))
        assert code_of(label) == f"CLASS-{disc['label']}"
        assert code_of(steps) == f"PFIRRMANN-{disc['pfirrmann']['grade']}"
        assert code_of(severity) == codes.SEVERITY_VALUES[disc["severity"]["grade"]].value
        assert shares(label, "DISC-CLASS") == {f"CLASS-{k}": v for k, v in disc["label_probabilities"].items()}
        assert shares(steps, "PFIRRMANN") == {
            f"PFIRRMANN-{k}": v for k, v in disc["pfirrmann"]["probabilities"].items()
        }
        assert shares(severity, "SEVERITY") == {
            codes.SEVERITY_VALUES[k].value: v for k, v in disc["severity"]["probabilities"].items()
        }
        assert [code_of(item) for item in children(group, "PLAUSIBLE-CLASS")] == [
            f"CLASS-{name}" for name in disc["prediction_set"]
        ]
        assert texts(label, "EXPLANATION") == [disc["explanation"]]
        assert texts(severity, "EXPLANATION") == disc["severity"]["reasons"]
        assert numbers(severity, "SIGN-MODIC") == [(0.25, "1")]
        assert numbers(group, "CERTAIN-OUTLINE") == [(0.93, "1")]
        assert numbers(group, "CERTAIN-LEVEL") == [(1 / 3, "1")]
        assert texts(group, "FLAG") == [f"{flag['code']}: {flag['message']}" for flag in disc["flags"]]


def test_groups_point_at_their_segment_and_its_images(made, groups):
    report, document, objects, study = made
    uids = {image.SOPInstanceUID for image in study.headers}
    for tracked, finding, _ in findings_of(document):
        if tracked.startswith(("alignment", "shape")):
            assert not children(groups[tracked], "121191")
            continue
        name = CANAL if tracked.startswith(CANAL) else finding["level"]
        segment = only(children(groups[tracked], "121191")).ReferencedSOPSequence[0]
        assert segment.ReferencedSOPInstanceUID == objects["seg.dcm"].SOPInstanceUID
        assert segment.ReferencedSegmentNumber == structure(name).label
        images = {
            image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for image in children(groups[tracked], "121233")
        }
        assert images
        assert images <= uids
        tracking = only(children(groups[tracked], "112040"))
        assert tracking_uid(study.headers[0].SeriesInstanceUID, tracked) == tracking.UID
    evidence = {uid for *_, uid in ((*rest, uid) for *rest, uid, _ in report.get_evidence())}
    assert evidence == uids | {objects["seg.dcm"].SOPInstanceUID}


def test_the_suggestion_and_what_the_patient_reports_are_there(made):
    report, document, _, _ = made
    advice, told = document["recommendation"], document["clinical"]
    suggested, reported = section(report, "121074"), section(report, "418799008")
    assert code_of(only(children(suggested, "PATHWAY"))) == codes.PATHWAY_VALUES[advice["pathway"]].value
    assert texts(suggested, "121075") == ["Clinical review"]
    assert texts(suggested, "URGENT") == ["Urgent: a red flag was reported."]
    assert texts(suggested, "RATIONALE") == advice["rationale"]
    assert texts(suggested, "ALTERNATIVE") == advice["alternatives"]
    assert texts(suggested, "POLICY") == [
        f"Policy of a site, version {advice['policy_version']}, rule {advice['rule']}, SHA-256 {'ab' * 32}"
    ]
    assert texts(suggested, "WHAT-IF") == [
        f"{other['change']}: Conservative treatment" for other in advice["counterfactuals"]
    ]
    assert code_of(only(children(suggested, "DRIVING-LEVEL"))) == structure(advice["driving_level"]).sct_code
    assert code_of(only(children(suggested, "DISC-CLASS"))) == f"CLASS-{advice['driving_class']}"
    assert numbers(reported, "97909-6") == [(told["odi"]["percent"], "%")]
    disability = only(children(reported, "97909-6"))
    assert texts(disability, COMMENT) == [f"{told['odi']['answered']} of 10 sections answered"]
    assert code_of(only(children(reported, "REFRACTORY"))) == "373066001"
    assert numbers(reported, "72514-3") == [(told["nrs"]["score"], "{score}")]
    assert numbers(reported, "NRS-LEG") == [(told["nrs_leg"]["score"], "{score}")]
    assert numbers(reported, "DURATION") == [(told["duration_weeks"], "wk")]
    assert len(texts(reported, "RED-FLAG")) == len(told["red_flags"])
    assert "fracture" in texts(reported, "RED-FLAG")
    assert texts(reported, "DEFICIT") == [told["deficit"]]
    assert texts(reported, "FAILED-TREATM") == told["failed"]


def test_the_report_is_preliminary_and_says_what_it_is_for(made):
    report, document, _, _ = made
    assert (report.PreliminaryFlag, report.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    notes = section(report, "121070")
    assert texts(notes, "NOTICE") == [RESEARCH_USE]
    assert texts(notes, "MODEL") == [f"{m['name']} {m['sha256']}" for m in document["provenance"]["models"]]
    assert len(texts(notes, "FLAG")) == len(document["quality"]["flags"])
    assert texts(notes, "ALARM") == [f"{alarm['code']}: {alarm['message']}" for alarm in document["alarms"]]
    assert only(report.ContentTemplateSequence).TemplateIdentifier == "1500"


def report_of(tmp_path, result, labels=None):
    changes = {} if labels is None else {"labels": labels}
    content, study = phantom_result(tmp_path / "study", assessment=result, **changes)
    return dicom_objects(content, study.source)["sr.dcm"]


def test_sentences_in_another_language_are_kept(tmp_path):
    advice = assessment().recommendation.model_copy(
        update={"rationale": ["Bandscheibe L5-S1 entscheidet; Größe: 5 mm²"]}
    )
    report = report_of(tmp_path, small_assessment().model_copy(update={"language": "de", "recommendation": advice}))
    group = groups_by_tracking(report)[DISCS[0]]
    assert only(texts(group, "DISC-H-INDEX")).startswith("Nicht gemessen: ")
    report.save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    read = hd.sr.srread(tmp_path / "sr.dcm")
    assert texts(section(read, "121074"), "RATIONALE") == advice.rationale
    assert code_of(only(children(read, "121049"))) == "de"


def test_a_level_that_was_not_found_has_no_segment_but_says_why(tmp_path):
    result = assessment(discs=[ungraded_disc(DISCS[0])], vertebrae=[], canal=[], recommendation=None)
    _, study = phantom_result(tmp_path / "study", assessment=result)
    values = study.labels.labels.copy()
    values[values == structure(DISCS[0]).label] = 0
    labels = study.labels.__class__(values, study.labels.grid)
    report = report_of(tmp_path / "again", result, labels)
    group = groups_by_tracking(report)[DISCS[0]]
    assert children(group, "121191") == []
    assert texts(group, "FLAG") == ["not-graded: The disc lies partly outside the image."]
    assert children(group, "PFIRRMANN") == []
    assert children(report, "121074") == []


def test_nothing_graded_makes_no_report(tmp_path):
    content, study = phantom_result(tmp_path / "study", assessment=unusable_assessment())
    assert "sr.dcm" not in dicom_objects(content, study.source)


def test_no_identity_is_in_the_content(made):
    words = str(made[0].content)
    person = Person(name="Phantom^Lumbar", patient_id="PHANTOM-4")
    assert person.name not in words
    assert person.patient_id not in words


def test_a_slip_and_a_collapsed_body_are_graded_and_alarm_in_their_groups(tmp_path):
    result = small_assessment().model_copy(update={"alignment": alignment(slip_percent=31.0, wedge_loss=29.0)})
    alarms = alarms_of(result.canal, result.clinical, alignment=result.alignment)
    result = result.model_copy(update={"alarms": alarms})
    content, study = phantom_result(tmp_path / "study", assessment=result)
    dicom_objects(content, study.source)["sr.dcm"].save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    found = groups_by_tracking(hd.sr.srread(tmp_path / "sr.dcm"))

    slipped, lost = found["alignment L4-L5"], found["shape L1"]
    assert [code_of(item) for item in children(slipped, kind="CODE", name=codes.MEYERDING.value)] == ["MEYERDING-2"]
    assert [code_of(item) for item in children(lost, kind="CODE", name=codes.GENANT.value)] == ["GENANT-2W"]
    assert "anterolisthesis: Anterolisthesis at L4-L5" in " ".join(texts(slipped, codes.ALARM.value))
    assert "vertebral-deformity: Wedge deformity of L1" in " ".join(texts(lost, codes.ALARM.value))
