"""The whole grading study in miniature: table, folds, both fits, exports, figures and registration."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from skimage.io import imsave

from spoils.anatomy import DISCS, GRADE_CLASSES, STRUCTURES, structure
from spoils.config import Settings
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.grading import CHANNELS, FEATURES, Graders, UsualValues, grade_of, severity_of
from spoils.images import LabelMap
from spoils.phantom import draw_slice, random_spec
from spoils.training import grading_data, grading_fit, grading_study
from spoils.training.graders.boosting import BoostingPlan, fit_geometry
from spoils.training.graders.image import ImagePlan, fit_image, image_probabilities
from spoils.training.grading_data import DiscRow, DiscTable, LeftOut, read_table, write_table
from spoils.training.grading_fit import N_FOLDS, GradingPlan, deal_grading_folds, fit_graders, grading_folds, load_table
from spoils.training.grading_labels import DiscLabel
from spoils.training.grading_release import register_graders
from spoils.training.grading_scores import with_intervals
from spoils.training.grading_study import figures_text, fit_grading, read_scores

PLAN = GradingPlan(
    image=ImagePlan(epochs=1, batch=8, widths=(4, 4)), geometry=BoostingPlan(trees=2, depth=2, least_in_leaf=1)
)
LIGHTNING_ADVICE = (
    "ignore:The '.*' does not have many workers",
    "ignore:`isinstance\\(treespec, LeafSpec\\)`",
    "ignore:.*lr_scheduler.step\\(\\)",
    "ignore:GPU available",
)
pytestmark = [pytest.mark.filterwarnings(advice) for advice in LIGHTNING_ADVICE]


def row(patient, level, label, rng):
    """A disc whose features and picture tell its class."""
    index = GRADE_CLASSES.index(label)
    features = rng.normal(index, 0.1, len(FEATURES)).astype(np.float32)
    features[rng.integers(1, len(FEATURES))] = np.nan
    image = np.full((len(CHANNELS), DISC_ROWS, DISC_COLUMNS), index / 10, dtype=np.float32)
    return DiscRow(DiscLabel(patient, level, grade_of(label), severity_of(label)), features, image)


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
    patch.setattr(grading_study, "load_table", lambda *_: table)
    patch.setattr(grading_study, "with_intervals", partial(with_intervals, repeats=20))
    with patch.context():
        return out, fit_grading(out, out, PLAN)


def test_the_packaged_folds_keep_eight_groups_of_patients():
    sizes = np.bincount(list(grading_folds().values()))
    assert len(sizes) == N_FOLDS
    assert np.ptp(sizes) <= 1


@pytest.mark.data
def test_the_packaged_folds_are_those_dealt_from_the_data(data_dir):
    assert deal_grading_folds(data_dir / "spider") == grading_folds()


def test_a_table_survives_its_file(table, tmp_path):
    write_table(table, tmp_path / "discs.parquet", "made here")
    read = read_table(tmp_path / "discs.parquet", "made here")
    assert read.left_out == table.left_out
    assert [r.label for r in read.rows] == [r.label for r in table.rows]
    np.testing.assert_array_equal(read.features, table.features)
    np.testing.assert_allclose(read.images, table.images, atol=1e-3)


def test_a_table_made_from_something_else_is_not_used(table, tmp_path):
    write_table(table, tmp_path / "discs.parquet", "made here")
    assert read_table(tmp_path / "discs.parquet", "made there") is None
    assert read_table(tmp_path / "none.parquet", "made here") is None


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
        return SimpleNamespace(labels=LabelMap(missing[None], series.grid), coverage=coverage, notes=(), ungradable={})

    monkeypatch.setattr(grading_data, "segment", segment)
    models = SimpleNamespace(network=SimpleNamespace(record=SimpleNamespace(sha256="0" * 64)))
    monkeypatch.setattr(grading_fit.SegmentationModels, "load", lambda settings: models)
    return tmp_path, seen


def test_a_table_is_built_once_and_lists_what_it_leaves_out(tiny_spider, tmp_path):
    data, seen = tiny_spider
    built, again = (load_table(data, tmp_path, Settings(), lambda stage, done: None) for _ in range(2))
    assert len(seen) == 2
    assert [r.label.level for r in built.rows] == list(DISCS[1:])
    assert {r.label.label for r in built.rows} == {"3L"}
    one, other = sorted(grading_folds())[:2]
    assert [(left.patient, left.level) for left in built.left_out] == [(one, DISCS[0]), (other, None)]
    assert built.left_out[1].reason == "No sacrum."
    assert again.left_out == built.left_out
    assert grading_fit._table_digest(again) == grading_fit._table_digest(built)


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
    text = figures_text(scores)
    assert "pfirrmann kappa" in text
    assert "1 patients whose image was refused, and 1 single discs" in text
    assert (out / "scores.txt").read_text(encoding="utf-8") == text


def test_registered_graders_load_together_and_answer_as_fitted(finished, table, tmp_path):
    out, scores = finished
    records = register_graders(out, tmp_path)
    assert all(record.metrics["ensemble"] == scores["mean"] for record in records)
    graders = Graders.load(Settings(models_dir=tmp_path, threads=1))
    found = graders.probabilities(table.images[:5], table.features[:5])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    session = onnxruntime.InferenceSession(out / "grader-image.onnx", providers=["CPUExecutionProvider"])
    one_by_one = [session.run(["probabilities"], {"discs": table.images[i : i + 1]})[0] for i in range(5)]
    together = session.run(["probabilities"], {"discs": table.images[:5]})[0]
    np.testing.assert_allclose(np.concatenate(one_by_one), together, atol=1e-6)
    assert all(isinstance(usual, UsualValues) for usual in graders.usual.values())


def test_a_fit_broken_off_goes_on_without_doing_its_folds_again(finished, table, monkeypatch):
    out, _ = finished
    for done_before in ("_answer_fold", "fit_image", "fit_geometry"):
        monkeypatch.setattr(grading_fit, done_before, lambda *_, **__: pytest.fail("this was fitted before"))
    fit_graders(table, out, PLAN, lambda stage, done: None)


def test_answers_for_another_table_are_not_reused(finished, table):
    out, _ = finished
    digest = json.loads((out / "fold-0.json").read_text())["table"]
    changed = replace(table, rows=table.rows[:-1])
    assert grading_fit._table_digest(table) == digest
    assert grading_fit._table_digest(changed) != digest


def test_another_plan_needs_another_folder(finished, table):
    with pytest.raises(UsageError):
        fit_graders(table, finished[0], replace(PLAN, seed=1), lambda stage, done: None)


def test_an_unfinished_fit_has_no_scores(tmp_path):
    with pytest.raises(InputUnreadable):
        read_scores(tmp_path)
    with pytest.raises(InputUnreadable):
        register_graders(tmp_path, tmp_path / "models")


def test_the_same_seed_gives_the_same_network(table):
    first, second = (fit_image(table.images[:32], table.classes[:32], PLAN.image, seed=5) for _ in range(2))
    np.testing.assert_array_equal(
        image_probabilities(first, table.images[:4]), image_probabilities(second, table.images[:4])
    )


def test_boosting_answers_for_all_classes_even_unseen_ones(table):
    few = table.classes < 4
    grader = fit_geometry(table.features[few], table.classes[few], PLAN.geometry, seed=0)
    found = grader.probabilities(table.features)
    assert found.shape == (96, 11)
    assert (found[:, 4:] == 0).all()
