"""Compares assessments of one patient: every disc, the scores and the suggestion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spoils import __version__
from spoils.anatomy import DISCS
from spoils.findings import CANAL_MEASUREMENTS, Assessment, Clinical, Recommendation
from spoils.followup.changes import MeasurementJudge, grade_change, score_change
from spoils.followup.errors import MeasuredErrors, load_errors
from spoils.followup.importance import Importance, load_importance
from spoils.followup.model import Change, ChangeVerdict, DiscFollowUp, FollowUp, Visit
from spoils.followup.notes import notes_on, other_size_note
from spoils.followup.read import OrderedBy, day_of, in_order
from spoils.followup.words import item_words, pathway_words
from spoils.messages import Translator, translator_for

__all__ = ["compare"]


def compare(
    assessments: Sequence[Assessment],
    translator: Translator | None = None,
    *,
    errors: MeasuredErrors | None = None,
    importance: Importance | None = None,
) -> FollowUp:
    """Compare assessments of one patient, in any order; the first is held against the last.

    Args:
        assessments: two or more, of different images.
        translator: the language of all sentences; English by default.
        errors: error of measurement; the packaged one by default.
        importance: what a change means; the packaged rules by default.

    Raises:
        UsageError: fewer than two, the same images twice, or patients of different sex.
    """
    ordered, ordered_by = in_order(assessments)
    errors, importance, translator = (
        errors or load_errors(),
        importance or load_importance(),
        translator or translator_for(),
    )
    other_size = other_size_note(ordered, errors, translator)
    comparison = _Comparison(tuple(ordered), errors, importance, translator, other_size.message if other_size else "")
    discs, scores = [comparison.disc(level) for level in DISCS], list(comparison.scores())
    return FollowUp(
        language=translator.language.value,
        created=datetime.now(UTC),
        spoils=__version__,
        errors_version=errors.version,
        importance_version=importance.version,
        ordered_by=ordered_by,
        visits=[_visit(one, ordered_by) for one in ordered],
        summary=list(comparison.summary(discs, scores)),
        discs=discs,
        scores=scores,
        notes=[*([other_size] if other_size else []), *notes_on(ordered, ordered_by, discs, translator)],
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
    """Assessments in order, oldest first, and all that is needed to judge them."""

    ordered: tuple[Assessment, ...]
    errors: MeasuredErrors
    importance: Importance
    translator: Translator
    other_size: str

    def disc(self, level: str) -> DiscFollowUp:
        found = [{disc.level: disc for disc in one.discs}.get(level) for one in self.ordered]
        canal = [{behind.level: behind for behind in one.canal}.get(level) for one in self.ordered]
        changes = [grade_change(name, found, rule, self.translator) for name, rule in self.importance.grades.items()]
        for name, rule in self.importance.measurements.items():
            error = self.errors.measurements.get(name)
            if error is not None:
                holders = canal if name in CANAL_MEASUREMENTS else found
                measured = [holder.measurements.get(name) if holder else None for holder in holders]
                judge = MeasurementJudge(name, error, rule.rise, self.other_size, self.translator)
                changes.append(judge.judge(measured))
        return DiscFollowUp(level=level, labels=[disc.label if disc else None for disc in found], changes=changes)

    def scores(self) -> Iterator[Change]:
        given = [one.clinical for one in self.ordered]
        odi = [clinical.odi.percent if clinical.odi else None for clinical in given]
        nrs = [clinical.nrs.score if clinical.nrs else None for clinical in given]
        other_place = self.translator.gettext("Pain in the back can't be compared with pain in the leg.")
        hindrance = other_place if _pain_of_other_places(given[0], given[-1]) else ""
        yield score_change("odi", odi, self.importance.scores["odi"], self.translator)
        rule = self.importance.scores["nrs"]
        yield score_change("nrs", nrs, rule, self.translator, hindrance)
        back = [clinical.nrs_back.score if clinical.nrs_back else None for clinical in given]
        leg = [clinical.nrs_leg.score if clinical.nrs_leg else None for clinical in given]
        if any(value is not None for value in back):
            yield score_change("nrs_back", back, rule, self.translator)
        if any(value is not None for value in leg):
            yield score_change("nrs_leg", leg, rule, self.translator)

    def summary(self, discs: Sequence[DiscFollowUp], scores: Sequence[Change]) -> Iterator[str]:
        say = self.translator.gettext
        for verdict in (ChangeVerdict.WORSE, ChangeVerdict.BETTER):
            named = [item_words(score.name, self.translator) for score in scores if score.verdict is verdict]
            named += [words for disc in discs if (words := self._of_disc(disc, verdict))]
            if named and verdict is ChangeVerdict.WORSE:
                yield say("Worse: {items}.", items="; ".join(named))
            elif named:
                yield say("Better: {items}.", items="; ".join(named))
        changes = [*scores, *(change for disc in discs for change in disc.changes)]
        if all(change.verdict is ChangeVerdict.NOT_COMPARABLE for change in changes):
            yield say("Nothing can be compared.")
        elif not any(change.verdict in {ChangeVerdict.WORSE, ChangeVerdict.BETTER} for change in changes):
            yield say("Nothing changed by more than its error, or by what matters to patients.")
        yield self._pathway()

    def _of_disc(self, disc: DiscFollowUp, verdict: ChangeVerdict) -> str:
        named = [item_words(change.name, self.translator) for change in disc.changes if change.verdict is verdict]
        return f"{disc.level} ({', '.join(named)})" if named else ""

    def _pathway(self) -> str:
        then, now = self.ordered[0].recommendation, self.ordered[-1].recommendation
        none = self.translator.gettext("none")
        words = [self._advice_words(advice) if advice else none for advice in (then, now)]
        if words[0] == words[1]:
            return self.translator.gettext("Suggestion then and now: {pathway}.", pathway=words[0])
        return self.translator.gettext("Suggestion then: {then}. Now: {now}.", then=words[0], now=words[1])

    def _advice_words(self, advice: Recommendation) -> str:
        name = pathway_words(advice.pathway, self.translator)
        return f"{name} ({self.translator.gettext('urgent')})" if advice.urgent else name


def _pain_of_other_places(first: Clinical, last: Clinical) -> bool:
    """Say whether the pain that counts is that of the back at one time and that of the leg at the other."""
    places = [{name for name in ("nrs_back", "nrs_leg") if getattr(one, name) is not None} for one in (first, last)]
    return all(places) and places[0].isdisjoint(places[1])
