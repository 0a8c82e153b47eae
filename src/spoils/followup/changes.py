"""Judges one item: has it changed by more than its error, or by what matters to patients, and for better or worse?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spoils.findings import DiscFinding, Grade, Measured, Measurement, Severity
from spoils.followup.errors import MeasuredError
from spoils.followup.importance import GradeRule, ScoreRule
from spoils.followup.model import Change, ChangeVerdict
from spoils.followup.words import change_figure
from spoils.messages import Translator

__all__ = ["MeasurementJudge", "grade_change", "score_change"]

Unit = Literal["mm", "mm3", "1", "percent", "points", "grade"]
_UNITS: dict[str, Unit] = {"height_index": "1", "signal_csf_ratio": "1", "volume_mm3": "mm3"}
_LENGTHS = {"mm", "mm3"}


@dataclass(frozen=True)
class MeasurementJudge:
    """Judges one measurement of a disc over time.

    ``rise`` says what a rise means; ``other_size`` is why lengths can't be compared, empty where they can.
    """

    name: str
    error: MeasuredError
    rise: Literal["better", "worse"]
    other_size: str
    translator: Translator

    def judge(self, found: Sequence[Measured | None]) -> Change:
        """Return the change from the first to the last of ``found``; None is a level that is not listed."""
        unit = _UNITS.get(self.name, "mm")
        values = [one.value if isinstance(one, Measurement) else None for one in found]
        hindrance = self._hindrance(found[0], found[-1], unit)
        first, last = values[0], values[-1]
        if hindrance or first is None or last is None:
            return _not_comparable(self.name, unit, values, hindrance)
        change, least = last - first, self.error.detectable(first, last)
        if abs(change) <= least:
            verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
        else:
            verdict = ChangeVerdict.BETTER if (change > 0) == (self.rise == "better") else ChangeVerdict.WORSE
        return Change(
            name=self.name,
            unit=unit,
            values=values,
            change=change,
            least=least,
            verdict=verdict,
            reason=self._reason(change, least, unit),
        )

    def _hindrance(self, first: Measured | None, last: Measured | None, unit: Unit) -> str:
        """Say why the first and the last can't be compared; empty where they can."""
        if not isinstance(first, Measurement) and not isinstance(last, Measurement):
            return self.translator.gettext("Measured neither first nor last.")
        if not isinstance(first, Measurement):
            return self.translator.gettext("Not measured at first.")
        if not isinstance(last, Measurement):
            return self.translator.gettext("Not measured at last.")
        if _way(first) != _way(last):
            return self.translator.gettext("Measured in different ways.")
        return self.other_size if unit in _LENGTHS else ""

    def _reason(self, change: float, least: float, unit: Unit) -> str:
        size, needed = (change_figure(value, unit, self.translator) for value in (abs(change), least))
        if abs(change) <= least:
            return self.translator.gettext(
                "It changed by {size}; two measurements of one disc may differ by {least}.", size=size, least=needed
            )
        if change > 0:
            return self.translator.gettext(
                "It rose by {size}, more than the {least} by which two measurements of one disc may differ.",
                size=size,
                least=needed,
            )
        return self.translator.gettext(
            "It fell by {size}, more than the {least} by which two measurements of one disc may differ.",
            size=size,
            least=needed,
        )


def _way(measurement: Measurement) -> str:
    """Return how it was measured, without the numbers of slices."""
    return re.sub(r"\bslice \d+|\b\d+ slices", "slice", measurement.method)


def _not_comparable(name: str, unit: Unit, values: list[float | None], reason: str) -> Change:
    return Change(
        name=name,
        unit=unit,
        values=values,
        change=None,
        least=None,
        verdict=ChangeVerdict.NOT_COMPARABLE,
        reason=reason,
    )


def score_change(
    name: Literal["odi", "nrs", "nrs_back", "nrs_leg"],
    values: Sequence[float | None],
    rule: ScoreRule,
    translator: Translator,
    hindrance: str = "",
) -> Change:
    """Judge a score in which higher is worse by the difference that matters to patients.

    ``hindrance`` is why first and last can't be compared, empty where they can.
    """
    unit: Unit = "percent" if name == "odi" else "points"
    first, last = values[0], values[-1]
    if first is None or last is None:
        return _not_comparable(name, unit, list(values), translator.gettext("Not given both first and last."))
    if hindrance:
        return _not_comparable(name, unit, list(values), hindrance)
    change = last - first
    size, least = change_figure(abs(change), unit, translator), change_figure(rule.least, unit, translator)
    if abs(change) < rule.least:
        verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
        reason = translator.gettext("It changed by {size}; less than {least} rarely matters.", size=size, least=least)
    elif change > 0:
        verdict = ChangeVerdict.WORSE
        reason = translator.gettext("It rose by {size}; {least} or more matter to patients.", size=size, least=least)
    else:
        verdict = ChangeVerdict.BETTER
        reason = translator.gettext("It fell by {size}; {least} or more matter to patients.", size=size, least=least)
    return Change(
        name=name, unit=unit, values=list(values), change=change, least=rule.least, verdict=verdict, reason=reason
    )


def grade_change(
    name: Literal["pfirrmann", "severity"], discs: Sequence[DiscFinding | None], rule: GradeRule, translator: Translator
) -> Change:
    """Judge the Pfirrmann grade or the severity of one disc: by steps, and by what is plausible at both times."""
    values = [_step(disc.pfirrmann if name == "pfirrmann" else disc.severity) if disc else None for disc in discs]
    first, last = values[0], values[-1]
    if first is None or last is None:
        return _not_comparable(name, "grade", values, translator.gettext("Not graded both first and last."))
    change, shared = last - first, _plausible_at_both(name, discs)
    if change == 0:
        verdict, reason = ChangeVerdict.NO_DETECTABLE_CHANGE, translator.gettext("It is the same.")
    elif abs(change) < rule.least_steps:
        verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
        reason = translator.gettext(
            "One step is within the error: of all discs, {exact} % are graded exactly as a reader does.",
            exact=translator.number(100 * rule.exact),
        )
    elif shared:
        verdict = ChangeVerdict.NO_DETECTABLE_CHANGE
        reason = translator.gettext(
            "It changed by {steps} steps, but one is plausible at both times.", steps=int(abs(change))
        )
    else:
        verdict = ChangeVerdict.WORSE if change > 0 else ChangeVerdict.BETTER
        reason = translator.gettext(
            "It changed by {steps} steps, and none is plausible at both times.", steps=int(abs(change))
        )
    return Change(
        name=name,
        unit="grade",
        values=values,
        change=change,
        least=rule.least_steps,
        verdict=verdict,
        reason=reason,
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
