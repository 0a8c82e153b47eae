"""Validation of a policy: every possible case has exactly one rule, and being worse off is never less urgent.

A patient who is worse off in one respect (grade, one score, treatment so far, deficit) and the same in all others must
not be led to a less urgent pathway, unless an exception of the policy explains that place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from spoils.decision.policy_schema import History, Rule, UrgencyException
from spoils.decision.rules import PolicyCase, RuleSet
from spoils.decision.scales import GIVEN_SCORE_BANDS, ScoreBand
from spoils.findings import Treatment

__all__ = ["PolicyValidation", "UrgencyDrop", "validate_rules"]


@dataclass(frozen=True, order=True)
class UrgencyDrop:
    """A place where worse is less urgent: what gets worse, and the rules of the better and of the worse case."""

    worse: str
    from_rule: str
    to_rule: str


@dataclass(frozen=True)
class PolicyValidation:
    """What was checked: every case with its rule, and every urgency drop with the id of its exception."""

    rules: dict[PolicyCase, Rule]
    urgency_drops: dict[UrgencyDrop, str]


def validate_rules(rule_set: RuleSet) -> PolicyValidation:
    """Check the rules against every possible case.

    Raises:
        ValueError: a case has no rule or several, a rule never applies or shares its id, an urgency drop has no
            exception, or an exception is not needed; the message names the case.
    """
    records = _treatment_records(rule_set)
    rules = {case: _only_rule(rule_set, case) for case in _cases(rule_set, records)}
    used = {rule.id for rule in rules.values()}
    idle = {rule.id for rule in rule_set.rules} - used
    if idle or len(used) != len(rule_set.rules):
        raise ValueError(f"rules that never apply or share an id: {', '.join(sorted(idle)) or 'same id'}")
    drops: dict[UrgencyDrop, str] = {}
    for worse, better_case, worse_case in _comparable_cases(rule_set, rules, records):
        better, worst = rules[better_case], rules[worse_case]
        if rule_set.urgency_of(worst.pathway) < rule_set.urgency_of(better.pathway):
            drop = UrgencyDrop(worse, better.id, worst.id)
            drops[drop] = _exception(rule_set, drop, worse_case).id
    _require_needed(rule_set, drops)
    return PolicyValidation(rules, drops)


def _treatment_records(rule_set: RuleSet) -> set[tuple[History, ...]]:
    """Return the histories, one for each stratum, that some set of failed treatments leads to."""
    failures = [frozenset(some) for count in range(len(Treatment) + 1) for some in combinations(Treatment, count)]
    return {
        tuple(stratum.history(failed, refractory=refractory) for stratum in rule_set.strata)
        for failed, refractory in product(failures, (False, True))
    }


def _cases(rule_set: RuleSet, records: set[tuple[History, ...]]) -> Iterator[PolicyCase]:
    for place, stratum in enumerate(rule_set.strata):
        histories = [history for history in History if any(record[place] is history for record in records)]
        for odi, nrs, history, deficit in product(ScoreBand, ScoreBand, histories, (False, True)):
            yield PolicyCase(stratum.name, odi, nrs, history, deficit)


def _only_rule(rule_set: RuleSet, case: PolicyCase) -> Rule:
    rules = rule_set.rules_for(case)
    if len(rules) != 1:
        found = f"the rules {', '.join(rule.id for rule in rules)}" if rules else "no rule"
        raise ValueError(f"{_described(case)}: {found}")
    return rules[0]


def _comparable_cases(
    rule_set: RuleSet, rules: dict[PolicyCase, Rule], records: set[tuple[History, ...]]
) -> Iterator[tuple[str, PolicyCase, PolicyCase]]:
    """Yield what gets worse, the better and the worse case, for all pairs that differ in one respect."""
    for case in rules:
        yield from (("score", case, replace(case, odi=band)) for band in _higher(case.odi))
        yield from (("score", case, replace(case, nrs=band)) for band in _higher(case.nrs))
        later = list(History)[list(History).index(case.history) + 1 :]
        histories = (replace(case, history=history) for history in later)
        yield from (("history", case, other) for other in histories if other in rules)
        if not case.stable_deficit:
            yield "deficit", case, replace(case, stable_deficit=True)
    names = [stratum.name for stratum in rule_set.strata]
    for record, (odi, nrs, deficit) in product(records, product(ScoreBand, ScoreBand, (False, True))):
        of_one_patient = [
            PolicyCase(name, odi, nrs, history, deficit) for name, history in zip(names, record, strict=True)
        ]
        yield from (("grade", milder, worse) for milder, worse in combinations(of_one_patient, 2))


def _higher(band: ScoreBand) -> tuple[ScoreBand, ...]:
    return () if band is ScoreBand.MISSING else GIVEN_SCORE_BANDS[GIVEN_SCORE_BANDS.index(band) + 1 :]


def _explains(exception: UrgencyException, drop: UrgencyDrop) -> bool:
    from_it, to_it = drop.from_rule in exception.from_rules, drop.to_rule in exception.to_rules
    return exception.worse == drop.worse and from_it and to_it


def _exception(rule_set: RuleSet, drop: UrgencyDrop, case: PolicyCase) -> UrgencyException:
    for exception in rule_set.exceptions:
        if _explains(exception, drop):
            return exception
    raise ValueError(
        f"{_described(case)}: a worse {drop.worse} is less urgent (rule {drop.to_rule}, before {drop.from_rule}), "
        "and no exception says why"
    )


def _require_needed(rule_set: RuleSet, drops: dict[UrgencyDrop, str]) -> None:
    for exception in rule_set.exceptions:
        explained = [drop for drop in drops if _explains(exception, drop)]
        needed = {drop.from_rule for drop in explained} | {drop.to_rule for drop in explained}
        idle = (exception.from_rules | exception.to_rules) - needed
        if idle:
            raise ValueError(f"the exception {exception.id} is not needed for {', '.join(sorted(idle))}")


def _described(case: PolicyCase) -> str:
    deficit = "a stable deficit" if case.stable_deficit else "no deficit"
    return f"{case.stratum} classes, ODI {case.odi}, NRS {case.nrs}, history {case.history}, {deficit}"
