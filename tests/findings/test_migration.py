import json
import re
import string
from importlib import resources

import pytest

from spoils.errors import InputUnreadable
from spoils.findings import Measurement, NotMeasured, read_assessment
from spoils.messages import Language, Message, message, translator_for

SENTENCES = json.loads((resources.files("spoils.findings") / "earlier_sentences.json").read_bytes())
LEVEL = "L4-L5"


def result(version, **parts):
    """The content of an ``assessment.json`` as that version wrote it."""
    return {
        "schema_version": version,
        "created": "2025-03-04T05:06:07Z",
        "provenance": {"spoils": "0.1.0", "models": [], "policy_version": None},
        "study": {
            "modality": "MR",
            "series_uid": None,
            "spacing_mm": [4.0, 0.6, 0.6],
            "slices": 15,
            "mid_slice": 7,
            "source": "DICOM",
        },
        "quality": {"usable": True, "flags": []},
        "discs": [],
        "vertebrae": [],
        "canal": [],
        "clinical": {"odi": None, "nrs": None},
        "recommendation": None,
        **parts,
    }


def disc(**measurements):
    flag = {"code": "level-doubtful", "message": f"L3 and L4 overlap, so the level of {LEVEL} would be a guess."}
    return {"level": LEVEL, "measurements": measurements, "flags": [flag]}


def measured_by(method, version="1.3"):
    measurement = {"value": 8.5, "unit": "mm", "method": method}
    found = read_assessment(result(version, discs=[disc(height_mean_mm=measurement)]))
    return found.discs[0].measurements["height_mean_mm"]


@pytest.mark.parametrize(
    ("method", "wording"),
    [
        ("slice 7", message("method-slice", slice=7)),
        ("slice 7, against L1 alone", message("method-slice-one-body", slice=7, body="L1")),
        (
            "slice 7, CSF: brighter half of the canal within 10 mm",
            message("method-slice-csf-own", slice=7, reach=10),
        ),
        ("sum over 9 slices", message("method-volume", slices=9)),
        ("mid-slice", None),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.3"])
def test_a_known_method_gets_its_wording(method, wording, version):
    found = measured_by(method, version)
    assert (found.method, found.wording) == (method, wording)


def test_an_earlier_measurement_compares_with_one_of_today():
    today = Measurement.by(message("method-slice-csf-own", slice=4, reach=10.0), 0.4, "1")
    assert measured_by("slice 7, CSF: brighter half of the canal within 10 mm").has_method_of(today)
    assert not measured_by("slice 7, CSF: median of the other levels").has_method_of(today)
    assert not measured_by("mid-slice").has_method_of(today)
    assert measured_by("mid-slice").has_method_of(measured_by("mid-slice"))


def test_reasons_groups_and_flags_get_their_wording():
    missing = {"not_measured": "L4 is not outlined on slice 7"}
    normal = {
        "height_index": {
            "percentile": 40.0,
            "z": 0.1,
            "group": "61 men with back pain; z from 38 of them, whose discs here have Pfirrmann grade 1 or 2",
        }
    }
    found = read_assessment(
        result(
            "1.3",
            discs=[disc(height_index=missing) | {"normal": normal}],
            quality={
                "usable": True,
                "flags": [
                    {"code": "levels-missing", "message": "Not found: T12-L1, L1."},
                    {
                        "code": "level-count-uncertain",
                        "message": "Which body is S1 is uncertain (93%); check the levels.",
                    },
                    {"code": "levels-gap", "message": "L2 and L3 lie unusually far apart or close together."},
                    {"code": "of-a-site", "message": "Something else."},
                ],
            },
        )
    )
    german = translator_for(Language.GERMAN)
    height = found.discs[0].measurements["height_index"]
    assert isinstance(height, NotMeasured)
    assert height.wording == message("not-on-slice", level="L4", slice=7)
    group = found.discs[0].normal["height_index"].group_wording
    assert group.values["cohort"] == message("reference-men", count=61)
    assert german.render(group).startswith("61 Männern mit Rückenschmerzen; z aus 38 von ihnen")
    missing, count, gap, other = found.quality.flags
    assert missing.wording == message("levels-missing", levels=["T12-L1", "L1"])
    assert count.wording == message("level-count-uncertain", probability=0.93)
    assert gap.wording == message("check-levels", fault=message("fault-far-or-close", upper="L2", lower="L3"))
    assert other.wording is None
    assert found.discs[0].flags[0].wording is None, "an unknown fault has no message"


def test_renamed_fields_and_codes_are_read():
    one = {"kind": "grade", "change": "L4-L5 were graded 3", "pathway": "conservative"}
    advice = {
        "pathway": "clinical-review",
        "driving_level": LEVEL,
        "driving_class": "4M",
        "rationale": [],
        "alternatives": [],
        "policy_version": "1.0.0",
        "what" + "_if": [one],
    }
    flags = [{"code": "unfamiliar-image", "message": "The image is unlike those that are known."}]
    found = read_assessment(
        result("1.3", recommendation=advice, quality={"usable": True, "flags": flags}, language="de")
    )
    assert [change.change for change in found.recommendation.counterfactuals] == ["L4-L5 were graded 3"]
    assert [flag.code for flag in found.quality.flags] == ["out-of-distribution"]
    assert found.language == "de"


def test_a_result_of_this_version_is_read_as_it_is():
    measurement = {"value": 8.5, "unit": "mm", "method": "slice 7", "wording": None}
    found = read_assessment(result("1.5", discs=[disc(height_mean_mm=measurement)]))
    assert found.discs[0].measurements["height_mean_mm"].wording is None
    again = read_assessment(found.model_dump_json().encode())
    assert again == found


@pytest.mark.parametrize("entry", SENTENCES, ids=lambda entry: entry["was"])
def test_every_earlier_sentence_has_the_values_of_its_message(entry):
    """What was written once is recognised as its own message, which every language can render."""
    samples = {
        "fault": "L2 and L3 lie unusually far apart or close together",
        "cohort": "61 men with back pain",
        "probability": "93%",
        "times": "1.3",
    }
    places = [name for _, name, _, _ in string.Formatter().parse(entry["was"]) if name]
    numbers = {"slice", "slices", "count", "area", "reach"}
    values = {name: samples.get(name, "7" if name in numbers else "L3") for name in places}
    written = re.sub(r"\{(\w+)\}", lambda place: values[place[1]], entry["was"])
    flag = {"code": "some-code", "message": written}
    found = read_assessment(result("1.3", quality={"usable": True, "flags": [flag]})).quality.flags[0].wording
    assert isinstance(found, Message)
    assert found.id == entry["id"]
    assert set(found.values) == set(places)
    for language in Language:
        assert translator_for(language).render(found)


def nested(depth, text="1"):
    """JSON text of objects in one another."""
    return '{"a":' * depth + text + "}" * depth


@pytest.mark.parametrize(
    ("version", "parts", "sentence"),
    [
        ("1." + "9" * 5000, "", "has schema version 1." + "9" * 75 + "...; this program reads versions 1.0 to 1.5."),
        ("1.\u0663", "", "has schema version 1.\u0663; this program reads versions 1.0 to 1.5."),
        ("1.-1", "", "has schema version 1.-1; this program reads versions 1.0 to 1.5."),
        ("1.0", ', "extra": ' + nested(900), "can't be read as JSON."),
        ("1.0", ', "study": {"code": []}', "is no valid assessment: see study.modality."),
        ("1.5", ', "created": "0001-01-01T00:00:00+14:00"', "is no valid assessment: see created."),
        ("1.5", ', "created": "9999-12-31T23:59:59-14:00"', "is no valid assessment: see created."),
        ("1.5", f', "{"x" * 5000}": 1', f"is no valid assessment: see {'x' * 77}...."),
    ],
)
def test_a_strange_result_is_refused_in_one_short_sentence(version, parts, sentence):
    text = json.dumps(result(version))[:-1] + parts + "}"
    with pytest.raises(InputUnreadable) as refused:
        read_assessment(text.encode())
    assert str(refused.value) == f"The file assessment.json {sentence}"
