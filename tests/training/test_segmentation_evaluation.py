"""The evaluation as one document, as files and as a command."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from spoils.anatomy import CHAIN, DISCS, STRUCTURES
from spoils.cli import main
from spoils.errors import InputUnreadable, UsageError
from spoils.training import segmentation_evaluation
from spoils.training.segmentation_evaluation import evaluation_document, write_evaluation
from spoils.training.segmentation_scores import score_annotated

from .conftest import PATIENTS
from .scoring import NO_MODELS, answer_what_was_drawn

GRADES = (3, 4, 4, 2, 1, 5)
"""Of the discs from below."""


@pytest.fixture
def scores(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    return score_annotated(tiny_data / "annotated", PATIENTS, models=NO_MODELS)


@pytest.fixture
def graded_data(tmp_path):
    """The tables of the graded source: patient p0, and one who was not scored."""
    folder = tmp_path / "spider"
    folder.mkdir()
    (folder / "acquisitions.csv").write_text("patient,manufacturer,model\np0,Maker Health,One\np9,Maker,Two\n")
    head = (
        "patient,ivd_label,modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging,pfirrmann"
    )
    rows = [f"{patient},{n},0,0,0,0,0,0,0,{grade}" for patient in ("p0", "p9") for n, grade in enumerate(GRADES, 1)]
    (folder / "gradings.csv").write_text("\n".join((head, *rows)) + "\n")
    return tmp_path


def test_the_document_tells_sources_scanners_and_grades_apart(scores, graded_data):
    mixed = [replace(scores[0], source="spider"), *scores[1:]]
    document = evaluation_document(mixed, graded_data)
    assert document["summary"]["images"] == len(document["images"]) == 3
    assert document["summary"]["classes"]["L5"]["iou"]["mean"] == 1.0
    assert {name: table["images"] for name, table in document["by_source"].items()} == {"phantom": 2, "spider": 1}
    assert {name: table["images"] for name, table in document["by_scanner"].items()} == {
        "Maker One": 1,
        "not published (phantom)": 2,
    }
    assert {grade: row["discs"] for grade, row in document["by_grade"].items()} == {
        str(grade): GRADES.count(grade) for grade in sorted(set(GRADES))
    }
    assert document["by_grade"]["4"]["patients"] == 1
    json.dumps(document, allow_nan=False)


def test_grades_follow_their_discs(scores, graded_data):
    lowest = {name: scores[0].structures[name] for name in DISCS[-2:]}
    document = evaluation_document([replace(scores[0], source="spider", structures=lowest)], graded_data)
    assert set(document["by_grade"]) == {str(GRADES[0]), str(GRADES[1])}


def test_the_tables_of_the_graded_source_are_asked_for_only_where_needed(scores, tmp_path):
    assert evaluation_document(scores, tmp_path)["by_grade"] == {}
    with pytest.raises(InputUnreadable, match=r"scanners in acquisitions\.csv"):
        evaluation_document([replace(scores[0], source="spider")], tmp_path)


def test_the_files_hold_every_structure(scores, tiny_data, tmp_path):
    document = evaluation_document(scores, tiny_data)
    write_evaluation(document, scores, tiny_data, tmp_path / "out", worst=1)
    assert json.loads((tmp_path / "out" / "scores.json").read_text()) == document
    with (tmp_path / "out" / "images.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * len(STRUCTURES) - 1  # one canal was drawn in part
    assert {row["dice"] for row in rows} == {"1.0"}
    assert {row["name_confidence"] for row in rows if row["structure"] in CHAIN} == {"0.99"}
    assert (tmp_path / "out" / "gallery.html").read_text().count("<section") == 1


@pytest.fixture
def command(tiny_data, monkeypatch):
    """Run ``spoils evaluate segmentation`` on phantoms with an answer that is always right; return the exit code.

    The network left out the second patient's fold, and the project's folds don't know the third.
    """
    answer_what_was_drawn(monkeypatch)
    installed = SimpleNamespace(record=SimpleNamespace(sha256="0" * 64, extra={"plan": {"held_out": [1]}}))
    monkeypatch.setattr(segmentation_evaluation, "load_model", lambda name, settings: installed)
    monkeypatch.setattr(segmentation_evaluation, "segmentation_folds", lambda: {PATIENTS[0]: 0, PATIENTS[1]: 1})

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", "segmentation", "--data", str(tiny_data), *arguments])
        return ended.value.code

    return run


def test_the_command_prints_a_short_table(command, capsys):
    assert command() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 images of 2 patients; 100.0% of images")
    assert len(lines) < 20
    assert any(line.startswith("canal") and "1.000 (1.000-1.000)" in line for line in lines)


def test_the_command_prints_json_and_writes_files_of_unseen_patients(command, capsys, tmp_path):
    assert command("--json", "--out", str(tmp_path / "out")) == 0
    document = json.loads(capsys.readouterr().out)
    assert [image["patient"] for image in document["images"]] == [PATIENTS[1], PATIENTS[2]]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["gallery.html", "images.csv", "scores.json"]


def test_a_network_that_saw_everyone_is_not_scored(command, capsys, monkeypatch):
    monkeypatch.setattr(segmentation_evaluation, "segmentation_folds", lambda: dict.fromkeys(PATIENTS, 0))
    assert command() == UsageError.exit_code
    assert "saw every patient" in capsys.readouterr().err


def test_fits_without_a_fold_are_refused(command, capsys, tmp_path):
    assert command("--fits", str(tmp_path)) == InputUnreadable.exit_code
    assert "holds no fit of a fold" in capsys.readouterr().err
