"""An assessment as FHIR R4B: valid, whole, and equal in every value."""

import json
from datetime import date, datetime, timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle

from spoils.anatomy import DISC_FINDING_SITES, structure
from spoils.codes import (
    BODY_CODES,
    CANAL_CODES,
    DISC_CODES,
    LEVEL_ALIGNMENT_CODES,
    LUMBAR_SPINE,
    ODI,
    PATHWAY_VALUES,
    SPINE_ALIGNMENT_CODES,
    UNITS,
    VERTEBRAL_SHAPE_CODES,
)
from spoils.errors import InputUnreadable, UsageError
from spoils.findings import (
    RESEARCH_USE,
    CanalFinding,
    Clinical,
    Deficit,
    DiscFinding,
    Flag,
    Measurement,
    NormalValue,
    NrsScore,
    OdiScore,
    RedFlag,
    Treatment,
)
from spoils.messages import message
from spoils.report import report_text
from spoils.report.fhir import fhir_json

from ..builders import alignment, assessment, full_assessment, length, ungraded_disc, unusable_assessment

SCT, OWN, LOINC = "http://snomed.info/sct", "urn:spoils:codes", "http://loinc.org"
TOLD = Clinical(
    odi=OdiScore(percent=44.4, band="severe", answered=9),
    nrs=NrsScore(score=7, band="severe"),
    nrs_back=NrsScore(score=3, band="mild"),
    nrs_leg=NrsScore(score=7, band="severe"),
    red_flags=[RedFlag.TUMOUR],
    deficit=Deficit.STABLE,
    duration_weeks=12,
    failed=[Treatment.DRUGS],
    refractory=True,
)


def resources(made, patient=None):
    """Return the resources as another program reads them: parsed and validated by fhir.resources, by full URL."""
    bundle = Bundle.model_validate_json(fhir_json(made, patient))
    read = json.loads(bundle.model_dump_json())
    return {entry["fullUrl"]: entry["resource"] for entry in read["entry"]}


def of_kind(found, kind):
    return [resource for resource in found.values() if resource["resourceType"] == kind]


def observation(found, code, site=None):
    """Return the one observation with a code, at a body site of an SCT code."""
    matching = [
        made
        for made in of_kind(found, "Observation")
        if code in {coding["code"] for coding in made["code"].get("coding", [])}
        and (site is None or made["bodySite"]["coding"][-1]["code"] == site)
    ]
    assert len(matching) == 1
    return matching[0]


def component(made, code):
    return next(part for part in made["component"] if part["code"]["coding"][0]["code"] == code)


def coded(concept):
    return concept["coding"][0]["code"]


def sites(made):
    """Return every measured finding with its codes and the SCT code of its site."""
    for disc in made.discs:
        yield disc, DISC_CODES, structure(disc.level).sct_code
    for body in made.vertebrae:
        yield body, BODY_CODES, structure(body.level).sct_code
    for canal in made.canal:
        yield canal, CANAL_CODES, DISC_FINDING_SITES[canal.level]
    yield made.alignment, SPINE_ALIGNMENT_CODES, LUMBAR_SPINE.value
    for level in made.alignment.levels:
        yield level, LEVEL_ALIGNMENT_CODES, DISC_FINDING_SITES[level.level]
    for body in made.alignment.vertebrae:
        yield body, VERTEBRAL_SHAPE_CODES, structure(body.level).sct_code


@pytest.fixture(scope="module")
def made():
    return assessment(clinical=TOLD, alignment=alignment(slip_percent=31.0, wedge_loss=29.0))


@pytest.fixture(scope="module")
def found(made):
    return resources(made)


def test_every_measurement_comes_back_as_it_was(made, found):
    for finding, codes, site in sites(made):
        for name, measured in finding.measurements.items():
            stored = observation(found, codes[name].definition.value, site)
            if isinstance(measured, Measurement):
                assert stored["valueQuantity"]["value"] == measured.value
                assert stored["valueQuantity"]["code"] == UNITS[measured.unit].value
                assert stored["method"]["text"] == measured.method
                assert "dataAbsentReason" not in stored
            else:
                assert stored["dataAbsentReason"]["text"] == measured.not_measured
                assert "valueQuantity" not in stored


def test_every_disc_comes_back_with_its_grades(made, found):
    for disc in made.discs:
        stored = observation(found, "DISC-CLASS", structure(disc.level).sct_code)
        assert coded(stored["valueCodeableConcept"]) == f"CLASS-{disc.label}"
        assert coded(component(stored, "PFIRRMANN")["valueCodeableConcept"]) == f"PFIRRMANN-{disc.pfirrmann.grade}"
        assert component(stored, "SEVERITY")["valueCodeableConcept"]["text"][0] == disc.severity.grade
        probability = component(stored, "122157")["valueQuantity"]["value"]
        assert probability == disc.label_probabilities[disc.label]
        plausible = [part for part in stored["component"] if coded(part["code"]) == "PLAUSIBLE-CLASS"]
        assert [coded(part["valueCodeableConcept"])[-2:] for part in plausible] == disc.prediction_set
        assert len(stored["hasMember"]) == len(disc.measurements)
        assert {found[member["reference"]]["bodySite"]["text"] for member in stored["hasMember"]} == {disc.level}


def test_an_ungraded_disc_says_why():
    ungraded = ungraded_disc(assessment().discs[2].level, "The disc lies partly outside the image.")
    found = resources(assessment(discs=[ungraded], vertebrae=[], canal=[]))
    stored = observation(found, "DISC-CLASS")
    assert stored["dataAbsentReason"]["text"] == "The disc lies partly outside the image."
    assert "valueCodeableConcept" not in stored
    assert "component" not in stored


def test_the_canal_is_told_from_the_disc_at_its_level(made, found):
    stored = observation(found, "CANAL-AP", DISC_FINDING_SITES[made.canal[3].level])
    assert len(stored["bodySite"]["coding"]) == 1
    assert stored["bodySite"]["text"] == f"canal, {made.canal[3].level}"


def test_what_the_patient_tells_comes_back(found):
    odi = observation(found, ODI.value)
    assert odi["code"]["coding"][0]["system"] == LOINC
    assert (odi["valueQuantity"]["value"], odi["valueQuantity"]["code"]) == (44.4, "%")
    assert odi["note"][0]["text"] == "9 of 10 sections answered"
    assert observation(found, "72514-3")["valueQuantity"]["value"] == 7
    assert observation(found, "NRS-BACK")["interpretation"][0]["text"] == "mild"
    assert observation(found, "NRS-LEG")["valueQuantity"]["value"] == 7
    assert observation(found, "RED-FLAG")["valueCodeableConcept"]["text"] == "tumour"
    assert coded(observation(found, "RED-FLAG")["valueCodeableConcept"]) == "tumour"
    assert coded(observation(found, "FAILED-TREATM")["valueCodeableConcept"]) == "drugs"
    assert coded(observation(found, "DEFICIT")["valueCodeableConcept"]) == "stable"
    assert observation(found, "DURATION")["valueQuantity"]["code"] == "wk"
    assert observation(found, "REFRACTORY")["valueBoolean"] is True


def test_all_words_are_in_the_language_of_the_assessment(made):
    told = TOLD.model_copy(update={"red_flags": [RedFlag.CAUDA_EQUINA], "failed": [Treatment.PHYSIOTHERAPY]})
    level = made.discs[0].level
    missing = DiscFinding(level=level, flags=[Flag.of("not-graded", message("disc-not-found", level=level))])
    changes = {"language": "de", "clinical": told, "discs": [missing, *made.discs[1:]]}
    found = resources(made.model_copy(update=changes))
    assert observation(found, ODI.value)["interpretation"][0]["text"] == "schwer"
    assert "Cauda-equina-Kompression" in observation(found, "RED-FLAG")["valueCodeableConcept"]["text"]
    assert observation(found, "FAILED-TREATM")["valueCodeableConcept"]["text"] == "Physiotherapie"
    assert observation(found, "DEFICIT")["valueCodeableConcept"]["text"] == "stabil"
    reasons = {stored["dataAbsentReason"]["text"] for stored in found.values() if "dataAbsentReason" in stored}
    assert {f"{level} wurde im Bild nicht gefunden.", "eine einzelne Schicht hat kein Volumen"} <= reasons
    (suggestion,) = of_kind(found, "RiskAssessment")
    assert "onsult" not in suggestion["prediction"][0]["outcome"]["text"]
    notes = {note["text"] for note in suggestion["note"]}
    assert not [note for note in notes if "treatment" in note and note != RESEARCH_USE]


def test_nothing_is_said_where_nothing_was_told():
    found = resources(assessment(clinical=Clinical(odi=None, nrs=None)))
    assert {made["category"][0]["coding"][0]["code"] for made in of_kind(found, "Observation")} == {"imaging"}


def test_a_place_among_others_is_kept(made):
    disc = made.discs[2]
    normal = {"height_mean_mm": NormalValue(percentile=12.5, z=-1.3, group="218 people")}
    found = resources(assessment(discs=[disc.model_copy(update={"normal": normal})]))
    stored = observation(found, "DISC-H-MEAN")
    assert component(stored, "121415")["valueQuantity"]["value"] == 12.5
    assert component(stored, "121416")["valueQuantity"]["value"] == -1.3
    assert stored["note"][0]["text"] == "Compared with: 218 people"


def test_the_suggestion_rests_on_scores_and_driving_disc(made, found):
    (stored,) = of_kind(found, "RiskAssessment")
    advice = made.recommendation
    assert coded(stored["prediction"][0]["outcome"]) == PATHWAY_VALUES[advice.pathway].value
    assert stored["prediction"][0]["rationale"] == " ".join(advice.rationale)
    assert stored["method"]["text"] == f"Policy {advice.policy_version}"
    basis = [found[reference["reference"]] for reference in stored["basis"]]
    assert [made["bodySite"]["text"] for made in basis if "bodySite" in made] == [advice.driving_level]
    assert ODI.value in {coded(made["code"]) for made in basis if "coding" in made["code"]}
    assert {note["text"] for note in stored["note"]} >= {RESEARCH_USE, *advice.alternatives}


def test_all_is_preliminary_and_carries_the_notice(found):
    for kind in ("DiagnosticReport", "RiskAssessment", "Observation"):
        assert {made["status"] for made in of_kind(found, kind)} == {"preliminary"}
    for made in (*of_kind(found, "DiagnosticReport"), *of_kind(found, "RiskAssessment")):
        assert RESEARCH_USE in made["text"]["div"]
    assert of_kind(found, "DiagnosticReport")[0]["conclusion"].startswith(RESEARCH_USE)
    assert of_kind(found, "Device")[0]["note"][0]["text"] == RESEARCH_USE


def test_the_device_names_version_and_models(made, found):
    (device,) = of_kind(found, "Device")
    values = {version["value"] for version in device["version"]}
    assert values == {made.provenance.spoils, *(model.sha256 for model in made.provenance.models)}


def test_every_reference_leads_to_a_resource_and_every_observation_is_reported(found):
    def references(value):
        if isinstance(value, dict):
            yield from ([value["reference"]] if isinstance(value.get("reference"), str) else [])
            value = list(value.values())
        if isinstance(value, list):
            for part in value:
                yield from references(part)

    assert set(references(list(found.values()))) <= set(found)
    (report,) = of_kind(found, "DiagnosticReport")
    reported = {result["reference"] for result in report["result"]}
    members = {member["reference"] for made in of_kind(found, "Observation") for member in made.get("hasMember", [])}
    assert not reported & members
    assert reported | members == {url for url, made in found.items() if made["resourceType"] == "Observation"}


def test_the_imaging_study_names_study_series_and_day(made):
    study = made.study.model_copy(update={"acquired": date(2026, 2, 27), "study_uid": "1.2.3"})
    found = resources(assessment(study=study))
    (imaging,) = of_kind(found, "ImagingStudy")
    assert {"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"} in imaging["identifier"]
    assert imaging["series"][0]["uid"] == study.series_uid
    assert imaging["started"] == "2026-02-27"
    assert of_kind(found, "DiagnosticReport")[0]["effectiveDateTime"] == "2026-02-27"


def test_without_dicom_there_is_no_imaging_study(made):
    found = resources(assessment(study=made.study.model_copy(update={"series_uid": None})))
    assert of_kind(found, "ImagingStudy") == []
    assert all("derivedFrom" not in stored for stored in of_kind(found, "Observation"))


def test_the_patient_is_named_only_on_demand(made, found):
    assert all("identifier" not in stored.get("subject", {}) for stored in found.values())
    named = resources(made, "urn:oid:1.2.3|4711")
    subjects = [stored["subject"] for stored in named.values() if stored["resourceType"] != "Device"]
    assert all(subject["identifier"] == {"system": "urn:oid:1.2.3", "value": "4711"} for subject in subjects)
    plain = of_kind(resources(made, "4711"), "DiagnosticReport")[0]
    assert plain["subject"]["identifier"] == {"value": "4711"}


@pytest.mark.parametrize("patient", ["", " 4711", "urn:oid:1.2.3|"])
def test_an_empty_patient_is_refused(made, patient):
    with pytest.raises(UsageError, match="identifier"):
        fhir_json(made, patient)


def test_the_same_assessment_gives_the_same_bundle(made, found):
    assert resources(made) == found


def test_what_many_assessments_share_is_stored_once(made, found):
    """The program by its parts, the examination by its images and patient; nothing else."""
    again = made.model_copy(update={"created": made.created + timedelta(hours=1)})
    assert kinds_of(set(resources(again)) & set(found), found) == ["Device", "ImagingStudy"]
    named = resources(made, "4711")
    assert kinds_of(set(named) & set(found), found) == ["Device"]
    updated = made.model_copy(update={"provenance": made.provenance.model_copy(update={"spoils": "99.0"})})
    assert kinds_of(set(resources(updated)) & set(found), found) == ["ImagingStudy"]


def kinds_of(urls, found):
    return sorted(found[url]["resourceType"] for url in urls)


def test_an_urgent_suggestion_and_a_policy_of_a_site_are_named():
    result = full_assessment()
    made_by = result.provenance.model_copy(update={"policy_name": "Policy of a site"})
    (stored,) = of_kind(resources(result.model_copy(update={"provenance": made_by})), "RiskAssessment")
    assert "Urgent: a red flag was reported." in {note["text"] for note in stored["note"]}
    assert stored["method"]["text"].startswith(f"Policy of a site {result.recommendation.policy_version}")


def test_a_time_without_zone_is_taken_as_that_of_this_computer(made):
    moment = datetime(2026, 2, 28, 12, 0)
    (report,) = of_kind(resources(made.model_copy(update={"created": moment})), "DiagnosticReport")
    assert datetime.fromisoformat(report["issued"]) == moment.astimezone()


def test_a_server_is_told_not_to_store_twice(made):
    for entry in json.loads(fhir_json(made))["entry"]:
        assert entry["request"]["ifNoneExist"].endswith(entry["fullUrl"])
        assert entry["resource"]["identifier"][0]["value"] == entry["fullUrl"]


def test_an_unusable_study_is_reported_without_suggestion():
    found = resources(unusable_assessment("Only two lumbar bodies were found."))
    assert of_kind(found, "RiskAssessment") == []
    conclusion = of_kind(found, "DiagnosticReport")[0]["conclusion"]
    assert "No pathway is suggested." in conclusion
    assert "Only two lumbar bodies were found." in conclusion


def test_the_conclusion_is_the_draft_of_the_report():
    result = full_assessment()
    report = of_kind(resources(result), "DiagnosticReport")[0]
    assert report["conclusion"] == report_text(result)


def test_a_narrow_canal_is_interpreted_as_low():
    canal = [
        CanalFinding(level=level, measurements={"ap_diameter_mm": length(value)})
        for level, value in (("L3-L4", 10.9), ("L4-L5", 5.8), ("L5-S1", 15.0))
    ]
    found = of_kind(resources(assessment(canal=canal)), "Observation")
    diameters = [one for one in found if one.get("bodySite", {}).get("text", "").startswith("canal")]
    interpretations = {one["bodySite"]["text"]: one.get("interpretation") for one in diameters}
    assert interpretations["canal, L5-S1"] is None
    assert interpretations["canal, L3-L4"][0]["coding"][0]["code"] == "L"
    assert interpretations["canal, L4-L5"][0]["coding"][0]["code"] == "LL"
    assert interpretations["canal, L4-L5"][0]["text"].startswith("Absolute canal stenosis at L4-L5")


@pytest.mark.parametrize("uid", ["1." * 2500, "1.2\n.3"])
def test_a_result_that_fhir_does_not_take_is_refused_in_a_sentence(made, uid):
    odd = made.model_copy(update={"study": made.study.model_copy(update={"series_uid": uid})})
    with pytest.raises(
        InputUnreadable, match=r"a value that FHIR can't take over: see entry\.\d+\.resource"
    ) as refused:
        fhir_json(odd)
    assert len(str(refused.value)) < 200


def test_a_measurement_without_a_code_is_refused_in_a_sentence(made):
    disc = made.discs[0].model_copy(update={"measurements": {"depth_mm": length(3.0)}})
    with pytest.raises(InputUnreadable, match="a value that FHIR can't take over: see depth_mm"):
        fhir_json(made.model_copy(update={"discs": [disc]}))


def test_a_slip_and_a_collapsed_body_are_interpreted(found):
    slip = observation(found, "LEVEL-SLIP-SHARE", DISC_FINDING_SITES["L4-L5"])
    loss = observation(found, "BODY-LOSS-FRONT", structure("L1").sct_code)
    assert [coded(one) for one in slip["interpretation"]] == ["MEYERDING-2", "255549009"]
    assert [coded(one) for one in loss["interpretation"]] == ["GENANT-2W"]
    assert "interpretation" not in observation(found, "LEVEL-SLIP-SHARE", DISC_FINDING_SITES["L3-L4"])
