"""The words of a recommendation: why it was reached, and what else would be suggested if more were known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spoils.anatomy import DISCS
from spoils.decision.clinical_state import ClinicalState
from spoils.decision.discs import GradedDiscs
from spoils.decision.policy import UNSETTLED_RULE, Policy
from spoils.decision.policy_schema import History, Rule
from spoils.decision.verdict import Decision
from spoils.decision.wording import figure, pathway_name, severity_words, treatment_names
from spoils.findings import Clinical, Deficit, Pathway
from spoils.messages import Translator

__all__ = ["Decided", "rationale", "red_flag_reason"]


@dataclass(frozen=True)
class Decided:
    """A decision with all it rests on, for those who put it into words."""

    discs: GradedDiscs
    clinical: Clinical
    clinical_state: ClinicalState
    policy: Policy
    verdict: Decision


def rationale(decided: Decided, translator: Translator) -> list[str]:
    """Return the reasons as sentences: red flags, driving disc, scores, history, the rule, doubt and the pathway."""
    policy, verdict = decided.policy, decided.verdict
    complaint = policy.complaint.by_odi_then_nrs[decided.clinical_state.odi][decided.clinical_state.nrs]
    return [
        *([red_flag_reason(decided.clinical_state, policy, translator)] if verdict.urgent else []),
        *_driving_disc(decided, translator),
        _scores(decided, translator),
        translator.gettext(policy.complaint.words[complaint]),
        *_course(decided, translator),
        *([] if verdict.urgent else [_rule(verdict.rule, policy, translator)]),
        *_doubt(decided, translator),
        *([] if verdict.urgent else [_meaning(verdict.pathway, policy, translator)]),
    ]


def red_flag_reason(clinical_state: ClinicalState, policy: Policy, translator: Translator) -> str:
    """Return which red flags were given and what follows."""
    red_flags = policy.red_flags
    signs = ", ".join(
        translator.gettext(words) for sign, words in red_flags.signs.items() if sign in clinical_state.red_flags
    )
    return translator.gettext("Red flag given: {signs}.", signs=signs) + " " + translator.gettext(red_flags.reason)


def _meaning(pathway: Pathway, policy: Policy, translator: Translator) -> str:
    title, words = pathway_name(pathway, translator), translator.gettext(policy.pathways[pathway].words)
    return translator.gettext("{pathway} means: {words}.", pathway=title[0].upper() + title[1:], words=words)


def _driving_disc(decided: Decided, translator: Translator) -> Iterator[str]:
    classes, policy = decided.discs.classes, decided.policy
    level = decided.discs.driving_level(policy)
    name = classes[level]
    values = {
        "level": level,
        "name": name,
        "grade": name[0],
        "severity": severity_words(name, translator),
        "stratum": translator.gettext(policy.stratum(name).name),
    }
    decides = translator.gettext(
        "{level} decides: class {name} (Pfirrmann grade {grade}, {severity}; {stratum} stratum).", **values
    )
    if decided.verdict.urgent:
        decides = translator.gettext(
            "Without a red flag {level} would decide: class {name} (Pfirrmann grade {grade}, {severity};"
            " {stratum} stratum).",
            **values,
        )
    elif decided.verdict.decided_by == UNSETTLED_RULE:
        decides = translator.gettext(
            "As graded, {level} would decide: class {name} (Pfirrmann grade {grade}, {severity}; {stratum} stratum).",
            **values,
        )
    rank = translator.gettext("It is the only graded disc.")
    if len(classes) > 1:
        rank = translator.gettext("It is the worst of {count} graded discs.", count=len(classes))
    equals = ", ".join(other for other in DISCS if other != level and classes.get(other) == name)
    equally_bad = [translator.gettext("Equally bad: {levels}.", levels=equals)] if equals else []
    yield " ".join([decides, rank, *equally_bad])
    ungraded = ", ".join(other for other in DISCS if other not in classes)
    if ungraded:
        yield translator.gettext("Without a class and so not considered: {levels}.", levels=ungraded)


def _scores(decided: Decided, translator: Translator) -> str:
    clinical, scores = decided.clinical, decided.policy.scores
    odi, nrs = translator.gettext("The ODI was not given."), translator.gettext("The NRS was not given.")
    if clinical.odi is not None:
        percent = clinical.odi.percent
        band = translator.gettext(scores.odi.band(percent).name)
        odi = translator.gettext("ODI {percent} % ({band}).", percent=figure(percent, translator), band=band)
    if clinical.nrs is not None:
        score = clinical.nrs.score
        band = translator.gettext(scores.nrs.band(score).name)
        nrs = translator.gettext("NRS {score} of 10 ({band}).", score=figure(score, translator), band=band)
    return " ".join([odi, nrs, *_back_and_leg(clinical, translator)])


def _back_and_leg(clinical: Clinical, translator: Translator) -> Iterator[str]:
    if clinical.nrs_back is not None and clinical.nrs_leg is not None:
        back, leg = figure(clinical.nrs_back.score, translator), figure(clinical.nrs_leg.score, translator)
        yield translator.gettext("It is the higher of back ({back}) and leg ({leg}).", back=back, leg=leg)


def _course(decided: Decided, translator: Translator) -> Iterator[str]:
    """Say what was tried, for how long the complaint lasts, and whether there is a deficit."""
    clinical, policy = decided.clinical, decided.policy
    stratum = policy.stratum(decided.discs.classes[decided.discs.driving_level(policy)])
    if clinical.failed:
        yield translator.gettext(
            "Tried in vain: {treatments}.", treatments=treatment_names(clinical.failed, translator)
        )
    if decided.clinical_state.history(stratum) is History.REFRACTORY:
        tried = translator.gettext(stratum.tried)
        yield translator.gettext("Counts as refractory: the complaint persists although {tried}.", tried=tried)
    if clinical.deficit is Deficit.STABLE:
        yield translator.gettext("There is a stable neurological deficit.")
    if clinical.duration_weeks is not None:
        weeks, band = clinical.duration_weeks, policy.duration.band(clinical.duration_weeks).name
        lasted = translator.gettext(
            "Duration: {weeks} weeks ({band}).", weeks=figure(weeks, translator), band=translator.gettext(band)
        )
        yield f"{lasted} {translator.gettext(policy.duration.words)}"


def _rule(rule: Rule, policy: Policy, translator: Translator) -> str:
    source = policy.sources[rule.source]
    citation = source.citation if source.basis == "published" else translator.gettext(source.citation)
    origin = translator.gettext("Rule {rule}; {citation}.", rule=rule.id, citation=citation)
    return f"{translator.gettext(rule.reason)} ({origin})"


def _doubt(decided: Decided, translator: Translator) -> Iterator[str]:
    verdict = decided.verdict
    if verdict.urgent or verdict.settled is None:
        return
    graded = pathway_name(verdict.rule.pathway, translator)
    if verdict.settled:
        yield translator.gettext("Every class that can't be ruled out leads to the same pathway.")
    elif verdict.decided_by == UNSETTLED_RULE:
        yield translator.gettext(decided.policy.unsettled.words)
        if verdict.rule.pathway is not verdict.pathway:
            yield translator.gettext("Without this doubt the suggestion would be: {pathway}.", pathway=graded)
    else:
        others = (pathway_name(pathway, translator) for pathway in verdict.reach if pathway is not verdict.pathway)
        yield translator.gettext(
            "Not settled: classes that can't be ruled out would lead to {pathways}.", pathways=", ".join(others)
        )
