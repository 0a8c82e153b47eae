"""What else would be suggested if more were known: missing scores, ungraded discs and red flags, as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from spoils.anatomy import DISCS
from spoils.decision.decide import DecisionContext, decide
from spoils.decision.names import rounded
from spoils.decision.scales import GIVEN_SCORE_BANDS, Scale, ScoreBand
from spoils.findings import Pathway, pathway_name
from spoils.messages import Message, message, verbatim

__all__ = ["alternatives"]


def alternatives(context: DecisionContext) -> list[Message]:
    """Return what the missing scores and discs would decide, and what stops any pathway.

    The list is empty where a red flag was given: nothing that is missing could outweigh it.
    """
    if context.decision.urgent:
        return []
    return [
        *_if_scores_were_known(context),
        *_if_other_discs_were_worse(context),
        verbatim(context.policy.red_flags.words),
    ]


def _if_other_discs_were_worse(context: DecisionContext) -> Iterator[Message]:
    """Try each class that is worse than the driving one for a disc without a class."""
    discs, policy = context.discs, context.policy
    ungraded = [level for level in DISCS if level not in discs.classes]
    if not ungraded:
        return
    own = policy.class_order.index(discs.classes[discs.driving_level(policy)])
    graded = (discs.with_class(ungraded[0], name) for name in policy.class_order[own + 1 :])
    pathways = dict.fromkeys(decide(other, context.clinical_state, policy).pathway for other in graded)
    others = [pathway_name(pathway) for pathway in pathways if pathway is not context.decision.pathway]
    if others:
        yield message("if-ungraded-disc-were-worse", levels=[*ungraded], pathways=[*others])


def _if_scores_were_known(context: DecisionContext) -> Iterator[Message]:
    """Try each band for the missing scores; if both are missing, the same band for both."""
    missing = [name for name in ("odi", "nrs") if getattr(context.clinical_state, name) is ScoreBand.MISSING]
    if not missing:
        return
    outcomes = [(band, _pathway(context, missing, band)) for band in GIVEN_SCORE_BANDS]
    if {pathway for _, pathway in outcomes} == {context.decision.pathway}:
        names = " + ".join(name.upper() for name in missing)
        yield message("missing-scores-change-nothing", names=names)
        return
    for pathway, group in groupby(outcomes, key=lambda outcome: outcome[1]):
        ranges = _ranges(context, missing, [band for band, _ in group])
        yield message("scores-would-lead-to", ranges=ranges, pathway=pathway_name(pathway))


def _pathway(context: DecisionContext, names: Sequence[str], band: ScoreBand) -> Pathway:
    known = context.clinical_state
    for name in names:
        known = known.with_score_band(name, band)
    return decide(context.discs, known, context.policy).pathway


def _ranges(context: DecisionContext, names: Sequence[str], bands: Sequence[ScoreBand]) -> Message:
    """Return the range of one or both scores; joined by "or" where one of the scores alone is enough."""
    ranges = [_range(name, bands, context) for name in names]
    if len(ranges) == 1:
        return ranges[0]
    target = _pathway(context, names, bands[0])
    enough = all(_pathway(context, [name], band) is target for name in names for band in bands)
    odi, nrs = ranges
    return message("one-or-other", one=odi, other=nrs) if enough else message("one-and-other", one=odi, other=nrs)


def _range(name: str, bands: Sequence[ScoreBand], context: DecisionContext) -> Message:
    """Return the range that neighbouring bands of one score make, such as ``an NRS above 6``."""
    scale: Scale = getattr(context.policy.scores, name)
    above, up_to = (None if end is None else rounded(end) for end in scale.span(bands))
    if above is None and up_to is not None:
        return message("odi-up-to", up_to=up_to) if name == "odi" else message("nrs-up-to", up_to=up_to)
    if above is not None and up_to is None:
        return message("odi-above", above=above) if name == "odi" else message("nrs-above", above=above)
    if above is None or up_to is None:
        raise ValueError("a range of scores has at least one end")
    if name == "odi":
        return message("odi-between", above=above, up_to=up_to)
    return message("nrs-between", above=above, up_to=up_to)
