"""Discs that every model contradicts: listed, drawn, and nothing dropped."""

import csv
import io

import pytest

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.training.grading.evaluation.label_gallery import label_gallery_page
from spoils.training.grading.evaluation.label_issues import (
    MIN_VOTER_KAPPA,
    eligible_voters,
    find_label_issues,
    label_issues_csv,
)
from spoils.training.grading.evaluation.reports import grader_report

from .discs import answers, graded, table


@pytest.fixture
def recorded():
    return table(["1L", "3L", "3M", "2L"])


@pytest.fixture
def found(recorded):
    """The first disc is contradicted by one model only, the third in severity only."""
    models = {"a": answers("2L", "4L", "3H", "5H"), "b": answers("1L", "2L", "3L", "4L", certainty=0.6)}
    return find_label_issues(recorded, models)


def test_only_what_every_model_contradicts_is_listed_with_least_support_first(found):
    assert [one.row for one in found] == [3, 1]
    assert [one.support for one in found] == sorted(one.support for one in found)
    by_row = {one.row: one for one in found}
    assert by_row[3].predictions == {"a": 5, "b": 4}
    assert (by_row[3].recorded, by_row[3].apart, by_row[1].apart) == (2, 2, 1)
    assert by_row[3].support == pytest.approx((0.1 + 0.4) / 2 / 11)


def test_the_list_can_be_opened_as_a_table(found):
    rows = list(csv.DictReader(io.StringIO(label_issues_csv(found))))
    assert {row["level"]: (row["recorded_grade"], row["a"], row["b"]) for row in rows} == {
        DISCS[1]: ("3", "4", "2"),
        DISCS[3]: ("2", "5", "4"),
    }


def test_models_must_have_answered_every_disc(recorded):
    with pytest.raises(UsageError):
        find_label_issues(recorded, {"a": answers("1L")})


def reported(of, chosen):
    return grader_report(graded(of, chosen), repeats=20)


def test_a_grader_that_answers_one_grade_everywhere_silences_nobody():
    """Every tenth disc is answered wrong by the good grader; the constant one agrees with all that are recorded 3."""
    names = [label for label in ("1L", "2L", "3L", "4L", "5L") for _ in range(10)]
    of = table(names, [f"p{number}" for number in range(len(names))])
    good = ["5L" if number % 10 == 0 and label == "3L" else label for number, label in enumerate(names)]
    answered = {"good": good, "constant": ["3L"] * len(names)}
    voters = eligible_voters({name: reported(of, chosen) for name, chosen in answered.items()})
    assert voters == ("good",)
    found = find_label_issues(of, {name: answers(*answered[name]) for name in voters})
    assert [(one.row, one.recorded, one.predictions) for one in found] == [(20, 3, {"good": 5})]
    assert find_label_issues(of, {name: answers(*chosen) for name, chosen in answered.items()}) == ()


def test_only_a_kappa_that_is_surely_high_enough_gives_a_vote():
    kappas = {"sure": MIN_VOTER_KAPPA + 0.01, "unsure": MIN_VOTER_KAPPA}
    reports = {
        name: {"figures": {"pfirrmann_kappa": {"value": 0.9, "low": low, "high": 1.0}}} for name, low in kappas.items()
    }
    assert eligible_voters({**reports, "one grade only": {"figures": {}}}) == ("sure",)


def test_without_a_voter_nothing_is_listed_and_the_gallery_says_so(recorded):
    assert find_label_issues(recorded, {}) == ()
    assert label_issues_csv(()).startswith("patient,level,")
    page = label_gallery_page(recorded, (), voters=())
    assert "No grader can, so no disc is listed." in page
    assert "<section" not in page
    assert "another Pfirrmann grade" not in page


def test_the_gallery_names_the_voters(recorded, found):
    assert "Voters: a, b." in label_gallery_page(recorded, found, voters=("a", "b"))
    assert "Voters" not in label_gallery_page(recorded, found)


def test_the_gallery_shows_disc_grades_and_neighbours_and_needs_nothing_else(recorded, found):
    page = label_gallery_page(recorded, found, count=1)
    assert page.count("<section") == 1
    assert page.count("data:image/png;base64,") == 1 + len(recorded.rows)
    assert "For 2 of 4 discs, every model predicts another Pfirrmann grade" in page
    assert "the 1 with the least support is shown" in page
    assert f"Patient p, {found[0].level}" in page
    assert "://" not in page
