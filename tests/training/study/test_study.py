"""The study: what it compares, what its page shows, and that it runs on phantoms."""

import json
import re
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES, STRUCTURES
from spoils.canvas import imread
from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import FEATURES, grade_of, severity_of
from spoils.io import read_input
from spoils.training.data.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.data.gradings import DiscLabel, read_disc_labels
from spoils.training.disc_table import DiscRow, DiscTable
from spoils.training.disc_table.table import IMAGE_SHAPE
from spoils.training.grading.models.registry import build_grader
from spoils.training.grading.protocols import ByPatient, BySlice
from spoils.training.study import StudyInputs, StudyPlan, full_plan, quick_plan, read_published, run_experiment
from spoils.training.study.charts import Bars, bar_chart, confusion_chart, count_chart
from spoils.training.study.experiment import IMAGE_MODELS, TABULAR_MODELS, _on_copies
from spoils.training.study.page import ENSEMBLE_MEANINGS, GRADER_MEANINGS, PROTOCOL_NAMES, StudyContent, study_page
from spoils.training.study.phantom_data import write_phantom_data
from spoils.training.study.run import _shown
from spoils.training.study.segmentation import MeasuredSegmentation, installed_segmentation, read_segmentation

PAIR = {"published": ("mobilenet-v2", "boosting")}


@dataclass(frozen=True)
class Guess:
    """Probabilities every disc with the class that it saw most, and a little of all others."""

    name: str

    def fit(self, discs, *, seed):
        return FittedGuess(np.bincount(discs.classes, minlength=11) + 1.0)


@dataclass(frozen=True, eq=False)
class FittedGuess:
    counts: np.ndarray

    def probabilities(self, discs):
        return np.tile(self.counts / self.counts.sum(), (len(discs), 1))


@dataclass(frozen=True)
class Copy:
    """Probabilities what is recorded, but calls the first disc of the table a 1L."""

    name: str
    table: DiscTable

    def fit(self, discs, *, seed):
        return self

    def probabilities(self, discs):
        classes = discs.classes.copy()
        classes[(discs.features == self.table.features[0]).all(axis=1)] = 0
        return 0.9 * np.eye(11)[classes] + 0.1 / 11


@pytest.fixture(scope="module")
def table():
    """Ten patients; the first is worn most, the last least."""
    rng = np.random.default_rng(0)
    rows = [
        DiscRow(
            DiscLabel(f"p{patient}", level, grade_of(label), severity_of(label)),
            rng.random(len(FEATURES), dtype=np.float32),
            rng.random(IMAGE_SHAPE, dtype=np.float32),
            ScannerRecord(sex="FM"[patient % 2], field_t=1.5),
        )
        for patient in range(10)
        for level, label in zip(DISCS, GRADE_CLASSES[10 - patient :: -1] + ("1L",) * 6, strict=False)
    ]
    return DiscTable(tuple(rows), ())


@pytest.fixture(scope="module")
def experiment(table, tmp_path_factory):
    folds = {f"p{number}": number % 2 for number in range(10)}
    graders = tuple(Guess(name) for name in (*IMAGE_MODELS, *TABULAR_MODELS))
    plan = StudyPlan(graders, (ByPatient(folds), BySlice(copies=1, n_folds=2)), PAIR, repeats=10)
    told = []
    found = run_experiment(table, plan, tmp_path_factory.mktemp("study"), lambda *report: told.append(report))
    assert told[-1][1] == 1.0
    assert [done for _, done in told] == sorted(done for _, done in told)
    return found


def test_every_grader_is_scored_under_both_protocols(experiment):
    protocols = experiment.results["protocols"]
    assert list(protocols) == ["patients", "slices"]
    for name, discs in (("patients", 60), ("slices", 120)):
        assert list(protocols[name]["graders"]) == [*IMAGE_MODELS, *TABULAR_MODELS]
        assert {report["discs"] for report in protocols[name]["graders"].values()} == {discs}
        assert list(protocols[name]["ensembles"]) == ["published"]
    assert json.loads(json.dumps(experiment.results, allow_nan=False)) == experiment.results


def test_doubtful_labels_stay_in_the_figures(experiment):
    noise = experiment.results["label_issues"]["published"]
    of_all = experiment.results["protocols"]["patients"]["ensembles"]["published"]["figures"]
    assert noise["all"]["figures"] == of_all
    assert noise["without_issues"]["discs"] == 60 - len(experiment.issues)


def test_graders_that_guess_have_no_vote_on_labels(experiment, page):
    assert experiment.results["voters"] == []
    assert experiment.issues == ()
    assert "Here no grader can vote, so no disc is listed." in page


def test_whoever_can_grade_votes_and_is_named(table, tmp_path, experiment):
    folds = {f"p{number}": number % 2 for number in range(10)}
    graders = (*(Guess(name) for name in PAIR["published"]), Copy("svm", table))
    plan = StudyPlan(graders, (ByPatient(folds), BySlice(copies=1, n_folds=2)), PAIR, repeats=10)
    found = run_experiment(table, plan, tmp_path, lambda *report: None)
    assert found.results["voters"] == ["svm"]
    assert [one.row for one in found.issues] == [0]
    page = study_page(StudyContent(found.results, read_published()))
    assert "Voters: svm." in page
    assert "without label issues</td><td>59</td>" in page


def estimate(mean):
    return {"mean": mean, "low": mean - 0.1, "high": mean + 0.01}


@pytest.fixture(scope="module")
def page(experiment):
    measured = MeasuredSegmentation("scores.json", 7, 1, estimate(0.95), 3, {"dice": estimate(0.9123)})
    picture = count_chart({"a": {"b": 1}})
    return study_page(StudyContent(experiment.results, read_published(), measured, {"p0": picture}, quick=True))


def test_the_page_shows_ours_beside_the_papers_and_needs_nothing_else(page, experiment):
    accuracy = experiment.results["protocols"]["patients"]["graders"]["svm"]["figures"]["class_accuracy"]["value"]
    for told in (
        f"{accuracy:.3f} <span>(",
        "<td>0.9784</td>",
        "<td>0.912 <span>(0.812-0.922)</span></td>",
        "by patient, 7 images of 1 patient<",
        "e83322",
        "quick test run",
    ):
        assert told in page
    assert page.count("data:image/png;base64,") == 1 + 1 + 2 + 2
    assert "://" not in page
    assert 'src="data' in page


def test_a_full_study_does_not_say_that_it_is_a_quick_run(experiment):
    assert "quick test run" not in study_page(StudyContent(experiment.results, read_published()))


def cells(page, *of_row):
    """Return the cells of the table row that starts with these."""
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?>(.*?)</tr>", page)]
    return next(row[len(of_row) :] for row in rows if tuple(row[: len(of_row)]) == of_row)


def test_each_published_figure_stands_under_its_protocol(page):
    assert cells(page, "mobilenet-v2", "the paper, one split") == ["0.8640", "0.7427", "not available", "not available"]
    assert cells(page, "mobilenet-v2", "the paper, 8-fold, by slice")[:2] == ["0.9784", "0.9676"]
    assert cells(page, "boosting", "the paper, one split")[:2] == ["0.9165", "0.8459"]
    for name in ("cnn", "vgg16", "logistic", "xgboost", "svm"):
        figure = "figure 6" if name in IMAGE_MODELS else "figure 7"
        assert cells(page, name, f"the paper, {figure}") == ["chart only"] * 2 + ["not available"] * 2
    assert cells(page, "the paper", "one split") == ["0.9550", "0.9280", "0.9320", "0.9300", "0.8710"]


def test_demographics_are_counted_with_shares_by_level(page, experiment):
    assert cells(page, "sex", "F") == ["5 (50.0 %)", "167 (41.5 %)"]
    assert cells(page, "age", "0-15") == ["not published", "10 (2.5 %)"]
    counted = experiment.results["demographics"]["by_level"]["label"]
    assert cells(page, "5H")[0] == f"{counted[DISCS[0]]['5H']} (10.0 %)"
    assert cells(page, "discs") == ["10"] * len(DISCS) + ["60"]
    assert "Age, treatment and scores of pain and disability are not in" in page


def test_every_name_is_explained_and_the_passes_are_told(page, experiment):
    plan = full_plan()
    own = full_plan({"mine": 3})
    assert [protocol.folds for protocol in own.protocols if isinstance(protocol, ByPatient)] == [{"mine": 3}]
    assert {grader.name for grader in plan.graders} <= GRADER_MEANINGS.keys()
    assert set(plan.ensembles) <= ENSEMBLE_MEANINGS.keys()
    assert {protocol.name for protocol in plan.protocols} == set(PROTOCOL_NAMES)
    assert "VGG16 at a quarter of its width" in page
    assert "The paper states 150 epochs." in page
    told = {**experiment.results, "epochs": {"cnn": 80, "patient": 40}}
    assert "cnn 80, patient 40." in study_page(StudyContent(told, read_published()))


def test_what_noise_on_copies_does_is_told_where_it_was_tried(page, experiment):
    assert "by how far measurements of a copy" not in page
    tried = {**experiment.results, "accuracy_by_copy_noise": {"0": 0.987, "0.8": 0.512}}
    told = study_page(StudyContent(tried, read_published()))
    assert cells(told, "accuracy, 11 classes") == ["0.987", "0.512"]


def test_colours_of_contours_are_named(page):
    for item in STRUCTURES:
        assert re.search(rf'--colour: {item.colour}"></span>[^<]*\b{item.name}\b', page)


def test_without_figures_of_the_segmentation_the_page_says_what_to_give(experiment):
    assert "--segmentation scores.json" in study_page(StudyContent(experiment.results, read_published()))


def test_accuracy_of_the_segmentation_is_that_of_all_pixels(tmp_path):
    """The mean over classes counts every pixel of the background as right thirteen times."""
    one_versus_rest = {"mean": {"accuracy": estimate(0.9989), "dice": estimate(0.92), "missing": 0}}
    summary = {
        "images": 5,
        "patients": 4,
        "classes": {**one_versus_rest, "background": {"accuracy": {**estimate(0.99), "images": 3}}},
        "pixel_accuracy": 0.9876,
        "pixel_accuracy_interval": [0.98, 0.99],
    }
    path = tmp_path / "scores.json"
    path.write_text(json.dumps({"summary": summary}))
    found = read_segmentation(path)
    assert found.accuracy == {"mean": 0.9876, "low": 0.98, "high": 0.99}
    assert (found.whole_images, list(found.figures)) == (3, ["accuracy", "dice"])
    path.write_text(json.dumps({"summary": {**summary, "pixel_accuracy": None, "classes": one_versus_rest}}))
    found = read_segmentation(path)
    assert (found.accuracy, found.whole_images, list(found.figures)) == (None, 0, ["dice"])


def test_the_record_of_the_installed_network_has_the_five_figures(tmp_path):
    found = installed_segmentation(Settings())
    assert list(found.figures) == ["accuracy", "precision", "recall", "dice", "iou"]
    assert found.accuracy["low"] < found.accuracy["mean"] < found.accuracy["high"] < 0.995
    (tmp_path / "manifest.json").write_text('{"models": []}')
    assert installed_segmentation(Settings(models_dir=tmp_path)) is None


def size(png):
    return imread(BytesIO(png)).shape[:2]


def test_charts_are_pictures_with_and_without_the_papers_figure():
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    bars = Bars("accuracy", ["a", "b"], {"patients": [figure, figure]}, {"one split": [None, 0.9]})
    one, two = bar_chart([bars]), bar_chart([bars, replace(bars, paper={})])
    assert size(two)[1] > 1.8 * size(one)[1]
    assert size(confusion_chart(np.eye(11, dtype=np.intp), GRADE_CLASSES, "all right"))[0] > 300


def test_the_published_figures_are_those_of_the_abstract():
    published = read_published()
    assert published.figure("mobilenet-v2", "8-fold, by slice", "iou") == 0.9676
    assert published.figure("boosting", "one split", "accuracy") == 0.9165
    assert published.figure("boosting", "8-fold, by slice", "accuracy") is None
    assert sum(published.cohort["sex"].values()) == sum(published.cohort["age"].values()) == 402


def test_plans_hold_the_papers_models_and_the_split_to_believe(table):
    names = {grader.name for grader in full_plan().graders}
    assert names >= {*IMAGE_MODELS, *TABULAR_MODELS}
    quick = quick_plan(table)
    assert {grader.plan.epochs for grader in quick.graders if grader.name in IMAGE_MODELS} == {1}
    assert set(quick.protocols[0].folds) == set(table.patients.tolist())
    with pytest.raises(UsageError, match="both"):
        StudyPlan((Guess("a"),), (ByPatient(),), PAIR)
    with pytest.raises(UsageError, match="split by patient"):
        StudyPlan((), (BySlice(),), {})


def test_patients_are_shown_from_least_to_most_worn(table):
    assert _shown(table)[0] == "p9"
    assert _shown(table)[-1] == "p0"
    assert len(set(_shown(table))) == 3
    assert _shown(replace(table, rows=table.rows[:1])) == ["p0"]


def test_only_a_quick_study_does_without_data(tmp_path):
    assert StudyInputs(None, quick=True).quick
    with pytest.raises(UsageError):
        StudyInputs(None)
    path = tmp_path / "scores.json"
    path.write_text("{}")
    with pytest.raises(InputUnreadable, match=r"scores\.json"):
        read_segmentation(path)


def test_phantoms_are_written_as_spider_is(tmp_path):
    spider = write_phantom_data(tmp_path, 2) / "spider"
    acquisitions, labels = read_acquisitions(spider / "acquisitions.csv"), read_disc_labels(spider / "gradings.csv")
    assert set(acquisitions) == set(labels) == {"phantom00", "phantom01"}
    assert all(set(of) == set(DISCS) for of in labels.values())
    series = read_input(spider / "images" / "phantom00.png", spacing_mm=1.2).series
    assert series.pixels.shape == (1, 240, 160)


def test_epochs_reach_every_image_grader_and_no_other():
    plan = full_plan(epochs=7)
    epochs = {grader.name: grader.plan.epochs for grader in plan.graders if hasattr(grader.plan, "epochs")}
    assert set(epochs) == {*IMAGE_MODELS, "disc", "patient"}
    assert set(epochs.values()) == {7}


def test_copies_are_all_the_variation_that_a_grader_sees():
    grader = build_grader("cnn")
    assert _on_copies(grader).plan == replace(grader.plan, augmentation=None)
    assert _on_copies(build_grader("svm")) == build_grader("svm")


def test_a_grader_may_be_asked_by_patient_alone_and_noise_on_copies_hides_leakage(table, tmp_path):
    folds = {f"p{number}": number % 2 for number in range(10)}
    graders = (Guess("mobilenet-v2"), Guess("boosting"), Guess("disc"))
    both = {**PAIR, "ours": ("disc", "boosting")}
    plan = StudyPlan(
        graders,
        (ByPatient(folds), BySlice(copies=1, n_folds=2)),
        both,
        only_by_patient=frozenset({"disc"}),
        copy_noises=(0.0, 5.0),
        repeats=10,
    )
    results = run_experiment(table, plan, tmp_path, lambda *report: None).results
    assert {name: (list(of["graders"]), list(of["ensembles"])) for name, of in results["protocols"].items()} == {
        "patients": (["mobilenet-v2", "boosting", "disc"], ["published", "ours"]),
        "slices": (["mobilenet-v2", "boosting"], ["published"]),
    }
    assert results["accuracy_by_copy_noise"]["0"] > results["accuracy_by_copy_noise"]["5"]


def test_a_study_of_no_epochs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="one epoch"):
        StudyInputs(tmp_path, epochs=0)
