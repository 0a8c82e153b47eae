"""Results, corrections and policies that somebody tampered with, and places and arguments that can't be meant."""

import json

import pytest

from spoils.cli import main
from spoils.decision import policy_text
from spoils.report import assessment_json

from ..report.builders import assessment

BY = {"by": "reader-1", "at": "2026-03-04T10:15:00+01:00", "reason": "seen"}
GRADE = {"kind": "grade", "level": "L4-L5", "grade": 4, **BY}
DEEP = "[" * 100_000 + "]" * 100_000
VALUES = ["1e308", "1e-320", "1e999", "NaN", "9" * 5000, "null", "[]", DEEP, '"\\ud800"', json.dumps("x" * 100_000)]
PLACES = {
    "measurement": ("discs", 0, "measurements", "height_mean_mm", "value"),
    "grade": ("discs", 0, "grade"),
    "spacing": ("study", "spacing_mm", 0),
    "clinical": ("clinical", "odi"),
    "hint": ("quality", "flags", 0, "message"),
}


def run(capsys, *arguments):
    """Return the exit code, and what was printed on standard error."""
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return caught.value.code or 0, capsys.readouterr().err


def with_value(document, place, value):
    """Return a document as JSON with the text of ``value`` at a place, which need not be valid there or anywhere."""
    document = json.loads(json.dumps(document))
    parent = document
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = "(here)"
    return json.dumps(document).replace('"(here)"', value)


@pytest.fixture
def sound(tmp_path):
    (tmp_path / "sound.json").write_bytes(assessment_json(assessment()))
    (tmp_path / "corrections.json").write_text(json.dumps({"schema_version": "1.0", "corrections": [GRADE]}))
    return tmp_path / "sound.json"


def require_promised(outcome, codes):
    code, said = outcome
    assert code in codes, said
    assert "Traceback" not in said
    assert [line[:7] for line in said.splitlines()] == (["Error: "] if code else []), said
    assert len(said) < 1000


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_tampered_results_are_read_or_refused_in_a_sentence(place, sound, capsys):
    content, path = json.loads(sound.read_text()), sound.with_name("tampered.json")
    for value in VALUES:
        path.write_text(with_value(content, place, value))
        require_promised(run(capsys, "fhir", path), {0, 3})
    for value in VALUES[:: len(VALUES) - 3]:  # the other commands read results in the same way
        path.write_text(with_value(content, place, value))
        require_promised(run(capsys, "compare", path, sound), {0, 2, 3})
        require_promised(run(capsys, "reassess", path, "--corrections", sound.with_name("corrections.json")), {0, 2, 3})


@pytest.mark.parametrize("key", ["grade", "kind", "at", "reason"])
def test_tampered_corrections_are_used_or_refused_in_a_sentence(key, sound, capsys):
    path = sound.with_name("tampered.json")
    for value in VALUES:
        path.write_text(with_value({"schema_version": "1.0", "corrections": [GRADE]}, ("corrections", 0, key), value))
        require_promised(run(capsys, "reassess", sound, "--corrections", path), {0, 2, 3})


@pytest.mark.parametrize("key", ["version", "scores", "rules"])
def test_tampered_policies_are_refused_in_a_sentence(key, tmp_path, capsys):
    path = tmp_path / "policy.json"
    for value in VALUES:
        path.write_text(with_value(json.loads(policy_text(None)), (key,), value))
        require_promised(run(capsys, "policy", "check", path), {0, 2} if key == "version" else {2})


@pytest.mark.parametrize("place", ["/", ".", "n" * 300, "missing/a.json", "sound.json/a.json", "/dev/full"])
def test_a_result_is_not_written_where_it_can_not_be(place, sound, capsys, monkeypatch):
    monkeypatch.chdir(sound.parent)
    before = sorted(sound.parent.iterdir())
    require_promised(run(capsys, "fhir", sound, "--out", place), {2})
    if place not in (".", "missing/a.json"):
        corrections = sound.with_name("corrections.json")
        require_promised(run(capsys, "reassess", sound, "--corrections", corrections, "--out", place), {2})
    assert sorted(sound.parent.iterdir()) == before


def test_arguments_that_are_no_text_are_refused(sound, capsys):
    require_promised(run(capsys, "fhir", sound, "--patient-id", "\udcff"), {2})
    require_promised(run(capsys, "triage", "--class", "\udcff=4M", "--odi", "4", "--nrs", "1"), {2})
    require_promised(run(capsys, "fhir", "\udcff\udcfe"), {3})


@pytest.mark.parametrize("value", ["-1", "1e308", "9" * 400, "\udcff", "two"])
def test_settings_that_make_no_sense_are_named(value, capsys, monkeypatch):
    monkeypatch.setenv("SPOILS_THREADS", value)
    code, said = run(capsys, "triage", "--class", "L4-L5=4M", "--odi", "4", "--nrs", "1")
    assert code == 2
    assert said.startswith("Error: ")
    assert "SPOILS_THREADS" in said
