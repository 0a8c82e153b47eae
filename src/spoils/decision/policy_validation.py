"""The proof of a policy: a walk over all cases, so that none is left open or decided twice.

A patient who is worse off in one respect (grade, one score, treatment so far, deficit) and the same in all others must
not be led to a less urgent pathway, unless an exception of the policy words that place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from spoils.decision.policy_schema import History, Rule, WordedException
from spoils.decision.rules import Case, Rulebook
from spoils.decision.scales import GIVEN_SCORE_BANDS, ScoreBand
from spoils.findings import Treatment

__all__ = ["Break", "Proof", "prove"]


@dataclass(frozen=True, order=True)
class Break:
    """A place where worse leads to less urgent: what gets worse, and the rules of the better and of the worse case."""

    worse: str
    from_rule: str
    to_rule: str


@dataclass(frozen=True)
class Proof:
    """What was walked: every case with its rule, and every break with the id of the exception that words it."""

    rules: dict[Case, Rule]
    breaks: dict[Break, str]


def prove(book: Rulebook) -> Proof:
    """Walk all cases of a rulebook.

    Raises:
        ValueError: a case without a rule or with several, a rule that never applies or shares its id, a break that no
            exception words, or an exception that nothing needs; the message names the case.
    """
    lives = _lives(book)
    rules = {case: _only_rule(book, case) for case in _cases(book, lives)}
    used = {rule.id for rule in rules.values()}
    idle = {rule.id for rule in book.rules} - used
    if idle or len(used) != len(book.rules):
        raise ValueError(f"rules that never apply or share an id: {', '.join(sorted(idle)) or 'same id'}")
    breaks: dict[Break, str] = {}
    for worse, better_case, worse_case in _worsenings(book, rules, lives):
        better, worst = rules[better_case], rules[worse_case]
        if book.urgency_of(worst.pathway) < book.urgency_of(better.pathway):
            found = Break(worse, better.id, worst.id)
            breaks[found] = _exception(book, found, worse_case).id
    _require_needed(book, breaks)
    return Proof(rules, breaks)


def _lives(book: Rulebook) -> set[tuple[History, ...]]:
    """Return the histories, one for each stratum, that some record of failed treatments leads to."""
    records = [frozenset(some) for count in range(len(Treatment) + 1) for some in combinations(Treatment, count)]
    return {
        tuple(stratum.history(failed, refractory=refractory) for stratum in book.strata)
        for failed, refractory in product(records, (False, True))
    }


def _cases(book: Rulebook, lives: set[tuple[History, ...]]) -> Iterator[Case]:
    for place, stratum in enumerate(book.strata):
        histories = [history for history in History if any(life[place] is history for life in lives)]
        for odi, nrs, history, deficit in product(ScoreBand, ScoreBand, histories, (False, True)):
            yield Case(stratum.name, odi, nrs, history, deficit)


def _only_rule(book: Rulebook, case: Case) -> Rule:
    rules = book.rules_for(case)
    if len(rules) != 1:
        found = f"the rules {', '.join(rule.id for rule in rules)}" if rules else "no rule"
        raise ValueError(f"{_words(case)}: {found}")
    return rules[0]


def _worsenings(
    book: Rulebook, rules: dict[Case, Rule], lives: set[tuple[History, ...]]
) -> Iterator[tuple[str, Case, Case]]:
    """Yield what gets worse, the better and the worse case, for all pairs that differ in one respect."""
    for case in rules:
        yield from (("score", case, replace(case, odi=burden)) for burden in _higher(case.odi))
        yield from (("score", case, replace(case, nrs=burden)) for burden in _higher(case.nrs))
        later = list(History)[list(History).index(case.history) + 1 :]
        histories = (replace(case, history=history) for history in later)
        yield from (("history", case, other) for other in histories if other in rules)
        if not case.stable_deficit:
            yield "deficit", case, replace(case, stable_deficit=True)
    names = [stratum.name for stratum in book.strata]
    for life, (odi, nrs, deficit) in product(lives, product(ScoreBand, ScoreBand, (False, True))):
        of_one_patient = [Case(name, odi, nrs, history, deficit) for name, history in zip(names, life, strict=True)]
        yield from (("grade", milder, worse) for milder, worse in combinations(of_one_patient, 2))


def _higher(burden: ScoreBand) -> tuple[ScoreBand, ...]:
    return () if burden is ScoreBand.MISSING else GIVEN_SCORE_BANDS[GIVEN_SCORE_BANDS.index(burden) + 1 :]


def _words_it(exception: WordedException, found: Break) -> bool:
    from_it, to_it = found.from_rule in exception.from_rules, found.to_rule in exception.to_rules
    return exception.worse == found.worse and from_it and to_it


def _exception(book: Rulebook, found: Break, case: Case) -> WordedException:
    for exception in book.exceptions:
        if _words_it(exception, found):
            return exception
    raise ValueError(
        f"{_words(case)}: a worse {found.worse} is less urgent (rule {found.to_rule}, before {found.from_rule}), "
        "and no exception says why"
    )


def _require_needed(book: Rulebook, breaks: dict[Break, str]) -> None:
    for exception in book.exceptions:
        worded = [found for found in breaks if _words_it(exception, found)]
        needed = {found.from_rule for found in worded} | {found.to_rule for found in worded}
        idle = (exception.from_rules | exception.to_rules) - needed
        if idle:
            raise ValueError(f"the exception {exception.id} is not needed for {', '.join(sorted(idle))}")


def _words(case: Case) -> str:
    deficit = "a stable deficit" if case.stable_deficit else "no deficit"
    return f"{case.stratum} classes, ODI {case.odi}, NRS {case.nrs}, history {case.history}, {deficit}"
