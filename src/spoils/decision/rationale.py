"""Why a pathway was suggested, as messages."""

from __future__ import annotations

from collections.abc import Iterator

from spoils.anatomy import DISCS
from spoils.decision.clinical_state import ClinicalState
from spoils.decision.decide import DecisionContext
from spoils.decision.names import rounded, severity_name, treatment_names
from spoils.decision.policy import UNSETTLED_RULE, Policy
from spoils.decision.policy_schema import History, Rule
from spoils.findings import Clinical, Deficit, Pathway, pathway_name, pathway_title
from spoils.messages import Message, message, verbatim

__all__ = ["rationale", "red_flag_reason"]


def rationale(context: DecisionContext) -> list[Message]:
    """Return the reasons: red flags, driving disc, scores, history, the rule, uncertain grades and the pathway."""
    policy, decision = context.policy, context.decision
    complaint = policy.complaint.by_odi_then_nrs[context.clinical_state.odi][context.clinical_state.nrs]
    return [
        *([red_flag_reason(context.clinical_state, policy)] if decision.urgent else []),
        *_driving_disc(context),
        _scores(context),
        verbatim(policy.complaint.words[complaint]),
        *_history(context),
        *([] if decision.urgent else [_rule(decision.rule, policy)]),
        *_uncertain_grades(context),
        *([] if decision.urgent else [_meaning(decision.pathway, policy)]),
    ]


def red_flag_reason(clinical_state: ClinicalState, policy: Policy) -> Message:
    """Return which red flags were given and what follows."""
    red_flags = policy.red_flags
    signs = [verbatim(words) for sign, words in red_flags.signs.items() if sign in clinical_state.red_flags]
    return message("red-flag-given", signs=[*signs], reason=verbatim(red_flags.reason))


def _meaning(pathway: Pathway, policy: Policy) -> Message:
    return message("pathway-means", pathway=pathway_title(pathway), meaning=verbatim(policy.pathways[pathway].words))


def _driving_disc(context: DecisionContext) -> Iterator[Message]:
    classes = context.discs.classes
    level = context.discs.driving_level(context.policy)
    decides = _decides(context, level)
    equal = [other for other in DISCS if other != level and classes.get(other) == classes[level]]
    if len(classes) == 1:
        yield message("only-graded-disc", decides=decides)
    elif equal:
        yield message("worst-graded-disc-and-equals", decides=decides, count=len(classes), levels=[*equal])
    else:
        yield message("worst-graded-disc", decides=decides, count=len(classes))
    ungraded = [other for other in DISCS if other not in classes]
    if ungraded:
        yield message("discs-without-class", levels=[*ungraded])


def _decides(context: DecisionContext, level: str) -> Message:
    """Return that a disc decides, or would decide if nothing else had the last word."""
    name = context.discs.classes[level]
    grade, severity = name[0], severity_name(name)
    stratum = verbatim(context.policy.stratum(name).name)
    if context.decision.urgent:
        return message(
            "disc-would-decide-without-red-flag",
            level=level,
            name=name,
            grade=grade,
            severity=severity,
            stratum=stratum,
        )
    if context.decision.decided_by == UNSETTLED_RULE:
        return message(
            "disc-would-decide-as-graded", level=level, name=name, grade=grade, severity=severity, stratum=stratum
        )
    return message("disc-decides", level=level, name=name, grade=grade, severity=severity, stratum=stratum)


def _scores(context: DecisionContext) -> Message:
    clinical, scores = context.clinical, context.policy.scores
    odi, nrs = message("odi-not-given"), message("nrs-not-given")
    if clinical.odi is not None:
        percent = clinical.odi.percent
        odi = message("odi-given", percent=rounded(percent), band=verbatim(scores.odi.band(percent).name))
    if clinical.nrs is not None:
        score = clinical.nrs.score
        nrs = message("nrs-given", score=rounded(score), band=verbatim(scores.nrs.band(score).name))
    return _with_back_and_leg(odi, nrs, clinical)


def _with_back_and_leg(odi: Message, nrs: Message, clinical: Clinical) -> Message:
    if clinical.nrs_back is None or clinical.nrs_leg is None:
        return message("scores-given", odi=odi, nrs=nrs)
    back, leg = rounded(clinical.nrs_back.score), rounded(clinical.nrs_leg.score)
    return message("scores-given-back-and-leg", odi=odi, nrs=nrs, back=back, leg=leg)


def _history(context: DecisionContext) -> Iterator[Message]:
    """Yield what was tried, whether there is a deficit, and how long the complaint has lasted."""
    clinical, policy = context.clinical, context.policy
    stratum = policy.stratum(context.discs.classes[context.discs.driving_level(policy)])
    if clinical.failed:
        yield message("tried-without-success", treatments=treatment_names(clinical.failed))
    if context.clinical_state.history(stratum) is History.REFRACTORY:
        yield message("counts-as-refractory", tried=verbatim(stratum.tried))
    if clinical.deficit is Deficit.STABLE:
        yield message("stable-deficit")
    if clinical.duration_weeks is not None:
        weeks, band = clinical.duration_weeks, policy.duration.band(clinical.duration_weeks)
        note = verbatim(policy.duration.words)
        yield message("duration-given", count=rounded(weeks), band=verbatim(band.name), note=note)


def _rule(rule: Rule, policy: Policy) -> Message:
    citation = verbatim(policy.sources[rule.source].citation)
    return message("rule-applied", reason=verbatim(rule.reason), rule=rule.id, citation=citation)


def _uncertain_grades(context: DecisionContext) -> Iterator[Message]:
    decision = context.decision
    if decision.urgent or decision.settled is None:
        return
    if decision.settled:
        yield message("settled")
    elif decision.decided_by == UNSETTLED_RULE:
        yield verbatim(context.policy.unsettled.words)
        if decision.rule.pathway is not decision.pathway:
            yield message("if-grades-were-certain", pathway=pathway_name(decision.rule.pathway))
    else:
        others = [pathway_name(pathway) for pathway in decision.reach if pathway is not decision.pathway]
        yield message("not-settled", pathways=[*others])
