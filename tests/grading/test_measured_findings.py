"""Measured slips and collapsed bodies raise a severity, and change nothing where there is none."""

import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.findings import Grade, Measurement, Severity, level_alignment, vertebral_shape
from spoils.grading import DiscGrade, count_measured
from spoils.images import Note
from spoils.messages import message


def measured(value, unit):
    return Measurement(value=value, unit=unit, method="slice 7")


def slip(level, mm, percent):
    return level_alignment(level, {"slip_mm": measured(mm, "mm"), "slip_percent": measured(percent, "percent")})


def body(level, loss):
    return vertebral_shape(level, {"wedge_loss_percent": measured(loss, "percent")})


def graded(label, findings=(), sure=0.6):
    rest = (1 - sure) / (len(GRADE_CLASSES) - 1)
    shares = {name: sure if name == label else rest for name in GRADE_CLASSES}
    found = {"narrowing": 0.1, "bulging": 0.1, "spondylolisthesis": 0.03} | dict.fromkeys(findings, 0.9)
    return DiscGrade(
        label=label,
        label_probabilities=shares,
        prediction_set=(label,),
        pfirrmann=Grade(grade=int(label[0]), probabilities={label[0]: 1.0}),
        severity=Severity(grade=label[1], probabilities={"L": 0.2, "M": 0.3, "H": 0.5}),
        why=message("not-found"),
        contributions={},
        findings=found,
    )


def test_nothing_changes_without_a_slip_or_a_collapsed_body():
    grades = {level: graded("4M") for level in DISCS}
    levels = [slip(level, 2.0, 6.0) for level in DISCS]
    found = count_measured(grades, levels, [body("L2", 22.0)])
    assert all(found[level] is grades[level] for level in DISCS)


@pytest.mark.parametrize(
    ("label", "findings", "expected"),
    [
        ("3L", (), "3M"),
        ("4L", ("narrowing", "bulging"), "4H"),
        ("4H", (), "4H"),
        ("2L", ("narrowing",), "2L"),
        ("5M", ("narrowing",), "5M"),
    ],
)
def test_a_slip_raises_the_severity_by_its_points_and_never_lowers_it(label, findings, expected):
    found = count_measured({"L4-L5": graded(label, findings)}, [slip("L4-L5", 6.1, 18.0)], [])["L4-L5"]

    assert (found.label, found.severity.grade, found.pfirrmann.grade) == (expected, expected[1], int(label[0]))
    assert found.prediction_set == (expected,)
    assert found.findings["spondylolisthesis"] == 1.0
    assert sum(found.label_probabilities.values()) == pytest.approx(1.0)
    assert found.label_probabilities[expected] >= 0.6
    assert sum(found.severity.probabilities.values()) == pytest.approx(1.0)
    assert any("measured slip of 6.1 mm, 18 %" in reason for reason in found.severity.reasons)


def test_a_collapsed_body_counts_at_both_discs_beside_it_and_once_at_each():
    grades = {level: graded("3L") for level in DISCS}
    found = count_measured(grades, [], [body("L2", 31.0), body("L3", 27.0)])
    assert [found[level].label for level in DISCS] == ["3L", "3M", "3M", "3M", "3L", "3L"]
    assert found["L2-L3"].severity.reasons == ["L2 has lost 31 % of its height (2 points)"]
    assert found["L4-L5"] is grades["L4-L5"]


def test_a_slip_and_a_collapsed_body_add_up():
    found = count_measured({"L4-L5": graded("3L")}, [slip("L4-L5", 6.1, 18.0)], [body("L5", 45.0)])["L4-L5"]
    assert found.label == "3H"


def test_a_disc_that_is_not_graded_stays_so():
    note = Note("not-graded", message("not-found"))
    assert count_measured({"L4-L5": note}, [slip("L4-L5", 6.1, 18.0)], [])["L4-L5"] is note
