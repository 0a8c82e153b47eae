"""Compares assessments of one patient: every disc, the scores and the suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spoils import __version__
from spoils.anatomy import DISCS
from spoils.findings import CANAL_MEASUREMENTS, Assessment, Clinical, Recommendation, pathway_title
from spoils.followup.changes import MeasurementJudge, grade_change, score_change
from spoils.followup.errors import MeasuredErrors, load_errors
from spoils.followup.identity import size_difference
from spoils.followup.importance import Importance, load_importance
from spoils.followup.model import Change, ChangeVerdict, DiscFollowUp, FollowUp, Visit
from spoils.followup.names import item_name
from spoils.followup.notes import notes_on
from spoils.followup.read import OrderedBy, day_of, in_order
from spoils.messages import Message, message

__all__ = ["compare"]


def compare(
    assessments: Sequence[Assessment],
    *,
    errors: MeasuredErrors | None = None,
    importance: Importance | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FollowUp:
    """Compare assessments of one patient, given in any order: the last with the first.

    Args:
        assessments: two or more, of different images.
        errors: error of measurement; the packaged one by default.
        importance: what a change means; the packaged rules by default.
        now: the clock; its time becomes ``created``.

    Raises:
        UsageError: fewer than two, the same images twice, or patients of different sex.
    """
    ordered, ordered_by = in_order(assessments)
    errors, importance = errors or load_errors(), importance or load_importance()
    share = size_difference(ordered[0], ordered[-1], errors)
    other_size = None if share is None else message("bodies-differ-in-size", percent=100 * share)
    comparison = _Comparison(tuple(ordered), errors, importance, other_size)
    discs, scores = [comparison.disc(level) for level in DISCS], list(comparison.scores())
    summary = list(comparison.summary(discs, scores))
    return FollowUp(
        created=now(),
        spoils=__version__,
        errors_version=errors.version,
        importance_version=importance.version,
        ordered_by=ordered_by,
        visits=[_visit(one, ordered_by) for one in ordered],
        summary=[str(sentence) for sentence in summary],
        summary_wording=summary,
        discs=discs,
        scores=scores,
        notes=notes_on(ordered, ordered_by, discs, errors),
    )


def _visit(assessment: Assessment, ordered_by: OrderedBy) -> Visit:
    advice = assessment.recommendation
    return Visit(
        day=day_of(assessment, ordered_by),
        created=assessment.created,
        series_uid=assessment.study.series_uid,
        spoils=assessment.provenance.spoils,
        pathway=advice.pathway if advice else None,
        urgent=bool(advice and advice.urgent),
        driving_level=advice.driving_level if advice else None,
        driving_class=advice.driving_class if advice else None,
    )


@dataclass(frozen=True)
class _Comparison:
    """Assessments in order, oldest first, and all that is needed to judge them.

    ``other_size`` is why lengths can't be compared, None where they can.
    """

    ordered: tuple[Assessment, ...]
    errors: MeasuredErrors
    importance: Importance
    other_size: Message | None

    def disc(self, level: str) -> DiscFollowUp:
        found = [{disc.level: disc for disc in one.discs}.get(level) for one in self.ordered]
        canal = [{behind.level: behind for behind in one.canal}.get(level) for one in self.ordered]
        changes = [grade_change(name, found, rule) for name, rule in self.importance.grades.items()]
        for name, rule in self.importance.measurements.items():
            error = self.errors.measurements.get(name)
            if error is not None:
                holders = canal if name in CANAL_MEASUREMENTS else found
                measured = [holder.measurements.get(name) if holder else None for holder in holders]
                changes.append(MeasurementJudge(name, error, rule.rise, self.other_size).judge(measured))
        return DiscFollowUp(level=level, labels=[disc.label if disc else None for disc in found], changes=changes)

    def scores(self) -> Iterator[Change]:
        given = [one.clinical for one in self.ordered]
        odi = [clinical.odi.percent if clinical.odi else None for clinical in given]
        nrs = [clinical.nrs.score if clinical.nrs else None for clinical in given]
        hindrance = message("pain-of-other-places") if _pain_of_other_places(given[0], given[-1]) else None
        yield score_change("odi", odi, self.importance.scores["odi"])
        rule = self.importance.scores["nrs"]
        yield score_change("nrs", nrs, rule, hindrance)
        back = [clinical.nrs_back.score if clinical.nrs_back else None for clinical in given]
        leg = [clinical.nrs_leg.score if clinical.nrs_leg else None for clinical in given]
        if any(value is not None for value in back):
            yield score_change("nrs_back", back, rule)
        if any(value is not None for value in leg):
            yield score_change("nrs_leg", leg, rule)

    def summary(self, discs: Sequence[DiscFollowUp], scores: Sequence[Change]) -> Iterator[Message]:
        if worse := _changed(ChangeVerdict.WORSE, discs, scores):
            yield message("items-worse", items=[*worse])
        if better := _changed(ChangeVerdict.BETTER, discs, scores):
            yield message("items-better", items=[*better])
        changes = [*scores, *(change for disc in discs for change in disc.changes)]
        if all(change.verdict is ChangeVerdict.NOT_COMPARABLE for change in changes):
            yield message("nothing-comparable")
        elif not worse and not better:
            yield message("nothing-changed")
        yield self._pathway()

    def _pathway(self) -> Message:
        then, now = (_suggestion(self.ordered[place].recommendation) for place in (0, -1))
        if then == now:
            return message("suggestion-then-and-now", pathway=then)
        return message("suggestion-changed", then=then, now=now)


def _changed(verdict: ChangeVerdict, discs: Sequence[DiscFollowUp], scores: Sequence[Change]) -> list[Message]:
    """Return the scores and discs with this verdict, each disc with its items."""
    named = [item_name(score.name) for score in scores if score.verdict is verdict]
    items = {disc.level: [item_name(one.name) for one in disc.changes if one.verdict is verdict] for disc in discs}
    return named + [message("changed-disc", level=level, items=[*some]) for level, some in items.items() if some]


def _suggestion(advice: Recommendation | None) -> Message:
    if advice is None:
        return message("no-suggestion")
    title = pathway_title(advice.pathway)
    return message("urgent-pathway", pathway=title) if advice.urgent else title


def _pain_of_other_places(first: Clinical, last: Clinical) -> bool:
    """Say whether the pain that counts is that of the back at one time and that of the leg at the other."""
    places = [{name for name in ("nrs_back", "nrs_leg") if getattr(one, name) is not None} for one in (first, last)]
    return all(places) and places[0].isdisjoint(places[1])
