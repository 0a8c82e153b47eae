"""Judges one item: has it changed by more than its error, or by what matters to patients, and for better or worse?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spoils.findings import DiscFinding, Grade, Measured, Measurement, Severity
from spoils.followup.errors import MeasuredError
from spoils.followup.importance import GradeRule, ScoreRule
from spoils.followup.model import Change, ChangeVerdict
from spoils.followup.names import amount
from spoils.messages import Message, message

__all__ = ["MeasurementJudge", "grade_change", "score_change"]

Unit = Literal["mm", "mm3", "1", "percent", "points", "grade"]
_UNITS: dict[str, Unit] = {"height_index": "1", "signal_csf_ratio": "1", "volume_mm3": "mm3"}
_LENGTHS = {"mm", "mm3"}


@dataclass(frozen=True)
class MeasurementJudge:
    """Judges one measurement of a disc over time.

    ``rise`` says what a rise means; ``other_size`` is why lengths can't be compared, None where they can.
    """

    name: str
    error: MeasuredError
    rise: Literal["better", "worse"]
    other_size: Message | None

    def judge(self, found: Sequence[Measured | None]) -> Change:
        """Return the change from the first to the last of ``found``; None is a level that is not listed."""
        unit = _UNITS.get(self.name, "mm")
        values = [one.value if isinstance(one, Measurement) else None for one in found]
        first, last = found[0], found[-1]
        if not isinstance(first, Measurement) or not isinstance(last, Measurement):
            return _not_comparable(self.name, unit, values, _missing(first, last))
        if not first.has_method_of(last):
            return _not_comparable(self.name, unit, values, message("measured-in-different-ways"))
        if self.other_size is not None and unit in _LENGTHS:
            return _not_comparable(self.name, unit, values, self.other_size)
        change, least = last.value - first.value, self.error.detectable(first.value, last.value)
        if abs(change) <= least:
            verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
        else:
            verdict = ChangeVerdict.BETTER if (change > 0) == (self.rise == "better") else ChangeVerdict.WORSE
        reason = _measured_reason(change, least, unit)
        return Change(
            name=self.name,
            unit=unit,
            values=values,
            change=change,
            least=least,
            verdict=verdict,
            reason=str(reason),
            reason_wording=reason,
        )


def _missing(first: Measured | None, last: Measured | None) -> Message:
    """Return which of two measurements is missing; at least one is."""
    if isinstance(last, Measurement):
        return message("not-measured-at-first")
    if isinstance(first, Measurement):
        return message("not-measured-at-last")
    return message("measured-neither-first-nor-last")


def _measured_reason(change: float, least: float, unit: Unit) -> Message:
    size, needed = amount(abs(change), unit), amount(least, unit)
    if abs(change) <= least:
        return message("changed-within-error", size=size, least=needed)
    if change > 0:
        return message("rose-beyond-error", size=size, least=needed)
    return message("fell-beyond-error", size=size, least=needed)


def _not_comparable(name: str, unit: Unit, values: list[float | None], reason: Message) -> Change:
    return Change(
        name=name,
        unit=unit,
        values=values,
        change=None,
        least=None,
        verdict=ChangeVerdict.NOT_COMPARABLE,
        reason=str(reason),
        reason_wording=reason,
    )


def score_change(
    name: Literal["odi", "nrs", "nrs_back", "nrs_leg"],
    values: Sequence[float | None],
    rule: ScoreRule,
    hindrance: Message | None = None,
) -> Change:
    """Judge a score in which higher is worse by the difference that matters to patients.

    ``hindrance`` is why first and last can't be compared, None where they can.
    """
    unit: Unit = "percent" if name == "odi" else "points"
    first, last = values[0], values[-1]
    if first is None or last is None:
        return _not_comparable(name, unit, list(values), message("score-not-given-twice"))
    if hindrance is not None:
        return _not_comparable(name, unit, list(values), hindrance)
    change = last - first
    size, least = amount(abs(change), unit), amount(rule.least, unit)
    if abs(change) < rule.least:
        verdict, reason = ChangeVerdict.NO_DETECTABLE_CHANGE, message("score-changed-little", size=size, least=least)
    elif change > 0:
        verdict, reason = ChangeVerdict.WORSE, message("score-rose", size=size, least=least)
    else:
        verdict, reason = ChangeVerdict.BETTER, message("score-fell", size=size, least=least)
    return Change(
        name=name,
        unit=unit,
        values=list(values),
        change=change,
        least=rule.least,
        verdict=verdict,
        reason=str(reason),
        reason_wording=reason,
    )


def grade_change(
    name: Literal["pfirrmann", "severity"], discs: Sequence[DiscFinding | None], rule: GradeRule
) -> Change:
    """Judge the Pfirrmann grade or the severity of one disc: by steps, and by what is plausible at both times."""
    values = [_step(disc.pfirrmann if name == "pfirrmann" else disc.severity) if disc else None for disc in discs]
    first, last = values[0], values[-1]
    if first is None or last is None:
        return _not_comparable(name, "grade", values, message("not-graded-twice"))
    change, steps = last - first, round(abs(last - first))
    verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
    if change == 0:
        reason = message("grade-is-the-same")
    elif steps < rule.least_steps:
        reason = message("grade-changed-within-error", exact=100 * rule.exact)
    elif _plausible_at_both(name, discs):
        reason = message("grade-plausible-at-both-times", count=steps)
    else:
        verdict = ChangeVerdict.WORSE if change > 0 else ChangeVerdict.BETTER
        reason = message("grade-changed", count=steps)
    return Change(
        name=name,
        unit="grade",
        values=values,
        change=change,
        least=rule.least_steps,
        verdict=verdict,
        reason=str(reason),
        reason_wording=reason,
    )


def _step(found: Grade | Severity | None) -> float | None:
    if isinstance(found, Grade):
        return float(found.grade)
    return 1.0 + "LMH".index(found.grade) if found else None


def _plausible_at_both(name: str, discs: Sequence[DiscFinding | None]) -> set[str]:
    """Return the grades in the prediction sets of both the first and the last."""
    place = 0 if name == "pfirrmann" else 1
    first, last = ({label[place] for label in disc.prediction_set} if disc else set() for disc in (discs[0], discs[-1]))
    return first & last
