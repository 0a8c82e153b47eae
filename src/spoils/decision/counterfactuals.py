"""Counterfactuals: what would change the suggestion, one grade, score, piece of history or cut-off at a time.

Each one is true by construction: the decision was run again for the changed patient. Changes of grades are taken as
certain, as if the prediction sets of the classes were empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from spoils.anatomy import GRADE_CLASSES
from spoils.decision.clinical_state import ClinicalState
from spoils.decision.decide import DecisionContext, decide
from spoils.decision.discs import GradedDiscs
from spoils.decision.names import class_list, treatment_names
from spoils.decision.policy_schema import History
from spoils.decision.score_changes import ScoreChange, cut_off_changes, joint_changes, score_changes
from spoils.findings import Counterfactual, Pathway, Treatment
from spoils.messages import Message, message, verbatim

__all__ = ["MOST_SHOWN", "counterfactuals"]

MOST_SHOWN = 8
"""Readers rarely read more; the most relevant ones come first."""

Kind = Literal["plausible-grade", "grade", "score", "history", "cut-off"]


@dataclass(frozen=True)
class _Change:
    """A condition, and the pathway that it leads to."""

    kind: Kind
    condition: Message
    pathway: Pathway


def counterfactuals(context: DecisionContext) -> list[Counterfactual]:
    """Return what would change the pathway, most relevant first, at most ``MOST_SHOWN``."""
    parts = (_plausible_grades, _scores, _history, _cut_off, _neighbouring_grades)
    changes = chain.from_iterable(part(context) for part in parts)
    elsewhere = [change for change in changes if change.pathway is not context.decision.pathway]
    return [_counterfactual(change) for change in elsewhere[:MOST_SHOWN]]


def _counterfactual(change: _Change) -> Counterfactual:
    wording = message("if-condition", condition=change.condition)
    return Counterfactual(kind=change.kind, change=str(wording), pathway=change.pathway, wording=wording)


def _plausible_grades(context: DecisionContext) -> Iterator[_Change]:
    """Yield the pathways that classes which can't be ruled out lead to: by one disc if that is enough."""
    discs, policy = context.discs, context.policy
    if not discs.prediction_sets:
        return
    by_one_disc = _by_one_disc({level: discs.plausible(level, policy) for level in discs.classes}, context)
    for pathway in context.decision.reach:
        if pathway is context.decision.rule.pathway:
            condition = message("if-graded-classes-were-certain")
        elif pathway in by_one_disc:
            condition = message("if-plausible-class-were-true", classes=class_list(by_one_disc[pathway]))
        else:
            condition = message("if-plausible-classes-were-true", classes=_together(pathway, context))
        yield _Change("plausible-grade", condition, pathway)


def _together(pathway: Pathway, context: DecisionContext) -> str:
    """Return the fewest classes that must be true together for a pathway that no single one leads to."""
    discs, policy = context.discs, context.policy
    choices = [discs.with_driver(driver, policy) for driver in discs.possible_drivers(policy)]
    leading = [choice for choice in choices if _pathway(discs.changed(choice), context) is pathway]
    return class_list({level: [name] for level, name in min(leading, key=len).items()})


def _neighbouring_grades(context: DecisionContext) -> Iterator[_Change]:
    """Yield the discs for which a class one step of grade or severity away, and not plausible, leads elsewhere."""
    discs, policy = context.discs, context.policy
    steps = {
        level: [other for other in _neighbours(name) if other not in discs.plausible(level, policy)]
        for level, name in discs.classes.items()
    }
    for pathway, classes in _by_one_disc(steps, context).items():
        yield _Change("grade", message("if-disc-were-one-step-away", classes=class_list(classes)), pathway)


def _neighbours(name: str) -> Iterator[str]:
    """Yield the classes one grade or one severity away; grades 1 and 2 have low severity only."""
    grade, severity = int(name[0]), name[1]
    for other in GRADE_CLASSES:
        apart = abs(int(other[0]) - grade), abs("LMH".index(other[1]) - "LMH".index(severity))
        falls_to_low = int(other[0]) == grade - 1 == 2
        if apart in {(0, 1), (1, 0)} or falls_to_low:
            yield other


def _by_one_disc(classes: Mapping[str, Iterable[str]], context: DecisionContext) -> dict[Pathway, dict[str, list[str]]]:
    """Return by pathway the discs and classes that alone lead to it, the driving disc first."""
    discs, policy, decision = context.discs, context.policy, context.decision
    driving = discs.driving_level(policy)
    lowest_first = sorted(classes, key=lambda level: (level != driving, policy.driving_disc.level_order.index(level)))
    found: dict[Pathway, dict[str, list[str]]] = {}
    for level in lowest_first:
        for name in classes[level]:
            pathway = _pathway(discs.changed({level: name}), context)
            if pathway not in {decision.pathway, decision.rule.pathway}:
                found.setdefault(pathway, {}).setdefault(level, []).append(name)
    return found


def _scores(context: DecisionContext) -> Iterator[_Change]:
    """Yield the smallest change of each score that changes the pathway, or of both if one is not enough."""
    changes = score_changes(context)
    for name in ("odi", "nrs"):
        yield from _first([change for change in changes if change.score == name], "score", context)
    if not any(_first(changes, "score", context)):
        yield from _first(joint_changes(changes), "score", context)


def _cut_off(context: DecisionContext) -> Iterator[_Change]:
    """Yield the smallest change of a cut-off that changes the pathway."""
    yield from _first(cut_off_changes(context), "cut-off", context)


def _first(changes: Iterable[ScoreChange], kind: Kind, context: DecisionContext) -> list[_Change]:
    """Return the smallest of ``changes``, smallest first, that changes the pathway; nothing if none does."""
    for change in changes:
        pathway = decide(context.discs, change.clinical_state, context.policy).pathway
        if pathway is not context.decision.pathway:
            return [_Change(kind, change.condition, pathway)]
    return []


def _history(context: DecisionContext) -> Iterator[_Change]:
    for condition, clinical_state in _histories(context):
        pathway = decide(context.discs, clinical_state, context.policy).pathway
        yield _Change("history", condition, pathway)


def _histories(context: DecisionContext) -> Iterator[tuple[Message, ClinicalState]]:
    """Yield conditions on red flags, treatment and deficit with the clinical state that they make."""
    now, policy = context.clinical_state, context.policy
    stratum = policy.stratum(context.discs.classes[context.discs.driving_level(policy)])
    if now.red_flags:
        yield message("if-red-flags-were-ruled-out"), replace(now, red_flags=frozenset())
    history = now.history(stratum)
    if history is History.OPEN:
        condition = message("if-complaint-persisted", tried=verbatim(stratum.tried))
        yield condition, replace(now, refractory=True)
    elif history is History.REFRACTORY:
        untried = replace(now, refractory=False, failed=now.failed - stratum.refractory_after)
        yield message("if-treatment-were-untried"), untried
    else:
        unsuccessful = now.failed & stratum.exhausted_after
        condition = message("if-treatments-were-untried", treatments=treatment_names(unsuccessful))
        yield condition, _without(now, unsuccessful)
    if now.stable_deficit:
        yield message("if-there-were-no-deficit"), replace(now, stable_deficit=False)
    else:
        yield message("if-there-were-a-stable-deficit"), replace(now, stable_deficit=True)


def _without(clinical_state: ClinicalState, failed: frozenset[Treatment]) -> ClinicalState:
    return replace(clinical_state, failed=clinical_state.failed - failed)


def _pathway(discs: GradedDiscs, context: DecisionContext) -> Pathway:
    return decide(discs, context.clinical_state, context.policy).pathway
