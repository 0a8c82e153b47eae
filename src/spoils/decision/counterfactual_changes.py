"""Moves of a score, or of a cut-off across it, that make the score count for less or more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spoils.decision.clinical_state import ClinicalState
from spoils.decision.explanation import Decided
from spoils.decision.scales import GIVEN_SCORE_BANDS, NRS_MAXIMUM, ODI_MAXIMUM_PERCENT, Scale, ScoreBand
from spoils.decision.wording import figure, score_band_name
from spoils.messages import Translator

__all__ = ["Move", "cut_off_moves", "joint_moves", "score_moves"]

_MAXIMA = {"odi": ODI_MAXIMUM_PERCENT, "nrs": NRS_MAXIMUM}


@dataclass(frozen=True)
class Move:
    """A condition in words, the clinical_state that it makes, and how far it is as a share of the scale.

    ``score`` is ``odi`` or ``nrs``, or both joined by ``+``.
    """

    score: str
    condition: str
    clinical_state: ClinicalState
    share: float


def score_moves(decided: Decided, translator: Translator) -> list[Move]:
    """Return for each given score the nearest value of each other burden, smallest move first."""
    moves: list[Move] = []
    for name, scale, value in _given(decided):
        now: ScoreBand = getattr(decided.clinical_state, name)
        for burden in GIVEN_SCORE_BANDS:
            if burden is now:
                continue
            above, up_to = scale.span([burden])
            rises = GIVEN_SCORE_BANDS.index(burden) > GIVEN_SCORE_BANDS.index(now)
            edge = above if rises else up_to
            if edge is None:  # no burden lies beyond the end of the scale
                continue
            condition = _score_condition(name, edge, value, translator, rises=rises)
            moves.append(_move(decided, name, burden, condition, abs(value - edge)))
    return sorted(moves, key=lambda move: move.share)


def joint_moves(moves: list[Move], translator: Translator) -> list[Move]:
    """Return moves of both scores at once, smallest sum first, from those of each."""
    joint = [
        Move(
            score="odi+nrs",
            condition=translator.gettext("{one} and {other}", one=odi.condition, other=nrs.condition),
            clinical_state=odi.clinical_state.with_burden("nrs", nrs.clinical_state.nrs),
            share=odi.share + nrs.share,
        )
        for odi in moves
        for nrs in moves
        if (odi.score, nrs.score) == ("odi", "nrs")
    ]
    return sorted(joint, key=lambda move: move.share)


def cut_off_moves(decided: Decided, translator: Translator) -> list[Move]:
    """Return the moves of the cut-offs next to each given score that carry them across it, smallest first.

    A score at an end of its scale has none: no cut-off lies beyond.
    """
    moves: list[Move] = []
    for name, scale, value in _given(decided):
        if not 0.0 < value < _MAXIMA[name]:
            continue
        now: ScoreBand = getattr(decided.clinical_state, name)
        above, up_to = scale.span([now])
        place = GIVEN_SCORE_BANDS.index(now)
        if above is not None:
            words = _cut_off_words(now, above, value, translator)
            condition = _raised_cut_off(name, words, translator)
            moves.append(_move(decided, name, GIVEN_SCORE_BANDS[place - 1], condition, value - above))
        if up_to is not None:
            higher = GIVEN_SCORE_BANDS[place + 1]
            words = _cut_off_words(higher, up_to, value, translator)
            condition = _lowered_cut_off(name, words, translator)
            moves.append(_move(decided, name, higher, condition, up_to - value))
    return sorted(moves, key=lambda move: move.share)


def _given(decided: Decided) -> Iterator[tuple[str, Scale, float]]:
    clinical, scores = decided.clinical, decided.policy.scores
    if clinical.odi is not None:
        yield "odi", scores.odi, clinical.odi.percent
    if clinical.nrs is not None:
        yield "nrs", scores.nrs, clinical.nrs.score


def _move(decided: Decided, name: str, burden: ScoreBand, condition: str, distance: float) -> Move:
    return Move(name, condition, decided.clinical_state.with_burden(name, burden), distance / _MAXIMA[name])


def _score_condition(name: str, edge: float, value: float, translator: Translator, *, rises: bool) -> str:
    figures = {"edge": figure(edge, translator), "value": figure(value, translator)}
    if name == "odi":
        if rises:
            return translator.gettext("the ODI were above {edge} % (now {value} %)", **figures)
        return translator.gettext("the ODI were {edge} % or less (now {value} %)", **figures)
    if rises:
        return translator.gettext("the NRS were above {edge} (now {value})", **figures)
    return translator.gettext("the NRS were {edge} or less (now {value})", **figures)


def _cut_off_words(burden: ScoreBand, edge: float, value: float, translator: Translator) -> dict[str, str]:
    return {
        "burden": score_band_name(burden, translator),
        "edge": figure(edge, translator),
        "value": figure(value, translator),
    }


def _raised_cut_off(name: str, words: Mapping[str, str], translator: Translator) -> str:
    if name == "odi":
        return translator.gettext("an ODI counted as {burden} only above {value} %, not {edge} %", **words)
    return translator.gettext("an NRS counted as {burden} only above {value}, not {edge}", **words)


def _lowered_cut_off(name: str, words: Mapping[str, str], translator: Translator) -> str:
    if name == "odi":
        return translator.gettext("an ODI counted as {burden} from {value} % on, not above {edge} %", **words)
    return translator.gettext("an NRS counted as {burden} from {value} on, not above {edge}", **words)
