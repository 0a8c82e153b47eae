"""The words of a recommendation: why it was reached, and what else would be suggested under which condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from spoils.anatomy import DISCS
from spoils.decision.case import Case
from spoils.decision.policy import Burden, Policy, Scale
from spoils.findings import Clinical, Pathway

__all__ = ["alternatives", "rationale"]

_SEVERITY_WORDS = {"L": "low", "M": "moderate", "H": "high"}
_SCORES = ("odi", "nrs")
_GIVEN_BURDENS = (Burden.LOW, Burden.MODERATE, Burden.HIGH)
_BASIS_WORDS = {"published": "", "common-knowledge": "common knowledge: ", "own-decision": ""}


def rationale(
    classes: Mapping[str, str], driving_level: str, clinical: Clinical, case: Case, policy: Policy
) -> list[str]:
    """Return the reasons as sentences: driving disc, scores, how they read together, the rule and the pathway."""
    rule = case.rule(policy)
    source = policy.sources[rule.source]
    words = [
        _driving_sentence(classes, driving_level, policy),
        *_unclassed_sentence(classes),
        _score_sentence(clinical, policy),
        policy.complaint.words[policy.complaint.by_odi_then_nrs[case.odi][case.nrs]],
    ]
    if case.refractory:
        tried = policy.stratum(case.driving_class).tried
        words.append(f"Given as refractory: the complaint persists although {tried}.")
    words.append(f"{rule.reason} (Rule {rule.id}; {_BASIS_WORDS[source.basis]}{source.citation}.)")
    words.append(f"{_title(rule.pathway)} means: {policy.pathways[rule.pathway].words}.")
    return words


def alternatives(case: Case, policy: Policy) -> list[str]:
    """Return what else would be suggested with other scores or another treatment history, and the red flags."""
    return [
        *_if_scores_were_known(case, policy),
        *_if_complaint_were_high(case, policy),
        *_if_history_differed(case, policy),
        policy.red_flags.words,
    ]


def _driving_sentence(classes: Mapping[str, str], level: str, policy: Policy) -> str:
    grade_class = classes[level]
    meaning = f"Pfirrmann grade {grade_class[0]}, {_SEVERITY_WORDS[grade_class[1]]} severity"
    rank = "the only graded disc" if len(classes) == 1 else f"the worst of {len(classes)} graded discs"
    stratum = policy.stratum(grade_class).name
    equals = [other for other in DISCS if other != level and classes.get(other) == grade_class]
    equally_bad = f"; equally bad: {', '.join(equals)}" if equals else ""
    return f"{level} decides: class {grade_class} ({meaning}; {stratum} stratum) is {rank}{equally_bad}."


def _unclassed_sentence(classes: Mapping[str, str]) -> Iterator[str]:
    unclassed = [level for level in DISCS if level not in classes]
    if unclassed:
        yield f"Without a class and so not considered: {', '.join(unclassed)}."


def _score_sentence(clinical: Clinical, policy: Policy) -> str:
    odi, nrs = "ODI was not given", "NRS was not given"
    if clinical.odi is not None:
        odi = f"ODI {clinical.odi.percent:.3g} % ({policy.scores.odi.band(clinical.odi.percent).name})"
    if clinical.nrs is not None:
        nrs = f"NRS {clinical.nrs.score:.3g} of 10 ({policy.scores.nrs.band(clinical.nrs.score).name})"
    return f"{odi}; {nrs}."


def _if_scores_were_known(case: Case, policy: Policy) -> Iterator[str]:
    """Go through the burdens that the missing scores could have, all missing ones alike."""
    missing = [name for name in _SCORES if getattr(case, name) is Burden.MISSING]
    if not missing:
        return
    outcomes = [(burden, _with(case, missing, burden).rule(policy).pathway) for burden in _GIVEN_BURDENS]
    if {pathway for _, pathway in outcomes} == {case.rule(policy).pathway}:
        yield f"The missing {' and '.join(name.upper() for name in missing)} would not change the suggestion."
        return
    for pathway, group in groupby(outcomes, key=lambda outcome: outcome[1]):
        burdens = [burden for burden, _ in group]
        yield f"With {_ranges(case, missing, burdens, policy)}: {_name(pathway)}."


def _if_complaint_were_high(case: Case, policy: Policy) -> Iterator[str]:
    if Burden.MISSING in {case.odi, case.nrs} or Burden.HIGH in {case.odi, case.nrs}:
        return
    pathway = _with(case, _SCORES, Burden.HIGH).rule(policy).pathway
    if pathway is not case.rule(policy).pathway:
        yield f"Should the complaint become high ({_ranges(case, _SCORES, [Burden.HIGH], policy)}): {_name(pathway)}."


def _if_history_differed(case: Case, policy: Policy) -> Iterator[str]:
    pathway = replace(case, refractory=not case.refractory).rule(policy).pathway
    if pathway is case.rule(policy).pathway:
        return
    if case.refractory:
        yield f"If that treatment was not tried yet: {_name(pathway)}."
    else:
        tried = policy.stratum(case.driving_class).tried
        yield f"If the complaint persists although {tried}: {_name(pathway)}."


def _with(case: Case, names: Sequence[str], burden: Burden) -> Case:
    return Case(
        driving_class=case.driving_class,
        odi=burden if "odi" in names else case.odi,
        nrs=burden if "nrs" in names else case.nrs,
        refractory=case.refractory,
    )


def _ranges(case: Case, names: Sequence[str], burdens: Sequence[Burden], policy: Policy) -> str:
    """Put burdens of one or both scores into words; joined by "or" where one of the scores alone is enough."""
    target = _with(case, names, burdens[0]).rule(policy).pathway
    alone = [_with(case, [name], burden).rule(policy).pathway for name in names for burden in burdens]
    joint = " or " if all(pathway is target for pathway in alone) else " and "
    return joint.join(_range_words(name, burdens, policy) for name in names)


def _range_words(name: str, burdens: Sequence[Burden], policy: Policy) -> str:
    """Put neighbouring burdens of one score into words, such as ``an NRS above 6``."""
    scale: Scale = policy.scores.odi if name == "odi" else policy.scores.nrs
    unit = " %" if name == "odi" else ""
    chosen = [index for index, band in enumerate(scale.bands) if band.burden in burdens]
    above = f"above {scale.bands[chosen[0] - 1].up_to:g}{unit}" if chosen[0] else ""
    is_last = chosen[-1] == len(scale.bands) - 1
    up_to = "" if is_last else f"up to {scale.bands[chosen[-1]].up_to:g}{unit}"
    return f"an {name.upper()} {' and '.join(part for part in (above, up_to) if part)}"


def _name(pathway: Pathway) -> str:
    return pathway.value.replace("-", " ")


def _title(pathway: Pathway) -> str:
    return _name(pathway).capitalize()
