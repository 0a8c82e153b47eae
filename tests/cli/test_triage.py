"""``spoils triage``: arguments in, clinical scores and recommendation out."""

import json

import pytest
from typer.testing import CliRunner

from spoils.cli import app, main
from spoils.decision import load_policy
from spoils.findings import RESEARCH_USE, Clinical, Recommendation


@pytest.fixture
def answer():
    def _answer(*arguments):
        result = CliRunner().invoke(app, ["triage", *arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0
        assert result.stderr == ""
        return json.loads(result.stdout)

    return _answer


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(["triage", *arguments])
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_the_document_holds_notice_clinical_and_recommendation(answer):
    document = answer("--class", "L4-L5=4M", "--class", "l5-s1=3l", "--odi", "44", "--nrs", "7")
    assert set(document) == {"notice", "clinical", "recommendation"}
    assert document["notice"] == RESEARCH_USE
    assert document["clinical"] == {
        "odi": {"percent": 44.0, "band": "severe", "answered": None},
        "nrs": {"score": 7.0, "band": "severe"},
    }
    recommendation = Recommendation.model_validate(document["recommendation"])
    assert recommendation.driving_level == "L4-L5"
    assert recommendation.policy_version == load_policy().version


def test_missing_scores_are_null(answer):
    document = answer("--class", "L4-L5=4M")
    assert Clinical.model_validate(document["clinical"]) == Clinical(odi=None, nrs=None)
    assert document["recommendation"]["pathway"] == "clinical-review"


def test_refractory_counts(answer):
    arguments = ("--class", "L4-L5=2L", "--odi", "30", "--nrs", "5")
    assert answer(*arguments)["recommendation"]["pathway"] == "conservative"
    assert answer(*arguments, "--refractory")["recommendation"]["pathway"] == "interventional-pain-management"


@pytest.mark.parametrize(
    ("items", "percent", "answered"),
    [
        ("1,2,3,1,2,1,2,1,2,1", 32, 10),
        ("1+3,3,3,3,3,3,3,3,3,3", 60, 10),
        ("-,3,3,3,3,3,3,3,3,", 60, 8),
        (" 2, 2,2,2,2,2,2,2,2,-", 40, 9),
    ],
)
def test_odi_items(answer, items, percent, answered):
    odi = answer("--class", "L4-L5=2L", "--odi-items", items)["clinical"]["odi"]
    assert (odi["percent"], odi["answered"]) == (percent, answered)


def test_text_for_people_ends_with_the_notice(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["triage", "--class", "L4-L5=4M", "--odi", "44"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Suggestion: surgical consultation\n")
    assert "ODI 44 % (severe); NRS was not given." in printed
    assert printed.endswith(f"{RESEARCH_USE}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--class", "L4-L5"), "is not LEVEL=CLASS"),
        (("--class", "L4-L5=4M", "--class", "l4-l5=3L"), "has a class already"),
        (("--class", "L6-S1=4M"), "not a disc level"),
        (("--class", "L4-L5=4M", "--odi", "101"), "between 0 and 100"),
        (("--class", "L4-L5=4M", "--odi", "nan"), "between 0 and 100"),
        (("--class", "L4-L5=4M", "--nrs", "11"), "between 0 and 10"),
        (("--class", "L4-L5=4M", "--odi", "4", "--odi-items", "1"), "not both"),
        (("--class", "L4-L5=4M", "--odi-items", "1,2"), "ten sections"),
        (("--class", "L4-L5=4M", "--odi-items", "1,1,1,1,1,1,1,-,-,-"), "not scorable"),
        (("--class", "L4-L5=4M", "--odi-items", "1,1,1,1,1,1,1,1,1,x"), "'x' is not an ODI answer"),
    ],
)
def test_wrong_values_are_refused_in_one_sentence(capsys, arguments, words):
    printed = refusal(capsys, *arguments)
    assert words in printed
    assert printed.count("\n") == 1


def test_a_site_policy_is_used(answer, tmp_path, monkeypatch):
    content = json.loads(load_policy().model_dump_json())
    content["version"] = "7.0.0"
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("SPOILS_POLICY", str(path))
    assert answer("--class", "L4-L5=4M")["recommendation"]["policy_version"] == "7.0.0"
