"""The study: what it compares, what its page tells, and that phantoms can rehearse it."""

import json
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.image import imread

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import FEATURES, grade_of, severity_of
from spoils.io import read_input
from spoils.training.dataset import Acquisition, DiscRow, DiscTable, read_acquisitions
from spoils.training.dataset.table import IMAGE_SHAPE
from spoils.training.graders.registry import build_grader
from spoils.training.grading_labels import DiscLabel, read_disc_labels
from spoils.training.grading_protocols import ByPatient, BySlice
from spoils.training.study import StudyInputs, StudyPlan, full_plan, quick_plan, read_published, run_experiment
from spoils.training.study.charts import Bars, bar_chart, confusion_chart, count_chart
from spoils.training.study.experiment import IMAGE_MODELS, TABULAR_MODELS, _with_as_many_steps
from spoils.training.study.page import StudyContent, study_page
from spoils.training.study.rehearsal import write_rehearsal_data
from spoils.training.study.run import _read_segmentation, _shown

PAIR = {"published": ("mobilenet-v2", "boosting")}


@dataclass(frozen=True)
class Guess:
    """Answers every disc with the class that it saw most, and a little of all others."""

    name: str

    def fit(self, discs, *, seed):
        return FittedGuess(np.bincount(discs.classes, minlength=11) + 1.0)


@dataclass(frozen=True, eq=False)
class FittedGuess:
    counts: np.ndarray

    def probabilities(self, discs):
        return np.tile(self.counts / self.counts.sum(), (len(discs), 1))


@pytest.fixture(scope="module")
def table():
    """Ten patients; the first is worn most, the last least."""
    rng = np.random.default_rng(0)
    rows = [
        DiscRow(
            DiscLabel(f"p{patient}", level, grade_of(label), severity_of(label)),
            rng.random(len(FEATURES), dtype=np.float32),
            rng.random(IMAGE_SHAPE, dtype=np.float32),
            Acquisition(sex="FM"[patient % 2], field_t=1.5),
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
    noise = experiment.results["label_noise"]["published"]
    of_all = experiment.results["protocols"]["patients"]["ensembles"]["published"]["figures"]
    assert noise["all"]["figures"] == of_all
    assert noise["without_contradicted"]["discs"] == 60 - len(experiment.doubtful) < 60


@pytest.fixture(scope="module")
def page(experiment):
    measured = {"summary": {"images": 7, "classes": {"mean": {"dice": {"mean": 0.9123}, "missing": 2}}}}
    picture = count_chart({"a": {"b": 1}})
    return study_page(StudyContent(experiment.results, read_published(), measured, {"p0": picture}, rehearsed=True))


def test_the_page_shows_ours_beside_the_papers_and_needs_nothing_else(page, experiment):
    accuracy = experiment.results["protocols"]["patients"]["graders"]["svm"]["figures"]["class_accuracy"]["value"]
    for told in (
        f"{accuracy:.3f} (",
        "<td>0.978</td>",
        "<td>0.9123</td>",
        "by patient, 7 images",
        "e83322",
        "rehearsal",
    ):
        assert told in page
    assert page.count("data:image/png;base64,") == 1 + 1 + 2 + 2
    assert "://" not in page
    assert 'src="data' in page


def test_a_full_study_does_not_say_that_it_is_a_rehearsal(experiment):
    assert "rehearsal" not in study_page(StudyContent(experiment.results, read_published()))


def size(png):
    return imread(BytesIO(png)).shape[:2]


def test_charts_are_pictures_with_and_without_the_papers_figure():
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    bars = Bars("accuracy", ["a", "b"], {"patients": [figure, figure]}, [None, 0.9])
    one, two = bar_chart([bars]), bar_chart([bars, replace(bars, paper=[None, None])])
    assert size(two)[1] > 1.8 * size(one)[1]
    assert size(confusion_chart(np.eye(11, dtype=np.intp), GRADE_CLASSES, "all right"))[0] > 300


def test_the_published_figures_are_those_of_the_abstract():
    published = read_published()
    assert published.figure("mobilenet-v2", "iou") == 0.9676
    assert published.figure("boosting", "accuracy") == 0.9165
    assert published.figure("vgg16", "accuracy") is None
    assert sum(published.cohort["sex"].values()) == sum(published.cohort["age"].values()) == 402


def test_plans_hold_the_papers_models_and_the_split_to_believe(table):
    names = {grader.name for grader in full_plan().graders}
    assert names >= {*IMAGE_MODELS, *TABULAR_MODELS}
    hurried = quick_plan(table)
    assert {grader.plan.epochs for grader in hurried.graders if grader.name in IMAGE_MODELS} == {1}
    assert set(hurried.protocols[0].folds) == set(table.patients.tolist())
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
        _read_segmentation(path)


def test_phantoms_are_written_as_spider_is(tmp_path):
    spider = write_rehearsal_data(tmp_path, 2) / "spider"
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


def test_copies_of_discs_make_no_fit_longer():
    grader = build_grader("cnn")
    assert _with_as_many_steps(grader, 100, 400).plan.epochs == grader.plan.epochs // 4
    assert _with_as_many_steps(grader, 100, 100) == grader
    assert _with_as_many_steps(build_grader("svm"), 100, 400) == build_grader("svm")


def test_a_study_of_no_epochs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="one epoch"):
        StudyInputs(tmp_path, epochs=0)
