"""The whole grading study in miniature: table, folds, both fits, exports, figures and registration."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from skimage.io import imsave

from spoils.anatomy import DISCS, GRADE_CLASSES, STRUCTURES, structure
from spoils.config import Settings
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.grading import CHANNELS, FEATURES, Graders, UsualValues, grade_of, severity_of
from spoils.images import LabelMap
from spoils.models.runtime import InferenceSession
from spoils.phantom import draw_slice, random_spec
from spoils.training.data.acquisitions import scanner_of_patients
from spoils.training.data.gradings import DiscLabel, Findings
from spoils.training.data.splits import N_FOLDS, assign_folds, grading_folds, write_folds
from spoils.training.disc_table import DiscRow, DiscTable, LeftOut
from spoils.training.disc_table import build as grading_data
from spoils.training.disc_table import dataset as dataset_folder
from spoils.training.disc_table.dataset import open_table
from spoils.training.grading import cross_validation as grading_study
from spoils.training.grading.cross_validation import evaluate_predictions, fit_grading, read_scores
from spoils.training.grading.evaluation.markdown import figures_text
from spoils.training.grading.evaluation.reports import (
    likely_findings_report,
    severity_conflicts,
    stacking_report,
)
from spoils.training.grading.evaluation.scores import ScoredDiscs
from spoils.training.grading.fit import GradingPlan, fit_graders
from spoils.training.grading.models.boosting import BoostingPlan
from spoils.training.grading.models.image import ImageGrader, ImagePlan
from spoils.training.grading.models.tabular import TabularGrader
from spoils.training.grading.protocols import ByPatient, SplitPredictions, digest_of
from spoils.training.grading.release import register_graders

from ...fit_warnings import LIGHTNING_ADVICE

PLAN = GradingPlan(
    image=ImageGrader(plan=ImagePlan(epochs=1, batch=8, widths=(4, 4))),
    geometry=TabularGrader("boosting", BoostingPlan(trees=2, depth=2, least_in_leaf=1)),
)
pytestmark = [pytest.mark.filterwarnings(advice) for advice in LIGHTNING_ADVICE]


def row(patient, level, label, rng):
    """A disc whose features and picture tell its class."""
    index = GRADE_CLASSES.index(label)
    features = rng.normal(index, 0.1, len(FEATURES)).astype(np.float32)
    features[rng.integers(1, len(FEATURES))] = np.nan
    image = np.full((len(CHANNELS), DISC_ROWS, DISC_COLUMNS), index / 10, dtype=np.float32)
    findings = Findings(bulging=index % 2)
    return DiscRow(DiscLabel(patient, level, grade_of(label), severity_of(label), findings), features, image)


@pytest.fixture(scope="module")
def table():
    """Sixteen patients, two in each fold, who have all classes in turn."""
    rng = np.random.default_rng(0)
    folds = grading_folds()
    patients = [p for fold in range(N_FOLDS) for p in sorted(q for q in folds if folds[q] == fold)[:2]]
    rows = [
        row(patient, level, GRADE_CLASSES[(6 * number + position) % 11], rng)
        for number, patient in enumerate(patients)
        for position, level in enumerate(DISCS)
    ]
    return DiscTable(tuple(rows), (LeftOut("x", None, "refused"), LeftOut("y", DISCS[0], "not found")))


@pytest.fixture(scope="module")
def finished(table, tmp_path_factory):
    """A finished fit: its folder and what it says."""
    out = tmp_path_factory.mktemp("fit")
    patch = pytest.MonkeyPatch()
    patch.setattr(grading_study, "open_table", lambda *_: table)
    patch.setattr(grading_study, "evaluate_predictions", partial(evaluate_predictions, repeats=20))
    with patch.context():
        return out, fit_grading(out, out, PLAN)


def test_the_packaged_folds_keep_eight_groups_of_patients():
    sizes = np.bincount(list(grading_folds().values()))
    assert len(sizes) == N_FOLDS
    assert np.ptp(sizes) <= 1


@pytest.mark.data
def test_the_packaged_folds_are_those_dealt_from_the_data(data_dir):
    assert assign_folds(scanner_of_patients(data_dir / "spider"), N_FOLDS) == grading_folds()


@pytest.fixture
def tiny_spider(tmp_path, monkeypatch):
    """Two phantom patients in the form of SPIDER, segmented exactly; the second one's slice is refused."""
    folder = tmp_path / "spider"
    (folder / "images").mkdir(parents=True)
    patients = sorted(grading_folds())[:2]
    pixels, labels = draw_slice(random_spec(np.random.default_rng(1)))
    scaled = np.clip(pixels / np.percentile(pixels, 99.5), 0, 1) * 255
    header = "patient,spacing_mm,manufacturer,model\n"
    rows = "".join(f"{patient},0.8,maker,{model}\n" for model, patient in enumerate(patients))
    (folder / "acquisitions.csv").write_text(header + rows)
    findings = "modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging"
    grades = "".join(f"{patient},{n},0,0,0,0,0,0,1,3\n" for patient in patients for n in range(1, 8))
    (folder / "gradings.csv").write_text(f"patient,ivd_label,{findings},pfirrmann\n{grades}")
    for patient in patients:
        imsave(folder / "images" / f"{patient}.png", scaled.astype(np.uint8), check_contrast=False)
    seen = []

    def segment(series, model, *, mid_slice):
        seen.append(series)
        if len(seen) % 2 == 0:
            raise UnsuitableInput("No sacrum.")
        missing = np.where(labels == structure(DISCS[0]).label, 0, labels)
        coverage = {s.name: (missing == s.label).astype(np.float32) for s in STRUCTURES if (missing == s.label).any()}
        found = LabelMap(missing[None], series.grid)
        return SimpleNamespace(labels=found, mid_slice=0, coverage=coverage, notes=(), ungradable={})

    monkeypatch.setattr(grading_data, "segment_plausibly", segment)
    models = SimpleNamespace(network=SimpleNamespace(record=SimpleNamespace(sha256="0" * 64)), detector=None)
    monkeypatch.setattr(dataset_folder.SegmentationModels, "load", lambda settings: models)
    return tmp_path, seen


def test_a_table_is_built_once_and_lists_what_it_leaves_out(tiny_spider, tmp_path):
    data, seen = tiny_spider
    built, again = (open_table(data, tmp_path / "discs.parquet", Settings()) for _ in range(2))
    assert len(seen) == 2
    assert [r.label.level for r in built.rows] == list(DISCS[1:])
    assert {r.label.label for r in built.rows} == {"3L"}
    one, other = sorted(grading_folds())[:2]
    assert [(left.patient, left.level) for left in built.left_out] == [(one, DISCS[0]), (other, None)]
    assert built.left_out[1].reason == "No sacrum."
    assert again.left_out == built.left_out
    assert digest_of(again.discs) == digest_of(built.discs)


def test_the_study_leaves_figures_and_two_graders(finished):
    out, scores = finished
    assert scores == read_scores(out)
    assert (scores["discs"], scores["patients"]) == (96, 16)
    assert sum(map(sum, scores["confusion"])) == 96
    for grader in ("image", "geometry", "mean"):
        for figure in scores[grader].values():
            assert figure["low"] <= figure["value"] + 1e-9
            assert figure["value"] <= figure["high"] + 1e-9
    assert scores["geometry"]["class_accuracy"]["value"] > 0.6
    assert set(scores["by_part"]) == {"level", "sex", "scanner", "field_strength"}
    assert len(scores["by_class"]) == 11
    assert set(scores["learned"]["figures"]) == set(scores["mean"])


def test_the_text_tells_every_figure_and_what_was_left_out(finished):
    out, scores = finished
    text = figures_text(scores)
    for told in (
        "| pfirrmann kappa |",
        "| class macro iou |",
        "| 3M | 9 |",
        "| patients all covered |",
        "| learned |",
        "significantly better than their mean",
        "| true class, predicted as | 1L |",
        "| sex |",
        "| field strength |",
        "| bulging |",
        "have a severity that contradicts their likely findings",
    ):
        assert told in text
    assert "1 patients whose image was refused, and 1 single discs" in text
    assert (out / "scores.txt").read_text(encoding="utf-8") == text


def test_a_severity_is_contradicted_by_the_points_of_its_likely_findings():
    answers = [GRADE_CLASSES.index(name) for name in ("1L", "3L", "3M", "4H", "5H")]
    discs = ScoredDiscs(
        np.array(answers), np.eye(11)[answers], np.eye(11, dtype=bool)[answers], np.array(list("abcde"))
    )
    nothing, all_there = np.zeros(6), np.ones(6)
    findings = np.stack([all_there, nothing, nothing, all_there, nothing])
    assert severity_conflicts(discs, findings) == {"discs": 4, "contradicted": 2}
    assert severity_conflicts(discs, None) == {}


def test_what_likely_findings_find_and_miss_is_counted(table):
    split = ByPatient().split(table.discs, seed=0).with_findings(table.findings)
    present = np.flatnonzero(table.findings[:, 1])
    chances = np.zeros(table.findings.shape)
    chances[present[2:], 1] = 0.5
    chances[np.flatnonzero(~table.findings[:, 1])[:3], 1] = 0.9
    chances[:4, 5] = 0.6
    chances[:5, 2] = 0.2
    answers = SplitPredictions(split, np.full((96, 11), 1 / 11), chances)
    found = likely_findings_report(answers, repeats=20)
    bulging = found["bulging"]
    counts = {name: bulging[name] for name in ("discs", "present", "likely", "found")}
    assert counts == {"discs": 96, "present": len(present), "likely": len(present) + 1, "found": len(present) - 2}
    assert (bulging["reported"], bulging["reported_present"]) == (bulging["likely"], bulging["found"])
    assert bulging["sensitivity"]["value"] == pytest.approx(1 - 2 / len(present))
    assert bulging["specificity"]["value"] == pytest.approx(1 - 3 / (96 - len(present)))
    assert "sensitivity" not in found["spondylolisthesis"]
    assert (found["herniation"]["likely"], found["herniation"]["reported"]) == (0, 5)
    assert found["spondylolisthesis"]["specificity"]["value"] == pytest.approx(92 / 96)
    assert likely_findings_report(replace(answers, findings=None)) == {}


def test_a_learned_ensemble_wins_only_beside_a_mean_that_is_spoilt(table):
    split = ByPatient().split(table.discs, seed=0)
    truth = np.eye(11)[table.classes]
    knows = 0.9 * truth + 0.1 / 11
    lies = 0.999 * np.roll(truth, 5, axis=1) + 0.001 / 11
    assert stacking_report(lies, knows, split, repeats=50)["wins"]
    assert not stacking_report(knows, knows, split, repeats=50)["wins"]


def test_contradicted_grades_are_listed_drawn_and_scored_with_and_without(finished):
    out, scores = finished
    noise = scores["label_issues"]
    listed = len((out / "label-issues.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert noise["all"]["figures"] == scores["mean"]
    assert noise["all"]["discs"] - noise["without_issues"]["discs"] == listed
    assert noise["without_issues"]["discs"] <= noise["without_large_issues"]["discs"] <= noise["all"]["discs"]
    page = (out / "label-issues.html").read_text(encoding="utf-8")
    assert f"For {listed} of 96 discs, every model predicts another" in page


def test_registered_graders_load_together_and_answer_as_fitted(finished, table, tmp_path):
    out, scores = finished
    records = register_graders(out, tmp_path)
    assert all(record.metrics["ensemble"] == scores["mean"] for record in records)
    assert all(record.extra["reference"] == scores["reference"] for record in records)
    kept = records[0].metrics
    assert kept == {**records[1].metrics, "alone": scores["image"]}
    assert all(kept[name] == scores[name] for name in ("findings", "confusion"))
    assert kept["learned"]["wins"] == scores["learned"]["wins"]
    assert kept["by_class"]["3M"]["discs"] == 9
    assert kept["by_class"]["3M"]["recall"] == pytest.approx(scores["by_class"]["3M"]["recall"], abs=1e-6)
    assert list(kept["by_part"]["level"]) == list(DISCS)
    assert kept["by_part"]["level"][DISCS[0]]["figures"]["set_coverage"]["value"] <= 1
    graders = Graders.load(Settings(models_dir=tmp_path, threads=1))
    answers = graders.answers(table.images[:5], table.features[:5])
    found = np.stack([answer.probabilities for answer in answers])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    session = InferenceSession(out / "grader-image.onnx", providers=["CPUExecutionProvider"])
    one_by_one = [session.run(["probabilities"], {"discs": table.images[i : i + 1]})[0] for i in range(5)]
    together = session.run(["probabilities"], {"discs": table.images[:5]})[0]
    np.testing.assert_allclose(np.concatenate(one_by_one), together, atol=1e-6)
    assert all(isinstance(usual, UsualValues) for usual in graders.usual.values())


def test_a_fit_broken_off_goes_on_without_doing_its_folds_again(finished, table, monkeypatch):
    out, _ = finished
    for grader in (ImageGrader, TabularGrader):
        monkeypatch.setattr(grader, "fit", lambda *_, **__: pytest.fail("this was fitted before"))
    fit_graders(table, out, PLAN, lambda stage, done: None)


def test_the_folds_of_the_data_are_used_and_leave_nobody_out(table, tmp_path, monkeypatch):
    one, *others = sorted(set(table.discs.patients.tolist()))
    assert one in grading_folds()
    write_folds(
        {patient: number % N_FOLDS for number, patient in enumerate(others)}, tmp_path / "spider" / "folds.json"
    )
    monkeypatch.setattr(grading_study, "open_table", lambda *_: table)
    with pytest.raises(UsageError, match=r"in no fold: 1\. Run 'spoils dataset folds"):
        fit_grading(tmp_path, tmp_path / "fit", PLAN)
    assert not (tmp_path / "fit" / "plan.json").exists()


def test_another_plan_needs_another_folder(finished, table):
    with pytest.raises(UsageError):
        fit_graders(table, finished[0], replace(PLAN, seed=1), lambda stage, done: None)


def test_an_unfinished_fit_has_no_scores(tmp_path):
    with pytest.raises(InputUnreadable):
        read_scores(tmp_path)
    with pytest.raises(InputUnreadable):
        register_graders(tmp_path, tmp_path / "models")


def test_the_pair_is_chosen_by_name():
    assert GradingPlan.named("disc", "ordinal-boosting") == GradingPlan()
    assert GradingPlan.named("patient", "forest", seed=3).as_text().count('"name"') == 2
    started = GradingPlan.named("mobilenet-v2", "forest", encoder_weights=Path("weights.pth"))
    assert started.image.encoder_weights == Path("weights.pth")
    with pytest.raises(UsageError):
        GradingPlan.named("boosting", "disc")
    with pytest.raises(UsageError, match="can't be exported"):
        GradingPlan.named("disc", "svm")


def test_the_reference_is_the_usual_disc_and_tells_what_was_never_measured(finished, table):
    reference = finished[1]["reference"]
    assert len(reference) == len(FEATURES)
    never = replace(table, rows=tuple(replace(row, features=row.features * np.nan) for row in table.rows))
    assert grading_study._reference(never) == [None] * len(FEATURES)
    assert reference[0] == pytest.approx(float(np.median(table.features[:, 0])))
