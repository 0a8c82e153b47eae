"""``spoils policy``: validation, the table, and a file to start from."""

import json

import pytest
import typer
from typer.testing import CliRunner

from spoils.cli.policy import app as policy_app
from spoils.decision import Policy, decision_table, load_policy, policy_text
from spoils.errors import UsageError
from spoils.findings import RESEARCH_USE

app = typer.Typer()
app.add_typer(policy_app, name="policy")


def printed(*arguments):
    result = CliRunner().invoke(app, ["policy", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def site_policy(tmp_path):
    content = json.loads(policy_text())
    content |= {"name": "site", "version": "7.0.0"}
    path = tmp_path / "site.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_validation_and_the_table_are_printed():
    policy, text = load_policy(), printed("check")
    assert f"{policy.name} {policy.version}\nSHA-256 {policy.sha256}" in text
    assert f"Cases           {len(policy.validation.rules)} " in text
    assert all(exception.words in text for exception in policy.exceptions)
    assert all(gap.question in text for gap in policy.gaps.values())
    assert "ODI: low up to 20 %, moderate up to 40 %, high above" in text
    assert text.endswith(f"{RESEARCH_USE}\n")


def test_a_cell_of_the_table_is_what_the_rules_say():
    lines = printed("check").splitlines()
    conservative = lines[lines.index("  conservative: 1L 2L 3L") :]
    deficit = next(line for line in conservative if line.startswith("    moderate, stable deficit"))
    without = next(line for line in conservative if line.startswith("    moderate "))
    assert without.split() == ["moderate", "conservative", "injection", "review"]
    assert deficit.split() == ["moderate,", "stable", "deficit", "review", "injection", "review"]


def test_json_holds_the_same(site_policy):
    document = json.loads(printed("check", site_policy, "--json"))
    policy = load_policy(site_policy)
    assert document["policy"] == {"name": "site", "version": "7.0.0", "sha256": policy.sha256}
    assert document["notice"] == RESEARCH_USE
    assert document["validation"]["cases"] == len(policy.validation.rules)
    assert (document["validation"]["gaps"], document["validation"]["contradictions"]) == (0, 0)
    assert {entry["exception"] for entry in document["validation"]["less_urgent"]} == {e.id for e in policy.exceptions}
    assert len(document["table"]) == len(decision_table(policy))
    assert document["table"][0]["pathway"] == "clinical-review"


def test_the_policy_in_use_is_checked(site_policy, monkeypatch):
    monkeypatch.setenv("SPOILS_POLICY", str(site_policy))
    assert printed("check").startswith("Policy site 7.0.0\n")
    assert printed("show") == site_policy.read_text(encoding="utf-8") + "\n"


def test_what_is_shown_is_a_file_to_start_from(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(printed("show"), encoding="utf-8")
    assert load_policy(path).sha256 == load_policy().sha256


def test_the_schema_is_printed():
    assert json.loads(printed("show", "--schema")) == Policy.model_json_schema()


def test_a_bad_file_is_refused_with_the_case_that_fails(site_policy):
    content = json.loads(site_policy.read_text(encoding="utf-8"))
    content["rules"] = [rule for rule in content["rules"] if rule["id"] != "no-scores"]
    content["gaps"]["missing-scores"]["answered_by"].remove("no-scores")
    site_policy.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UsageError, match="conservative classes, ODI missing, NRS missing, history open, no deficit"):
        printed("check", site_policy)
    assert UsageError.exit_code == 2
