import json

import pytest
import typer
from typer.testing import CliRunner

from spoils.anatomy import DISCS
from spoils.cli.compare import compare
from spoils.errors import InputUnreadable, UsageError
from spoils.findings import RESEARCH_USE
from spoils.followup import FollowUp

from ..followup.builders import assessment, bodies, clinical, disc

app = typer.Typer()
app.command()(compare)


@pytest.fixture
def files(tmp_path):
    visits = [
        assessment(1, [disc(DISCS[0])]),
        assessment(2, [disc(DISCS[4], height_index=0.2)], clinical=clinical(odi=60)),
    ]
    paths = [tmp_path / f"{number}.json" for number in range(len(visits))]
    for path, visit in zip(paths, visits, strict=True):
        path.write_text(visit.model_dump_json())
    return [str(path) for path in paths]


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_what_changed_is_printed(files):
    printed = run(*reversed(files)).stdout
    assert f"Worse: ODI; {DISCS[4]} (Height index)." in printed
    assert "ODI: worse. It rose by 30; 10 or more matter to patients." in printed
    assert "Severity" not in printed
    assert printed.endswith(RESEARCH_USE + "\n")


def test_the_document_is_printed_alone(files):
    done = run(*files, "--json")
    assert FollowUp.model_validate(json.loads(done.stdout)).scores[0].change == 30


def test_both_files_are_written(files, tmp_path):
    done = run(*files, "--out", str(tmp_path / "out"), "--language", "de")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["follow-up.html", "follow-up.json"]
    assert FollowUp.model_validate_json((tmp_path / "out" / "follow-up.json").read_bytes()).language == "en"
    assert '<html lang="de">' in (tmp_path / "out" / "follow-up.html").read_text(encoding="utf-8")
    assert "Schlechter: ODI; " in done.stdout
    assert "Written to" in done.stderr


def test_one_file_or_another_file_is_refused(files, tmp_path):
    with pytest.raises(UsageError, match="two assessments or more"):
        run(files[0])
    with pytest.raises(UsageError, match="of the same images"):
        run(files[0], files[0])
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputUnreadable, match=r"other\.json is no assessment"):
        run(files[0], str(tmp_path / "other.json"))


def test_what_questions_the_patient_is_printed_first(tmp_path):
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    for path, visit in zip(paths, [assessment(1), assessment(2, vertebrae=bodies(40.0))], strict=True):
        path.write_text(visit.model_dump_json())
    lines = run(*map(str, paths)).stdout.splitlines()
    assert lines[0].startswith("Warning: The vertebral bodies differ in size by 18 %")
    assert sum("vertebral bodies" in line and not line.startswith("  ") for line in lines) == 1
