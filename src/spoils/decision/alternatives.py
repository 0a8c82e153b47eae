"""What else would be suggested if what is not known were known: missing scores, ungraded discs and red flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from spoils.anatomy import DISCS
from spoils.decision.explanation import Decided
from spoils.decision.scales import GIVEN_SCORE_BANDS, Scale, ScoreBand
from spoils.decision.verdict import decide
from spoils.decision.wording import figure, pathway_name
from spoils.findings import Pathway
from spoils.messages import Translator

__all__ = ["alternatives"]


def alternatives(decided: Decided, translator: Translator) -> list[str]:
    """Return what the missing scores and discs would decide, and what stops any pathway, as sentences.

    A red flag that was given leaves none: nothing that is missing could outweigh it.
    """
    if decided.verdict.urgent:
        return []
    return [
        *_if_scores_were_known(decided, translator),
        *_if_other_discs_were_worse(decided, translator),
        translator.gettext(decided.policy.red_flags.words),
    ]


def _if_other_discs_were_worse(decided: Decided, translator: Translator) -> Iterator[str]:
    """Go through the classes, worse than the driving one, that a disc without a class could have."""
    discs, policy = decided.discs, decided.policy
    ungraded = [level for level in DISCS if level not in discs.classes]
    if not ungraded:
        return
    own = policy.class_order.index(discs.classes[discs.driving_level(policy)])
    graded = (discs.with_class(ungraded[0], name) for name in policy.class_order[own + 1 :])
    pathways = dict.fromkeys(decide(other, decided.clinical_state, policy).pathway for other in graded)
    others = [pathway_name(pathway, translator) for pathway in pathways if pathway is not decided.verdict.pathway]
    if others:
        yield translator.gettext(
            "If a disc without a class ({levels}) were worse than the graded ones: {pathways}.",
            levels=", ".join(ungraded),
            pathways=", ".join(others),
        )


def _if_scores_were_known(decided: Decided, translator: Translator) -> Iterator[str]:
    """Go through the burdens that the missing scores could have, all missing ones alike."""
    missing = [name for name in ("odi", "nrs") if getattr(decided.clinical_state, name) is ScoreBand.MISSING]
    if not missing:
        return
    outcomes = [(burden, _pathway(decided, missing, burden)) for burden in GIVEN_SCORE_BANDS]
    if {pathway for _, pathway in outcomes} == {decided.verdict.pathway}:
        names = " + ".join(name.upper() for name in missing)
        yield translator.gettext("What is missing ({names}) would not change the suggestion.", names=names)
        return
    for pathway, group in groupby(outcomes, key=lambda outcome: outcome[1]):
        burdens = [burden for burden, _ in group]
        ranges = _ranges(decided, missing, burdens, translator)
        yield translator.gettext("With {ranges}: {pathway}.", ranges=ranges, pathway=pathway_name(pathway, translator))


def _pathway(decided: Decided, names: Sequence[str], burden: ScoreBand) -> Pathway:
    known = decided.clinical_state
    for name in names:
        known = known.with_burden(name, burden)
    return decide(decided.discs, known, decided.policy).pathway


def _ranges(decided: Decided, names: Sequence[str], burdens: Sequence[ScoreBand], translator: Translator) -> str:
    """Put burdens of one or both scores into words; joined by "or" where one of the scores alone is enough."""
    words = [_range(name, burdens, decided, translator) for name in names]
    if len(words) == 1:
        return words[0]
    target = _pathway(decided, names, burdens[0])
    enough = all(_pathway(decided, [name], burden) is target for name in names for burden in burdens)
    if enough:
        return translator.gettext("{one} or {other}", one=words[0], other=words[1])
    return translator.gettext("{one} and {other}", one=words[0], other=words[1])


def _range(name: str, burdens: Sequence[ScoreBand], decided: Decided, translator: Translator) -> str:
    """Put neighbouring burdens of one score into words, such as ``an NRS above 6``."""
    scale: Scale = getattr(decided.policy.scores, name)
    low, high = scale.span(burdens)
    above, up_to = (None if end is None else figure(end, translator) for end in (low, high))
    if name == "odi":
        if above is None:
            return translator.gettext("an ODI up to {up_to} %", up_to=up_to)
        if up_to is None:
            return translator.gettext("an ODI above {above} %", above=above)
        return translator.gettext("an ODI above {above} % and up to {up_to} %", above=above, up_to=up_to)
    if above is None:
        return translator.gettext("an NRS up to {up_to}", up_to=up_to)
    if up_to is None:
        return translator.gettext("an NRS above {above}", above=above)
    return translator.gettext("an NRS above {above} and up to {up_to}", above=above, up_to=up_to)
