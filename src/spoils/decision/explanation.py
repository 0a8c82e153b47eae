"""The words of a recommendation: why it was reached, and what else would be suggested if more were known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spoils.anatomy import DISCS
from spoils.decision.discs import GradedDiscs
from spoils.decision.entries import History, Rule
from spoils.decision.policy import UNSETTLED_RULE, Policy
from spoils.decision.situation import Situation
from spoils.decision.verdict import Verdict
from spoils.decision.wording import figure, pathway_name, severity_words, treatment_names
from spoils.findings import Clinical, Deficit, Pathway
from spoils.messages import Phrases

__all__ = ["Decided", "rationale", "red_flag_reason"]


@dataclass(frozen=True)
class Decided:
    """A decision with all it rests on, for those who put it into words."""

    discs: GradedDiscs
    clinical: Clinical
    situation: Situation
    policy: Policy
    verdict: Verdict


def rationale(decided: Decided, phrases: Phrases) -> list[str]:
    """Return the reasons as sentences: red flags, driving disc, scores, history, the rule, doubt and the pathway."""
    policy, verdict = decided.policy, decided.verdict
    complaint = policy.complaint.by_odi_then_nrs[decided.situation.odi][decided.situation.nrs]
    return [
        *([red_flag_reason(decided.situation, policy, phrases)] if verdict.urgent else []),
        *_driving_disc(decided, phrases),
        _scores(decided, phrases),
        phrases.say(policy.complaint.words[complaint]),
        *_course(decided, phrases),
        *([] if verdict.urgent else [_rule(verdict.rule, policy, phrases)]),
        *_doubt(decided, phrases),
        *([] if verdict.urgent else [_meaning(verdict.pathway, policy, phrases)]),
    ]


def red_flag_reason(situation: Situation, policy: Policy, phrases: Phrases) -> str:
    """Return which red flags were given and what follows."""
    red_flags = policy.red_flags
    signs = ", ".join(phrases.say(words) for sign, words in red_flags.signs.items() if sign in situation.red_flags)
    return phrases.say("Red flag given: {signs}.", signs=signs) + " " + phrases.say(red_flags.reason)


def _meaning(pathway: Pathway, policy: Policy, phrases: Phrases) -> str:
    title, words = pathway_name(pathway, phrases), phrases.say(policy.pathways[pathway].words)
    return phrases.say("{pathway} means: {words}.", pathway=title[0].upper() + title[1:], words=words)


def _driving_disc(decided: Decided, phrases: Phrases) -> Iterator[str]:
    classes, policy = decided.discs.classes, decided.policy
    level = decided.discs.driving_level(policy)
    name = classes[level]
    values = {
        "level": level,
        "name": name,
        "grade": name[0],
        "severity": severity_words(name, phrases),
        "stratum": phrases.say(policy.stratum(name).name),
    }
    decides = phrases.say(
        "{level} decides: class {name} (Pfirrmann grade {grade}, {severity}; {stratum} stratum).", **values
    )
    if decided.verdict.urgent:
        decides = phrases.say(
            "Without a red flag {level} would decide: class {name} (Pfirrmann grade {grade}, {severity};"
            " {stratum} stratum).",
            **values,
        )
    elif decided.verdict.decided_by == UNSETTLED_RULE:
        decides = phrases.say(
            "As graded, {level} would decide: class {name} (Pfirrmann grade {grade}, {severity}; {stratum} stratum).",
            **values,
        )
    rank = phrases.say("It is the only graded disc.")
    if len(classes) > 1:
        rank = phrases.say("It is the worst of {count} graded discs.", count=len(classes))
    equals = ", ".join(other for other in DISCS if other != level and classes.get(other) == name)
    equally_bad = [phrases.say("Equally bad: {levels}.", levels=equals)] if equals else []
    yield " ".join([decides, rank, *equally_bad])
    ungraded = ", ".join(other for other in DISCS if other not in classes)
    if ungraded:
        yield phrases.say("Without a class and so not considered: {levels}.", levels=ungraded)


def _scores(decided: Decided, phrases: Phrases) -> str:
    clinical, scores = decided.clinical, decided.policy.scores
    odi, nrs = phrases.say("The ODI was not given."), phrases.say("The NRS was not given.")
    if clinical.odi is not None:
        percent = clinical.odi.percent
        band = phrases.say(scores.odi.band(percent).name)
        odi = phrases.say("ODI {percent} % ({band}).", percent=figure(percent, phrases), band=band)
    if clinical.nrs is not None:
        score = clinical.nrs.score
        band = phrases.say(scores.nrs.band(score).name)
        nrs = phrases.say("NRS {score} of 10 ({band}).", score=figure(score, phrases), band=band)
    return " ".join([odi, nrs, *_back_and_leg(clinical, phrases)])


def _back_and_leg(clinical: Clinical, phrases: Phrases) -> Iterator[str]:
    if clinical.nrs_back is not None and clinical.nrs_leg is not None:
        back, leg = figure(clinical.nrs_back.score, phrases), figure(clinical.nrs_leg.score, phrases)
        yield phrases.say("It is the higher of back ({back}) and leg ({leg}).", back=back, leg=leg)


def _course(decided: Decided, phrases: Phrases) -> Iterator[str]:
    """Say what was tried, for how long the complaint lasts, and whether there is a deficit."""
    clinical, policy = decided.clinical, decided.policy
    stratum = policy.stratum(decided.discs.classes[decided.discs.driving_level(policy)])
    if clinical.failed:
        yield phrases.say("Tried in vain: {treatments}.", treatments=treatment_names(clinical.failed, phrases))
    if decided.situation.history(stratum) is History.REFRACTORY:
        tried = phrases.say(stratum.tried)
        yield phrases.say("Counts as refractory: the complaint persists although {tried}.", tried=tried)
    if clinical.deficit is Deficit.STABLE:
        yield phrases.say("There is a stable neurological deficit.")
    if clinical.duration_weeks is not None:
        weeks, band = clinical.duration_weeks, policy.duration.band(clinical.duration_weeks).name
        lasted = phrases.say("Duration: {weeks} weeks ({band}).", weeks=figure(weeks, phrases), band=phrases.say(band))
        yield f"{lasted} {phrases.say(policy.duration.words)}"


def _rule(rule: Rule, policy: Policy, phrases: Phrases) -> str:
    source = policy.sources[rule.source]
    citation = source.citation if source.basis == "published" else phrases.say(source.citation)
    origin = phrases.say("Rule {rule}; {citation}.", rule=rule.id, citation=citation)
    return f"{phrases.say(rule.reason)} ({origin})"


def _doubt(decided: Decided, phrases: Phrases) -> Iterator[str]:
    verdict = decided.verdict
    if verdict.urgent or verdict.settled is None:
        return
    graded = pathway_name(verdict.rule.pathway, phrases)
    if verdict.settled:
        yield phrases.say("Every class that can't be ruled out leads to the same pathway.")
    elif verdict.decided_by == UNSETTLED_RULE:
        yield phrases.say(decided.policy.unsettled.words)
        if verdict.rule.pathway is not verdict.pathway:
            yield phrases.say("Without this doubt the suggestion would be: {pathway}.", pathway=graded)
    else:
        others = (pathway_name(pathway, phrases) for pathway in verdict.reach if pathway is not verdict.pathway)
        yield phrases.say(
            "Not settled: classes that can't be ruled out would lead to {pathways}.", pathways=", ".join(others)
        )
