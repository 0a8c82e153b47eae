from itertools import product

import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import ModelMismatch, UsageError
from spoils.grading import FINDINGS, grade_probabilities, severity_rules
from spoils.models.runtime import InferenceSession
from spoils.training.disc_table.arrays import Discs
from spoils.training.grading.models import tabular_export
from spoils.training.grading.models.boosting import BoostingPlan, XGBoostPlan
from spoils.training.grading.models.classifiers import ForestPlan, LogisticPlan, SupportVectorPlan
from spoils.training.grading.models.ordinal import OrdinalGrader
from spoils.training.grading.models.severity import severity_by_findings
from spoils.training.grading.models.tabular import TabularGrader
from spoils.training.grading.models.tabular_export import export_tabular

FEW = BoostingPlan(trees=5)
N_FEATURES = 7


def discs(n: int = 132, seed: int = 0, classes=range(11)) -> Discs:
    """Discs whose features follow their class with noise; some were not measured."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.resize(list(classes), n))
    features = (truth[:, None] + rng.normal(size=(n, N_FEATURES))).astype(np.float32)
    features[rng.random(features.shape) < 0.05] = np.nan
    patients = np.array([f"p{row // 6}" for row in range(n)])
    return Discs(np.zeros((n, 0), np.float32), features, truth, patients, np.arange(n) % 6)


@pytest.mark.parametrize(
    "grader",
    [
        TabularGrader("boosting", FEW),
        TabularGrader("logistic", LogisticPlan()),
        TabularGrader("forest", ForestPlan(trees=5)),
        OrdinalGrader("ordinal-boosting", FEW),
        OrdinalGrader("ordinal-logistic", LogisticPlan()),
    ],
    ids=lambda grader: grader.name,
)
def test_an_exported_grader_answers_as_the_fitted_one(grader, tmp_path):
    path = tmp_path / "grader.onnx"
    fitted = grader.fit(discs(), seed=0)
    assert export_tabular(fitted, discs(), path) < 1e-5
    others = discs(30, seed=1)
    found = InferenceSession(path).run(["probabilities"], {"features": others.features})[0]
    np.testing.assert_allclose(found, fitted.probabilities(others), atol=1e-5)


def findings_of(known: Discs):
    """Findings that go with the class; each is there in some discs and not in others."""
    return np.random.default_rng(5).random((len(known), len(FINDINGS))) < known.classes[:, None] / 11 + 0.1


@pytest.mark.parametrize("plan", [FEW, LogisticPlan()])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_an_exported_grader_answers_findings_as_the_fitted_one(plan, share, tmp_path):
    known, others = discs(), discs(30, seed=1)
    fitted = OrdinalGrader("o", plan, share).fit(known, seed=0, findings=findings_of(known))
    export_tabular(fitted, known, tmp_path / "grader.onnx")
    session = InferenceSession(tmp_path / "grader.onnx")
    found = dict(
        zip(("p", "f"), session.run(["probabilities", "findings"], {"features": others.features}), strict=True)
    )
    answers = fitted.predict(others)
    np.testing.assert_allclose(found["p"], answers.probabilities, atol=1e-5)
    np.testing.assert_allclose(found["f"], answers.findings, atol=1e-5)
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1)


def test_severity_follows_from_findings_by_the_share_that_is_asked():
    known = discs()
    by_cuts, still, by_points = (
        OrdinalGrader("o", FEW, share).fit(known, seed=0, findings=findings).predict(known)
        for share, findings in ((0.5, None), (0.0, findings_of(known)), (1.0, findings_of(known)))
    )
    assert by_cuts.findings.shape == (len(known), 0)
    np.testing.assert_allclose(still.probabilities, by_cuts.probabilities, atol=1e-5)
    np.testing.assert_allclose(
        grade_probabilities(by_points.probabilities), grade_probabilities(by_cuts.probabilities), atol=1e-9
    )
    third = [GRADE_CLASSES.index(name) for name in ("3L", "3M", "3H")]
    of_third = by_points.probabilities[:, third]
    expected = severity_by_findings(by_points.findings)
    np.testing.assert_allclose(of_third / of_third.sum(axis=1, keepdims=True), expected, atol=1e-5)


def test_severity_by_findings_counts_points_over_every_combination():
    chances = np.random.default_rng(2).random(len(FINDINGS))
    expected = dict.fromkeys("LMH", 0.0)
    for there in product((False, True), repeat=len(FINDINGS)):
        points = sum(severity_rules().points[name] for name, one in zip(FINDINGS, there, strict=True) if one)
        chance = np.prod(np.where(there, chances, 1 - chances))
        expected[severity_rules().severity(points, grade=4)] += chance
    np.testing.assert_allclose(severity_by_findings(chances[None])[0], list(expected.values()), atol=1e-9)


def test_findings_of_another_number_teach_nothing():
    with pytest.raises(UsageError, match="6 findings"):
        OrdinalGrader("o", FEW).fit(discs(), seed=0, findings=np.zeros((132, 5), bool))
    with pytest.raises(UsageError, match="between zero and one"):
        OrdinalGrader("o", FEW, 1.5)


@pytest.mark.parametrize("kind", [TabularGrader, OrdinalGrader])
def test_a_grader_that_has_not_seen_all_is_not_exported(kind, tmp_path):
    few = discs(classes=(0, 1, 2))
    with pytest.raises(UsageError, match="can be exported only when"):
        export_tabular(kind("few", FEW).fit(few, seed=0), few, tmp_path / "grader.onnx")


def test_a_kind_without_converter_is_not_exported(tmp_path):
    fitted = TabularGrader("xgboost", XGBoostPlan(trees=2)).fit(discs(), seed=0)
    with pytest.raises(UsageError, match="can't be exported"):
        export_tabular(fitted, discs(), tmp_path / "grader.onnx")


def test_an_export_that_answers_otherwise_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tabular_export, "TABULAR_TOLERANCE", -1.0)
    with pytest.raises(ModelMismatch, match="differs"):
        export_tabular(TabularGrader("boosting", FEW).fit(discs(), seed=0), discs(), tmp_path / "grader.onnx")


def test_ordered_questions_know_their_neighbours():
    """A disc whose features lie between grade 2 and grade 4 is hardly ever taken for a 1 or a 5."""
    known = discs(660)
    asked = discs(110, seed=1)
    between = asked.take(np.array([GRADE_CLASSES[index] in {"3L", "3M", "3H"} for index in asked.classes]))
    by_grade = grade_probabilities(
        OrdinalGrader("o", BoostingPlan(trees=40, learning_rate=0.04)).fit(known, seed=0).probabilities(between)
    )
    assert by_grade[:, [0, 4]].sum(axis=1).mean() < 0.1
    assert by_grade.argmax(axis=1).tolist().count(2) > len(between) / 2


def test_a_disc_with_one_known_grade_is_answered_with_it():
    same = discs(classes=(3, 4))
    found = OrdinalGrader("o", FEW).fit(same, seed=0).probabilities(same)
    np.testing.assert_allclose(found[:, [2, 3, 4]].sum(axis=1), 1)
    np.testing.assert_allclose(found[:, 2], 0)


@pytest.mark.parametrize("grader", [TabularGrader("boosting", FEW), OrdinalGrader("o", FEW)])
def test_nothing_is_learned_from_nothing(grader):
    with pytest.raises(UsageError, match="needs discs"):
        grader.fit(discs().take(np.zeros(132, bool)), seed=0)


def test_one_class_alone_teaches_a_classifier_nothing():
    with pytest.raises(UsageError, match="at least two classes"):
        TabularGrader("boosting", FEW).fit(discs(classes=(2,)), seed=0)


def test_support_vectors_are_calibrated_on_other_patients():
    known = discs()
    splits = SupportVectorPlan().pipeline(known.patients, seed=0)[-1].cv
    assert len(splits) == SupportVectorPlan().inner_folds
    for fitted_on, kept_back in splits:
        assert not set(known.patients[fitted_on]) & set(known.patients[kept_back])
    with pytest.raises(UsageError, match="at least 5 patients"):
        SupportVectorPlan().pipeline(known.patients[:6], seed=0)


@pytest.mark.parametrize(
    ("plan", "values"),
    [
        (LogisticPlan, {"inverse_penalty": 0}),
        (SupportVectorPlan, {"inner_folds": 1}),
        (XGBoostPlan, {"feature_share": 0}),
        (ForestPlan, {"trees": 0}),
        (BoostingPlan, {"learning_rate": 2}),
    ],
)
def test_plans_that_can_fit_nothing_are_refused(plan, values):
    with pytest.raises(UsageError):
        plan(**values)
