"""What would change the suggestion: one plausible grade, score, piece of history, cut-off or other grade at a time.

Every entry is true by construction: it is a changed patient on whom the decision was run again. Changes of grades are
taken as certain, as if the prediction sets of the classes were empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from spoils.anatomy import GRADE_CLASSES
from spoils.decision.clinical_state import ClinicalState
from spoils.decision.counterfactual_changes import Move, cut_off_moves, joint_moves, score_moves
from spoils.decision.discs import GradedDiscs
from spoils.decision.explanation import Decided
from spoils.decision.policy_schema import History
from spoils.decision.verdict import decide
from spoils.decision.wording import class_list, treatment_names
from spoils.findings import Counterfactual, Pathway, Treatment
from spoils.messages import Translator

__all__ = ["MOST_SHOWN", "counterfactuals"]

MOST_SHOWN = 8
"""More would not be read; the most relevant come first."""

Kind = Literal["plausible-grade", "grade", "score", "history", "cut-off"]


@dataclass(frozen=True)
class _Change:
    """A condition in words, and the pathway that it leads to."""

    kind: Kind
    condition: str
    pathway: Pathway


def counterfactuals(decided: Decided, translator: Translator) -> list[Counterfactual]:
    """Return what would change the pathway, most relevant first, at most ``MOST_SHOWN``."""
    parts = (_plausible_grades, _scores, _history, _cut_off, _steps)
    changes = chain.from_iterable(part(decided, translator) for part in parts)
    elsewhere = [change for change in changes if change.pathway is not decided.verdict.pathway]
    return [
        Counterfactual(
            kind=change.kind,
            change=translator.gettext("If {condition}", condition=change.condition),
            pathway=change.pathway,
        )
        for change in elsewhere[:MOST_SHOWN]
    ]


def _plausible_grades(decided: Decided, translator: Translator) -> Iterator[_Change]:
    """Go through the pathways that classes which can't be ruled out lead to: by one disc if that is enough."""
    discs, policy = decided.discs, decided.policy
    if not discs.prediction_sets:
        return
    singles = _singles({level: discs.plausible(level, policy) for level in discs.classes}, decided)
    for pathway in decided.verdict.reach:
        if pathway is decided.verdict.rule.pathway:
            condition = translator.gettext("the graded classes were certain")
        elif pathway in singles:
            classes = class_list(singles[pathway])
            condition = translator.gettext(
                "a class that can't be ruled out were the true one ({classes})", classes=classes
            )
        else:
            condition = translator.gettext(
                "classes that can't be ruled out were all true ({classes})", classes=_together(pathway, decided)
            )
        yield _Change("plausible-grade", condition, pathway)


def _together(pathway: Pathway, decided: Decided) -> str:
    """Return the fewest classes that must be true together for a pathway that no single one leads to."""
    discs, policy = decided.discs, decided.policy
    choices = [discs.with_driver(driver, policy) for driver in discs.possible_drivers(policy)]
    leading = [choice for choice in choices if _pathway(discs.changed(choice), decided) is pathway]
    return class_list({level: [name] for level, name in min(leading, key=len).items()})


def _steps(decided: Decided, translator: Translator) -> Iterator[_Change]:
    """Go through the discs whose class, one step of grade or severity away and not plausible, leads elsewhere."""
    discs, policy = decided.discs, decided.policy
    steps = {
        level: [other for other in _neighbours(name) if other not in discs.plausible(level, policy)]
        for level, name in discs.classes.items()
    }
    for pathway, classes in _singles(steps, decided).items():
        listed = class_list(classes)
        yield _Change("grade", translator.gettext("one disc were one step away ({classes})", classes=listed), pathway)


def _neighbours(name: str) -> Iterator[str]:
    """Yield the classes one grade or one severity away; grades 1 and 2 have low severity only."""
    grade, severity = int(name[0]), name[1]
    for other in GRADE_CLASSES:
        apart = abs(int(other[0]) - grade), abs("LMH".index(other[1]) - "LMH".index(severity))
        falls_to_low = int(other[0]) == grade - 1 == 2
        if apart in {(0, 1), (1, 0)} or falls_to_low:
            yield other


def _singles(classes: Mapping[str, Iterable[str]], decided: Decided) -> dict[Pathway, dict[str, list[str]]]:
    """Return by pathway the discs and classes that alone lead to it, the driving disc first."""
    discs, policy = decided.discs, decided.policy
    driving = discs.driving_level(policy)
    lowest_first = sorted(classes, key=lambda level: (level != driving, policy.driving_disc.level_order.index(level)))
    found: dict[Pathway, dict[str, list[str]]] = {}
    for level in lowest_first:
        for name in classes[level]:
            pathway = _pathway(discs.changed({level: name}), decided)
            if pathway not in {decided.verdict.pathway, decided.verdict.rule.pathway}:
                found.setdefault(pathway, {}).setdefault(level, []).append(name)
    return found


def _scores(decided: Decided, translator: Translator) -> Iterator[_Change]:
    """Give the smallest change of each score that changes the pathway, or of both if one is not enough."""
    moves = score_moves(decided, translator)
    for name in ("odi", "nrs"):
        yield from _first([move for move in moves if move.score == name], "score", decided)
    if not any(_first(moves, "score", decided)):
        yield from _first(joint_moves(moves, translator), "score", decided)


def _cut_off(decided: Decided, translator: Translator) -> Iterator[_Change]:
    """Give the nearest cut-off whose move across the patient's score changes the pathway."""
    yield from _first(cut_off_moves(decided, translator), "cut-off", decided)


def _first(moves: Iterable[Move], kind: Kind, decided: Decided) -> list[_Change]:
    """Return the smallest of ``moves``, smallest first, that changes the pathway; nothing if none does."""
    for move in moves:
        pathway = decide(decided.discs, move.clinical_state, decided.policy).pathway
        if pathway is not decided.verdict.pathway:
            return [_Change(kind, move.condition, pathway)]
    return []


def _history(decided: Decided, translator: Translator) -> Iterator[_Change]:
    for condition, clinical_state in _histories(decided, translator):
        pathway = decide(decided.discs, clinical_state, decided.policy).pathway
        yield _Change("history", condition, pathway)


def _histories(decided: Decided, translator: Translator) -> Iterator[tuple[str, ClinicalState]]:
    """Yield conditions on red flags, treatment and deficit with the clinical_state that they make."""
    now, policy = decided.clinical_state, decided.policy
    stratum = policy.stratum(decided.discs.classes[decided.discs.driving_level(policy)])
    if now.red_flags:
        yield translator.gettext("every red flag were ruled out"), replace(now, red_flags=frozenset())
    history = now.history(stratum)
    if history is History.OPEN:
        tried = translator.gettext(stratum.tried)
        yield translator.gettext("the complaint persisted although {tried}", tried=tried), replace(now, refractory=True)
    elif history is History.REFRACTORY:
        untried = replace(now, refractory=False, failed=now.failed - stratum.refractory_after)
        yield translator.gettext("that treatment was not tried yet"), untried
    else:
        in_vain = now.failed & stratum.exhausted_after
        names = treatment_names(in_vain, translator)
        yield translator.gettext("this was not tried yet: {treatments}", treatments=names), _without(now, in_vain)
    if now.stable_deficit:
        yield translator.gettext("there were no neurological deficit"), replace(now, stable_deficit=False)
    else:
        yield translator.gettext("there were a stable neurological deficit"), replace(now, stable_deficit=True)


def _without(clinical_state: ClinicalState, failed: frozenset[Treatment]) -> ClinicalState:
    return replace(clinical_state, failed=clinical_state.failed - failed)


def _pathway(discs: GradedDiscs, decided: Decided) -> Pathway:
    return decide(discs, decided.clinical_state, decided.policy).pathway
