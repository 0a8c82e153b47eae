"""The validation of a policy: which cases it checks, and what it must find."""

from itertools import product

import pytest
from hypothesis import given, settings

from spoils.decision import ScoreBand, decision_table, load_policy
from spoils.decision.clinical_state import clinical_state_of
from spoils.decision.policy_schema import History
from spoils.decision.rules import PolicyCase
from spoils.errors import UsageError

from .patients import answers, clinical_of, grade_classes

POLICY = load_policy()


def test_every_case_is_checked_once():
    histories = [History.OPEN, History.REFRACTORY, History.EXHAUSTED]
    names = [stratum.name for stratum in POLICY.strata]
    expected = {PolicyCase(*case) for case in product(names, ScoreBand, ScoreBand, histories, (False, True))}
    assert set(POLICY.validation.rules) == expected
    assert len(expected) == 3 * 4 * 4 * 3 * 2


@given(grade_classes, answers)
@settings(max_examples=60, deadline=None)
def test_every_patient_is_one_of_the_cases(grade_class, given_answers):
    case = clinical_state_of(clinical_of(given_answers), POLICY).case(POLICY.stratum(grade_class))
    assert [rule.id for rule in POLICY.rules_for(case)] == [POLICY.validation.rules[case].id]


def test_urgency_drops_are_less_urgent_and_explained():
    rules = {rule.id: rule for rule in POLICY.rules}
    assert POLICY.validation.urgency_drops
    for found, name in POLICY.validation.urgency_drops.items():
        better, worse = (POLICY.urgency_of(rules[rule].pathway) for rule in (found.from_rule, found.to_rule))
        assert worse < better
        exception = next(exception for exception in POLICY.exceptions if exception.id == name)
        assert (found.from_rule in exception.from_rules, found.to_rule in exception.to_rules) == (True, True)


@pytest.mark.parametrize("place", range(5))
def test_no_exception_can_be_left_out(content, reload, place):
    left_out = content["exceptions"].pop(place)
    with pytest.raises(UsageError, match=f"a worse {left_out['worse']} is less urgent") as caught:
        reload(content)
    assert any(rule in str(caught.value) for rule in left_out["to_rules"])


def test_there_are_no_more_exceptions(content):
    assert len(content["exceptions"]) == 5


def test_an_idle_exception_is_refused(content, reload):
    content["exceptions"][0]["from_rules"].append("surgical-high")
    with pytest.raises(UsageError, match="no-high-score-for-surgery is not needed for surgical-high"):
        reload(content)


def test_an_order_that_a_policy_does_not_follow_is_refused(content, reload):
    content["urgency"]["order"].reverse()
    with pytest.raises(UsageError, match="is less urgent"):
        reload(content)


def test_what_can_not_happen_needs_no_rule(content, reload):
    for stratum in content["strata"]:
        stratum["exhausted_after"] = []
    content["rules"] = [rule for rule in content["rules"] if rule["when"].get("histories") != ["exhausted"]]
    content["exceptions"] = [entry for entry in content["exceptions"] if entry["worse"] != "history"]
    del content["gaps"]["nothing-left-to-try"]
    assert len(reload(content).validation.rules) == 3 * 4 * 4 * 2 * 2


def test_a_patient_is_compared_with_himself(content, reload):
    """What failed may exhaust a worse stratum only: the worse disc must not be less urgent then."""
    content["strata"][0]["exhausted_after"] = []
    content["rules"] = [rule for rule in content["rules"] if rule["id"] != "conservative-exhausted"]
    content["exceptions"] = [entry for entry in content["exceptions"] if entry["id"] != "next-treatment-failed"]
    content["gaps"]["nothing-left-to-try"]["answered_by"].remove("conservative-exhausted")
    with pytest.raises(UsageError, match=r"a worse grade is less urgent \(rule after-surgery, before conserv"):
        reload(content)


def test_the_table_says_what_the_rules_say():
    rows = decision_table(POLICY)
    for case, rule in POLICY.validation.rules.items():
        cell = [
            row
            for row in rows
            if (row.stratum, row.complaint) == (case.stratum, POLICY.complaint_of(case))
            and (row.history, row.stable_deficit) == (case.history, case.stable_deficit)
        ]
        assert [(row.pathway, row.rule) for row in cell] == [(rule.pathway, rule.id)]
