"""``spoils fhir``: an assessment file in, one bundle out."""

import json

import pytest
import typer
from typer.testing import CliRunner

from spoils.cli.fhir import fhir
from spoils.errors import InputUnreadable
from spoils.findings import RESEARCH_USE
from spoils.report import assessment_json

from ..report.builders import assessment

program = typer.Typer()
program.command()(fhir)


def run(*arguments):
    return CliRunner().invoke(program, [str(argument) for argument in arguments], catch_exceptions=True)


@pytest.fixture
def source(tmp_path):
    (tmp_path / "assessment.json").write_bytes(assessment_json(assessment()))
    return tmp_path / "assessment.json"


def test_the_bundle_is_printed(source):
    done = run(source, "--patient-id", "4711")
    assert done.exit_code == 0
    bundle = json.loads(done.stdout)
    assert bundle["resourceType"] == "Bundle"
    assert bundle["entry"][0]["resource"]["subject"]["identifier"]["value"] == "4711"


def test_the_bundle_is_written(source, tmp_path):
    done = run(source, "--out", tmp_path / "bundle.json")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert RESEARCH_USE in done.stderr
    assert json.loads((tmp_path / "bundle.json").read_text(encoding="utf-8"))["type"] == "transaction"


def test_the_folder_of_a_result_and_an_earlier_schema_are_read(source):
    whole = json.loads(run(source.parent).stdout)
    content = json.loads(source.read_text(encoding="utf-8"))
    source.write_text(json.dumps(content | {"schema_version": "1.3"}), encoding="utf-8")
    assert len(json.loads(run(source).stdout)["entry"]) == len(whole["entry"])


@pytest.mark.parametrize("content", [None, "", "{}", '{"schema_version": "0.9"}'])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "assessment.json"
    if content is not None:
        path.write_text(content)
    done = run(path)
    assert isinstance(done.exception, InputUnreadable)
    assert done.stdout == ""
