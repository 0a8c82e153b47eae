import numpy as np
import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import ModelMismatch
from spoils.findings import DiscFinding
from spoils.grading import FEATURE_KINDS, FEATURES, FINDINGS, DiscGrade, Graders, grade_discs
from spoils.grading.activation import grade_activation
from spoils.images import Note
from spoils.messages import message


def sharing(**shares):
    """Class probabilities with these shares."""
    return [shares.get(f"c{name}", 0.0) for name in GRADE_CLASSES]


def test_the_grade_is_read_from_the_mean_of_both_graders(patient, install):
    graders = Graders.load(install(sharing(c3M=0.6, c4M=0.4), sharing(c4M=0.6, c4H=0.4)))
    grades = grade_discs(patient.measurements, patient.volumes, patient.contours, graders)
    assert tuple(grades) == DISCS
    grade = grades[DISCS[-1]]
    assert isinstance(grade, DiscGrade)
    assert grade.label == "4M"
    assert (grade.pfirrmann.grade, grade.severity.grade) == (4, "M")
    assert grade.label_probabilities["4M"] == pytest.approx(0.5, abs=1e-4)
    assert grade.pfirrmann.probabilities["4"] == pytest.approx(0.7, abs=1e-4)
    assert grade.severity.probabilities["H"] == pytest.approx(0.2, abs=1e-4)
    assert grade.prediction_set == ("3M", "4M", "4H")


def test_a_grade_fits_the_result_model(patient, install):
    even = np.full(11, 1 / 11)
    grade = grade_discs(patient.measurements, patient.volumes, patient.contours, Graders.load(install(even, even)))[
        DISCS[0]
    ]
    finding = DiscFinding(
        level=DISCS[0],
        label=grade.label,
        label_probabilities=dict(grade.label_probabilities),
        prediction_set=list(grade.prediction_set),
        pfirrmann=grade.pfirrmann,
        severity=grade.severity,
    )
    assert sum(finding.label_probabilities.values()) == pytest.approx(1)


def test_softening_changes_confidence_but_not_the_answer(patient, install):
    shares = sharing(c2L=0.7, c3L=0.3)
    grade = grade_discs(
        patient.measurements, patient.volumes, patient.contours, Graders.load(install(shares, shares, temperature=2.0))
    )
    assert grade[DISCS[1]].label == "2L"
    assert 0.5 < grade[DISCS[1]].label_probabilities["2L"] < 0.65


def test_a_disc_that_was_not_cut_out_gets_a_reason(patient, install):
    even = np.full(11, 1 / 11)
    only = {DISCS[2]: patient.volumes[DISCS[2]]}
    grades = grade_discs(patient.measurements, only, patient.contours, Graders.load(install(even, even)))
    assert isinstance(grades[DISCS[2]], DiscGrade)
    others = {grades[level].code for level in DISCS if level != DISCS[2]}
    assert others == {"not-graded"}
    assert DISCS[0] in str(grades[DISCS[0]].message)


def test_a_disc_that_must_not_be_graded_still_counts_as_a_neighbour(patient, install):
    graders = Graders.load(install(sharing(c3M=0.6, c4M=0.4), sharing(c4M=0.6, c4H=0.4)))
    doubt = Note("level-doubtful", message("disc-name-uncertain", level=DISCS[0]))
    whole = grade_discs(patient.measurements, patient.volumes, patient.contours, graders)
    grades = grade_discs(patient.measurements, patient.volumes, patient.contours, graders, {DISCS[0]: doubt})
    assert grades[DISCS[0]] is doubt
    assert {level: grades[level] for level in DISCS[1:]} == {level: whole[level] for level in DISCS[1:]}


def test_without_discs_nothing_is_graded(patient, install):
    even = np.full(11, 1 / 11)
    grades = grade_discs(patient.measurements, {}, patient.contours, Graders.load(install(even, even)))
    assert [type(grade) for grade in grades.values()] == [Note] * len(DISCS)


@pytest.mark.parametrize("change", [{"geometry_fit": "another"}, {"features": ("height",)}, {"temperature": -1.0}])
def test_graders_that_do_not_fit_this_version_or_each_other_are_refused(install, change):
    even = np.full(11, 1 / 11)
    with pytest.raises(ModelMismatch):
        Graders.load(install(even, even, **change))


def test_a_grade_tells_what_each_kind_of_feature_adds(patient, install):
    even = np.full(11, 1 / 11)
    graders = Graders.load(install(even, sharing(c4M=0.6, c4H=0.4)))
    added = grade_discs(patient.measurements, patient.volumes, patient.contours, graders)[DISCS[3]].contributions
    assert added == pytest.approx(dict.fromkeys(FEATURE_KINDS, 0.0), abs=1e-9)


def test_an_image_grader_without_findings_and_maps_grades_all_the_same(patient, install):
    even = np.full(11, 1 / 11)
    grade = grade_discs(patient.measurements, patient.volumes, patient.contours, Graders.load(install(even, even)))[
        DISCS[0]
    ]
    assert (grade.findings, grade.severity.reasons, grade.activation) == ({}, [], None)


def test_findings_and_maps_of_the_image_grader_become_reasons_and_a_place(patient, install):
    four = sharing(c4M=1.0)
    maps = np.zeros((len(GRADE_CLASSES), 3, 5))
    maps[GRADE_CLASSES.index("4M"), 1, 2] = 2.0
    installed = install(four, four, findings=[0.9, 0.8, 0.1, 0.0, 0.2, 0.3], activation=maps)
    grade = grade_discs(patient.measurements, patient.volumes, patient.contours, Graders.load(installed))[DISCS[4]]
    assert grade.findings == pytest.approx(dict(zip(FINDINGS, [0.9, 0.8, 0.1, 0.0, 0.2, 0.3], strict=True)))
    assert grade.severity.reasons == [
        "narrowing 0.90 (1 point)",
        "bulging 0.80 (1 point)",
        "spondylolisthesis is possible (0.30; 0.03 at an average disc)",
    ]
    assert grade.activation.shape == (3, 5)
    assert np.unravel_index(grade.activation.argmax(), (3, 5)) == (1, 2)


def test_maps_are_weighed_by_the_image_grader_alone(patient, install):
    """The maps are of its scores, so its own probabilities say how much each class counts, not the calibrated mean."""
    maps = np.random.default_rng(8).normal(0, 1, (len(GRADE_CLASSES), 3, 5)).astype(np.float32)
    image, geometry = sharing(c4L=0.1, c4M=0.6, c3M=0.2, c5H=0.1), sharing(c4M=0.2, c4H=0.5, c2L=0.3)
    graders = Graders.load(install(image, geometry, temperature=1.5, activation=maps))
    grade = grade_discs(patient.measurements, patient.volumes, patient.contours, graders)[DISCS[2]]
    assert grade.pfirrmann.grade == 4
    assert grade.activation == pytest.approx(grade_activation(maps, np.array(image), 4), abs=1e-5)
    for others in (geometry, [grade.label_probabilities[name] for name in GRADE_CLASSES]):
        assert np.abs(grade.activation - grade_activation(maps, np.array(others), 4)).max() > 0.05


def test_findings_of_both_graders_are_told_as_their_mean(patient, install):
    four = sharing(c4M=1.0)
    for also, expected in (({"findings": [0.9] * 6}, 0.6), ({}, 0.3)):
        graders = Graders.load(install(four, four, geometry_findings=[0.3] * 6, **also))
        grade = grade_discs(patient.measurements, patient.volumes, patient.contours, graders)[DISCS[4]]
        assert grade.findings == pytest.approx(dict.fromkeys(FINDINGS, expected))


@pytest.mark.parametrize(
    "also",
    [
        {"findings": [0.5] * 5},
        {"activation": np.zeros((10, 3, 5))},
        {"findings": [0.5] * 6, "geometry_findings": [0.5] * 5},
    ],
)
def test_findings_and_maps_of_another_kind_are_refused(patient, install, also):
    even = np.full(11, 1 / 11)
    with pytest.raises(ModelMismatch):
        grade_discs(patient.measurements, patient.volumes, patient.contours, Graders.load(install(even, even, **also)))


def test_the_usual_disc_is_read_where_the_record_keeps_it(install):
    even = np.full(11, 1 / 11)
    medians = [None, *range(1, len(FEATURES))]
    usual = Graders.load(install(even, even, reference=medians)).usual_features
    assert np.isnan(usual[0])
    assert usual[1:].tolist() == medians[1:]
    assert np.isnan(Graders.load(install(even, even)).usual_features).all()
    with pytest.raises(ModelMismatch):
        Graders.load(install(even, even, reference=[0.0]))
