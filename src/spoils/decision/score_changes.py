"""Changes of a score, or of a cut-off beside it, that put the score into another band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spoils.decision.clinical_state import ClinicalState
from spoils.decision.decide import DecisionContext
from spoils.decision.names import rounded, score_band_name
from spoils.decision.scales import GIVEN_SCORE_BANDS, NRS_MAXIMUM, ODI_MAXIMUM_PERCENT, Scale, ScoreBand
from spoils.messages import Message, message

__all__ = ["ScoreChange", "cut_off_changes", "joint_changes", "score_changes"]

_MAXIMA = {"odi": ODI_MAXIMUM_PERCENT, "nrs": NRS_MAXIMUM}


@dataclass(frozen=True)
class ScoreChange:
    """A condition, the clinical state that it makes, and the size of the change as a share of the scale.

    ``score`` is ``odi`` or ``nrs``, or both joined by ``+``.
    """

    score: str
    condition: Message
    clinical_state: ClinicalState
    share: float


def score_changes(context: DecisionContext) -> list[ScoreChange]:
    """Return for each given score the nearest value in each other band, smallest change first."""
    changes: list[ScoreChange] = []
    for name, scale, value in _given(context):
        now: ScoreBand = getattr(context.clinical_state, name)
        for band in GIVEN_SCORE_BANDS:
            if band is now:
                continue
            above, up_to = scale.span([band])
            rises = GIVEN_SCORE_BANDS.index(band) > GIVEN_SCORE_BANDS.index(now)
            edge = above if rises else up_to
            if edge is None:  # no band lies beyond the end of the scale
                continue
            condition = _score_condition(name, edge, value, rises=rises)
            changes.append(_change(context, name, band, condition, abs(value - edge)))
    return sorted(changes, key=lambda change: change.share)


def joint_changes(changes: list[ScoreChange]) -> list[ScoreChange]:
    """Return changes of both scores at once, smallest sum first, from those of each."""
    joint = [
        ScoreChange(
            score="odi+nrs",
            condition=message("one-and-other", one=odi.condition, other=nrs.condition),
            clinical_state=odi.clinical_state.with_score_band("nrs", nrs.clinical_state.nrs),
            share=odi.share + nrs.share,
        )
        for odi in changes
        for nrs in changes
        if (odi.score, nrs.score) == ("odi", "nrs")
    ]
    return sorted(joint, key=lambda change: change.share)


def cut_off_changes(context: DecisionContext) -> list[ScoreChange]:
    """Return for each given score the changes of the cut-offs next to it that put it into another band.

    The smallest change comes first. A score at an end of its scale has none: no cut-off lies beyond.
    """
    changes: list[ScoreChange] = []
    for name, scale, value in _given(context):
        if not 0.0 < value < _MAXIMA[name]:
            continue
        now: ScoreBand = getattr(context.clinical_state, name)
        above, up_to = scale.span([now])
        place = GIVEN_SCORE_BANDS.index(now)
        if above is not None:
            condition = _raised_cut_off(name, now, above, value)
            changes.append(_change(context, name, GIVEN_SCORE_BANDS[place - 1], condition, value - above))
        if up_to is not None:
            higher = GIVEN_SCORE_BANDS[place + 1]
            condition = _lowered_cut_off(name, higher, up_to, value)
            changes.append(_change(context, name, higher, condition, up_to - value))
    return sorted(changes, key=lambda change: change.share)


def _given(context: DecisionContext) -> Iterator[tuple[str, Scale, float]]:
    clinical, scores = context.clinical, context.policy.scores
    if clinical.odi is not None:
        yield "odi", scores.odi, clinical.odi.percent
    if clinical.nrs is not None:
        yield "nrs", scores.nrs, clinical.nrs.score


def _change(context: DecisionContext, name: str, band: ScoreBand, condition: Message, distance: float) -> ScoreChange:
    clinical_state = context.clinical_state.with_score_band(name, band)
    return ScoreChange(name, condition, clinical_state, distance / _MAXIMA[name])


def _score_condition(name: str, edge: float, value: float, *, rises: bool) -> Message:
    edge, value = rounded(edge), rounded(value)
    if name == "odi":
        if rises:
            return message("if-odi-were-above", edge=edge, value=value)
        return message("if-odi-were-at-most", edge=edge, value=value)
    if rises:
        return message("if-nrs-were-above", edge=edge, value=value)
    return message("if-nrs-were-at-most", edge=edge, value=value)


def _raised_cut_off(name: str, band: ScoreBand, edge: float, value: float) -> Message:
    named, edge, value = score_band_name(band), rounded(edge), rounded(value)
    if name == "odi":
        return message("if-odi-cut-off-were-raised", band=named, edge=edge, value=value)
    return message("if-nrs-cut-off-were-raised", band=named, edge=edge, value=value)


def _lowered_cut_off(name: str, band: ScoreBand, edge: float, value: float) -> Message:
    named, edge, value = score_band_name(band), rounded(edge), rounded(value)
    if name == "odi":
        return message("if-odi-cut-off-were-lowered", band=named, edge=edge, value=value)
    return message("if-nrs-cut-off-were-lowered", band=named, edge=edge, value=value)
