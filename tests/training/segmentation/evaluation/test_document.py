"""The evaluation as one document, as files and as a command."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from spoils.anatomy import CHAIN, DISCS, STRUCTURES
from spoils.cli import main
from spoils.errors import InputUnreadable, UsageError
from spoils.training.data.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.data.splits import folds_digest, segmentation_folds, unannotated_folds
from spoils.training.segmentation.evaluation import installed as installed_scores
from spoils.training.segmentation.evaluation.document import evaluation_document, write_evaluation
from spoils.training.segmentation.evaluation.installed import learned_from, unseen_patients
from spoils.training.segmentation.evaluation.scores import score_annotated
from spoils.training.segmentation.samples import annotated_samples

from ..conftest import PATIENTS
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
    with pytest.raises(InputUnreadable, match=r"acquisitions in acquisitions\.csv"):
        evaluation_document([replace(scores[0], source="spider")], tmp_path)


@pytest.mark.parametrize(("maker", "model", "scanner"), [("", "", "not published (spider)"), ("", "One", "One")])
def test_a_scanner_without_maker_or_model_is_one_that_is_not_known(scores, graded_data, maker, model, scanner):
    path = graded_data / "spider" / "acquisitions.csv"
    path.write_text(f"patient,manufacturer,model\np0,{maker},{model}\n", encoding="utf-8-sig")
    document = evaluation_document([replace(scores[0], source="spider")], graded_data)
    assert list(document["by_scanner"]) == [scanner]


@pytest.mark.data
def test_scanners_of_the_project_have_the_names_that_its_results_have(data_dir):
    rows = read_acquisitions(data_dir / "spider" / "acquisitions.csv").values()
    assert {ScannerRecord.of_row(row).scanner for row in rows} == {
        "Philips Ingenia",
        *(f"SIEMENS {model}" for model in ("Aera", "Avanto", "Avanto_fit", "Prisma_fit", "Skyra_fit", "SymphonyTim")),
    }


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
    monkeypatch.setattr(installed_scores, "load_model", lambda name, settings: installed)
    monkeypatch.setattr(installed_scores, "segmentation_folds", lambda: {PATIENTS[0]: 0, PATIENTS[1]: 1})

    def run(*arguments, data=tiny_data):
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", "segmentation", "--data", str(data), *arguments])
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
    monkeypatch.setattr(installed_scores, "segmentation_folds", lambda: dict.fromkeys(PATIENTS, 0))
    assert command() == UsageError.exit_code
    assert "saw every patient" in capsys.readouterr().err


def test_fits_without_a_fold_are_refused(command, capsys, tmp_path):
    assert command("--fits", str(tmp_path)) == InputUnreadable.exit_code
    assert "holds no fit of a fold" in capsys.readouterr().err


@pytest.fixture
def own_data(tiny_data, tmp_path):
    """A copy of the tiny data that a test may change."""
    return Path(shutil.copytree(tiny_data, tmp_path / "own"))


def test_an_image_without_a_drawn_level_is_told_as_such(command, own_data, capsys):
    for patient in PATIENTS:
        path = own_data / "annotated" / f"{patient}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"shapes": []}))
    assert command(data=own_data) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 images of 2 patients; no level drawn"
    assert "  phantom: -, images: 2" in lines


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace(",canal", ",chanel"), "lacks canal"),
        (lambda text: text.replace(",", ";"), "lacks id, source"),
        (lambda text: text.replace("p1,1.2", "p1,"), "no spacing_mm"),
        (lambda text: text.replace("p1,1.2", "p1,wide"), "spacing_mm of p1"),
        (lambda text: text.replace("p1,1.2", "p1,nan"), "spacing_mm of p1"),
        (lambda text: text.replace("p1,1.2", "p1,-1.2"), "spacing_mm of p1"),
        (lambda text: text.replace("1.2,full", "1.2,whole"), "canal of p1"),
        (lambda text: text.replace("p1,phantom", "p0,phantom"), "the same id"),
        (lambda text: text.replace("phantom,p1", "phantom,"), "no patient"),
        (lambda text: text.replace("phantom", "\udcff"), "can't be read"),
    ],
)
def test_an_index_that_can_not_be_is_refused(command, own_data, capsys, change, sentence):
    path = own_data / "annotated" / "index.csv"
    path.write_bytes(change(path.read_text()).encode("utf-8", "surrogateescape"))
    assert command(data=own_data) == InputUnreadable.exit_code
    assert sentence in capsys.readouterr().err


def test_an_index_that_excel_wrote_is_read(command, own_data, capsys):
    path = own_data / "annotated" / "index.csv"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert command(data=own_data) == 0
    assert capsys.readouterr().out.startswith("2 images")


def test_an_annotation_of_another_size_is_refused(command, own_data, capsys):
    path = own_data / "annotated" / f"{PATIENTS[1]}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"imageHeight": 480, "imageWidth": 320}))
    assert command(data=own_data) == InputUnreadable.exit_code
    assert "a picture of 320 x 480 pixels, but p1.png has 160 x 240" in capsys.readouterr().err
    with pytest.raises(InputUnreadable, match="320 x 480"):
        annotated_samples(own_data / "annotated")


@pytest.fixture
def index(tmp_path):
    """Write the index of a folder of annotated slices of some people and return the folder of all data."""
    (tmp_path / "annotated").mkdir()

    def write(*people):
        rows = [f"{source}-{patient},{source},{patient},1.0,full" for patient, source in people]
        (tmp_path / "annotated" / "index.csv").write_text("\n".join(("id,source,patient,spacing_mm,canal", *rows)))
        return tmp_path

    return write


def fitted(*held_out, **extra):
    return SimpleNamespace(extra={"plan": {"held_out": list(held_out)}, **extra})


def test_another_source_s_patient_is_not_one_of_the_folds(index):
    data = index(("3", "spider"), ("3", "clinic"), ("vb2-05", "vb2"), ("vb2-05", "clinic"))
    clinic = {("3", "clinic"), ("vb2-05", "clinic")}
    assert unseen_patients(data, fitted()) == clinic
    assert learned_from(data, fitted()) == {("3", "spider"), ("vb2-05", "vb2")}
    fold = segmentation_folds()["3"]
    assert unseen_patients(data, fitted(fold)) >= {*clinic, ("3", "spider")}


def test_who_was_labelled_by_the_network_itself_counts_as_seen(index):
    self_labelled = next(patient for patient, fold in unannotated_folds().items() if fold > 0)
    set_aside = next(patient for patient, fold in unannotated_folds().items() if fold == 0)
    data = index((self_labelled, "spider"), (set_aside, "spider"), (self_labelled, "clinic"))
    assert unseen_patients(data, fitted()) == {(self_labelled, "clinic")}
    assert learned_from(data, fitted()) == set()

    own = {self_labelled: 2, set_aside: 3}
    (data / "annotated" / "folds.json").write_text(json.dumps(own))
    held_out = unseen_patients(data, fitted(2, folds=folds_digest(own)))
    assert (self_labelled, "spider") in held_out, "with folds of their own they are annotated patients"
    assert (set_aside, "spider") not in held_out


def test_folds_of_one_s_own_tell_whom_the_network_saw(index):
    data, own = index(("3", "clinic"), ("7", "clinic"), ("8", "clinic")), {"3": 0, "7": 1}
    record = fitted(1, folds=folds_digest(own))
    with pytest.raises(UsageError, match="patients are unknown"):
        unseen_patients(data, record)
    (data / "annotated" / "folds.json").write_text(json.dumps(own))
    assert unseen_patients(data, record) == {("7", "clinic"), ("8", "clinic")}
    assert learned_from(data, record) == {("3", "clinic")}
    packaged = fitted(folds=folds_digest(segmentation_folds()))
    assert len(unseen_patients(data, packaged)) == 3, "the shipped network saw none of the clinic's"
