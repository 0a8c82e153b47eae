"""What else would be suggested if what is not known were known: missing scores, ungraded discs and red flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from spoils.anatomy import DISCS
from spoils.decision.explanation import Decided
from spoils.decision.scales import GIVEN_BURDENS, Burden, Scale
from spoils.decision.verdict import decide
from spoils.decision.wording import figure, pathway_name
from spoils.findings import Pathway
from spoils.messages import Phrases

__all__ = ["alternatives"]


def alternatives(decided: Decided, phrases: Phrases) -> list[str]:
    """Return what the missing scores and discs would decide, and what stops any pathway, as sentences.

    A red flag that was given leaves none: nothing that is missing could outweigh it.
    """
    if decided.verdict.urgent:
        return []
    return [
        *_if_scores_were_known(decided, phrases),
        *_if_other_discs_were_worse(decided, phrases),
        phrases.say(decided.policy.red_flags.words),
    ]


def _if_other_discs_were_worse(decided: Decided, phrases: Phrases) -> Iterator[str]:
    """Go through the classes, worse than the driving one, that a disc without a class could have."""
    discs, policy = decided.discs, decided.policy
    ungraded = [level for level in DISCS if level not in discs.classes]
    if not ungraded:
        return
    own = policy.class_order.index(discs.classes[discs.driving_level(policy)])
    graded = (discs.with_class(ungraded[0], name) for name in policy.class_order[own + 1 :])
    pathways = dict.fromkeys(decide(other, decided.situation, policy).pathway for other in graded)
    others = [pathway_name(pathway, phrases) for pathway in pathways if pathway is not decided.verdict.pathway]
    if others:
        yield phrases.say(
            "If a disc without a class ({levels}) were worse than the graded ones: {pathways}.",
            levels=", ".join(ungraded),
            pathways=", ".join(others),
        )


def _if_scores_were_known(decided: Decided, phrases: Phrases) -> Iterator[str]:
    """Go through the burdens that the missing scores could have, all missing ones alike."""
    missing = [name for name in ("odi", "nrs") if getattr(decided.situation, name) is Burden.MISSING]
    if not missing:
        return
    outcomes = [(burden, _pathway(decided, missing, burden)) for burden in GIVEN_BURDENS]
    if {pathway for _, pathway in outcomes} == {decided.verdict.pathway}:
        names = " + ".join(name.upper() for name in missing)
        yield phrases.say("What is missing ({names}) would not change the suggestion.", names=names)
        return
    for pathway, group in groupby(outcomes, key=lambda outcome: outcome[1]):
        burdens = [burden for burden, _ in group]
        ranges = _ranges(decided, missing, burdens, phrases)
        yield phrases.say("With {ranges}: {pathway}.", ranges=ranges, pathway=pathway_name(pathway, phrases))


def _pathway(decided: Decided, names: Sequence[str], burden: Burden) -> Pathway:
    known = decided.situation
    for name in names:
        known = known.with_burden(name, burden)
    return decide(decided.discs, known, decided.policy).pathway


def _ranges(decided: Decided, names: Sequence[str], burdens: Sequence[Burden], phrases: Phrases) -> str:
    """Put burdens of one or both scores into words; joined by "or" where one of the scores alone is enough."""
    words = [_range(name, burdens, decided, phrases) for name in names]
    if len(words) == 1:
        return words[0]
    target = _pathway(decided, names, burdens[0])
    enough = all(_pathway(decided, [name], burden) is target for name in names for burden in burdens)
    if enough:
        return phrases.say("{one} or {other}", one=words[0], other=words[1])
    return phrases.say("{one} and {other}", one=words[0], other=words[1])


def _range(name: str, burdens: Sequence[Burden], decided: Decided, phrases: Phrases) -> str:
    """Put neighbouring burdens of one score into words, such as ``an NRS above 6``."""
    scale: Scale = getattr(decided.policy.scores, name)
    low, high = scale.span(burdens)
    above, up_to = (None if end is None else figure(end, phrases) for end in (low, high))
    if name == "odi":
        if above is None:
            return phrases.say("an ODI up to {up_to} %", up_to=up_to)
        if up_to is None:
            return phrases.say("an ODI above {above} %", above=above)
        return phrases.say("an ODI above {above} % and up to {up_to} %", above=above, up_to=up_to)
    if above is None:
        return phrases.say("an NRS up to {up_to}", up_to=up_to)
    if up_to is None:
        return phrases.say("an NRS above {above}", above=above)
    return phrases.say("an NRS above {above} and up to {up_to}", above=above, up_to=up_to)
