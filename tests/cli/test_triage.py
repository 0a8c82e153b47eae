"""``spoils triage``: arguments in, clinical scores and recommendation out."""

import json

import pytest
from typer.testing import CliRunner

from spoils.cli import app, main
from spoils.decision import load_policy, policy_text, score_nrs, score_odi
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
    assert Clinical.model_validate(document["clinical"]) == Clinical(
        odi=score_odi(44, load_policy()), nrs=score_nrs(7, load_policy())
    )
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


def test_failed_treatments_count_by_class(answer):
    arguments = ("--class", "L4-L5=2L", "--odi", "30", "--nrs", "5", "--failed", "drugs")
    assert answer(*arguments)["recommendation"]["pathway"] == "conservative"
    document = answer(*arguments, "--failed", "physiotherapy")
    assert document["clinical"]["failed"] == ["drugs", "physiotherapy"]
    assert document["recommendation"]["pathway"] == "interventional-pain-management"


def test_back_leg_deficit_and_duration(answer):
    more = ("--nrs-back", "2", "--nrs-leg", "5", "--deficit", "stable", "--duration-weeks", "30")
    document = answer("--class", "L4-L5=2L", "--odi", "30", *more)
    clinical = Clinical.model_validate(document["clinical"])
    assert (clinical.nrs, clinical.nrs_back) == (score_nrs(5, load_policy()), score_nrs(2, load_policy()))
    assert (clinical.deficit, clinical.duration_weeks) == ("stable", 30)
    assert document["recommendation"]["rule"] == "conservative-deficit"


@pytest.mark.parametrize("arguments", [("--red-flag", "infection"), ("--deficit", "progressive")])
def test_a_red_flag_stops(answer, capsys, arguments):
    recommendation = answer("--class", "L4-L5=1L", "--odi", "4", "--nrs", "1", *arguments)["recommendation"]
    assert (recommendation["pathway"], recommendation["urgent"]) == ("clinical-review", True)
    with pytest.raises(SystemExit):
        main(["triage", "--class", "L4-L5=1L", "--odi", "4", "--nrs", "1", *arguments])
    printed = capsys.readouterr().out
    assert printed.startswith("Suggestion: clinical review, urgent\n")
    assert "  - If every red flag were ruled out: conservative treatment.\n" in printed


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
    assert "ODI 44 % (severe). The NRS was not given." in printed
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
        (("--class", "L4-L5=4M", "--red-flag", "headache"), "not a known red flag"),
        (("--class", "L4-L5=4M", "--failed", "prayer"), "not a known treatment"),
        (("--class", "L4-L5=4M", "--deficit", "some"), "not a known deficit"),
        (("--class", "L4-L5=4M", "--nrs", "4", "--nrs-leg", "4"), "not both"),
        (("--class", "L4-L5=4M", "--duration-weeks", "-1"), "between 0 and 5200 weeks"),
        (("--class", "L4-L5=4M", "--odi-items", "1,1,1,1,1,1,1,-,-,-"), "not scorable"),
        (("--class", "L4-L5=4M", "--odi-items", "1,1,1,1,1,1,1,1,1,x"), "'x' is not an ODI answer"),
    ],
)
def test_wrong_values_are_refused_in_one_sentence(capsys, arguments, words):
    printed = refusal(capsys, *arguments)
    assert words in printed
    assert printed.count("\n") == 1


def test_the_reasons_are_printed_in_the_language_asked_for_and_the_document_stays_english(answer, capsys):
    arguments = ("--class", "L4-L5=4M", "--odi", "44", "--failed", "drugs", "--language", "de")
    with pytest.raises(SystemExit):
        main(["triage", *arguments])
    printed = capsys.readouterr().out
    assert printed.startswith("Vorschlag: wirbelsäulenchirurgische Vorstellung\n")
    assert "  - Erfolglos versucht: Medikamente.\n" in printed
    assert "Tried" not in printed
    recommendation = Recommendation.model_validate(answer(*arguments)["recommendation"])
    assert "Tried without success: drugs." in recommendation.rationale


def test_a_site_policy_is_used(answer, tmp_path, monkeypatch):
    content = json.loads(policy_text())
    content["version"] = "7.0.0"
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("SPOILS_POLICY", str(path))
    assert answer("--class", "L4-L5=4M")["recommendation"]["policy_version"] == "7.0.0"
