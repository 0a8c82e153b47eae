import numpy as np
import pytest

from spoils.grading import FINDINGS, SEVERITIES, severity_rules
from spoils.grading.severity_rules import possible_findings, severity_reasons
from spoils.training.data.gradings import read_disc_labels

NOTHING = dict.fromkeys(FINDINGS, 0.05)


def reasons_in_english(findings, grade, severity):
    return [str(reason) for reason in severity_reasons(findings, grade, severity)]


def test_the_rules_name_every_finding_and_every_severity():
    rules = severity_rules()
    assert tuple(rules.points) == FINDINGS
    assert tuple(rules.shares) == FINDINGS
    assert tuple(rules.least_points) == SEVERITIES
    assert rules.source


@pytest.mark.parametrize(
    ("points", "grade", "severity"), [(0, 3, "L"), (1, 5, "L"), (2, 3, "M"), (3, 4, "M"), (4, 4, "H"), (8, 2, "L")]
)
def test_points_make_the_severity(points, grade, severity):
    assert severity_rules().severity(points, grade) == severity


def test_reasons_name_likely_findings_with_their_points():
    found = NOTHING | {"narrowing": 0.93, "modic": 0.5, "herniation": 0.81, "bulging": 0.49}
    assert reasons_in_english(found, 4, "H") == [
        "narrowing 0.93 (1 point)",
        "herniation 0.81 (2 points)",
        "Modic change 0.50 (1 point)",
    ]


def test_no_likely_finding_is_a_reason_too():
    assert reasons_in_english(NOTHING, 3, "L") == ["no finding is likely"]


def test_a_severity_that_the_findings_do_not_make_is_told():
    reasons = reasons_in_english(NOTHING | {"narrowing": 0.9, "bulging": 0.8}, 4, "H")
    assert reasons[2:] == ["2 points would be moderate, not high: check this disc"]


def test_a_severity_without_any_likely_finding_is_told():
    assert reasons_in_english(NOTHING, 5, "H") == [
        "no finding is likely",
        "0 points would be low, not high: check this disc",
    ]


def test_a_healthy_grade_is_low_whatever_is_found():
    reasons = reasons_in_english(NOTHING | {"herniation": 0.9, "modic": 0.8}, 2, "L")
    assert reasons == ["Pfirrmann grade 2 is low whatever is found", "herniation 0.90", "Modic change 0.80"]


def test_a_rare_finding_is_possible_long_before_it_is_likely():
    reasons = reasons_in_english(NOTHING | {"narrowing": 0.9, "herniation": 0.17, "modic": 0.49}, 4, "L")
    assert reasons == ["narrowing 0.90 (1 point)", "herniation is possible (0.17; 0.06 at an average disc)"]


def test_a_finding_is_possible_from_twice_its_share_up_to_likely():
    share = severity_rules().shares["herniation"]
    named = [possible_findings(NOTHING | {"herniation": p}) for p in (2 * share - 0.001, 2 * share, 0.499, 0.5)]
    assert named == [(), ("herniation",), ("herniation",), ()]


def test_a_possible_finding_is_told_at_a_healthy_disc_too():
    reasons = reasons_in_english(NOTHING | {"spondylolisthesis": 0.3}, 2, "L")
    assert reasons[1:] == ["spondylolisthesis is possible (0.30; 0.03 at an average disc)"]


@pytest.mark.data
def test_shares_are_those_of_the_graded_discs(data_dir):
    labels = read_disc_labels(data_dir / "spider" / "gradings.csv")
    present = [label.findings.present for of_patient in labels.values() for label in of_patient.values()]
    shares = np.mean(present, axis=0)
    assert severity_rules().shares == {name: round(float(s), 3) for name, s in zip(FINDINGS, shares, strict=True)}
