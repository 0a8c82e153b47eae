"""The suggestion with its reasons and what would change it, or why there is none."""

from __future__ import annotations

from spoils.course import pathway_words
from spoils.findings import Assessment, Recommendation
from spoils.messages import Phrases
from spoils.report.content.parts import Points, Suggestion, Tone
from spoils.report.english import flag_words
from spoils.report.words import severity_words

__all__ = ["suggestion"]


def suggestion(assessment: Assessment, phrases: Phrases) -> Suggestion:
    """Return the suggestion of ``assessment``, or the reasons for silence."""
    advice = assessment.recommendation
    if advice is None:
        reasons = Points(phrases.say("Why"), _reasons_for_silence(assessment, phrases))
        return Suggestion(
            phrases.say("Suggestion"), Tone.NONE, phrases.say("Nothing is suggested"), (), reasons, None, ""
        )
    changes = [
        phrases.say("{change}: {pathway}.", change=one.change, pathway=pathway_words(one.pathway, phrases))
        for one in advice.what_if
    ]
    points = (*advice.alternatives, *changes)
    return Suggestion(
        heading=phrases.say("Suggestion for a clinician to accept or override"),
        tone=Tone.URGENT if advice.urgent else Tone.USUAL,
        pathway=pathway_words(advice.pathway, phrases),
        lines=_lines(advice, phrases),
        why=Points(phrases.say("Why"), tuple(advice.rationale)),
        changes=Points(phrases.say("What would change it"), points) if points else None,
        basis=_basis(advice, phrases),
    )


def _lines(advice: Recommendation, phrases: Phrases) -> tuple[str, ...]:
    lines = []
    if advice.urgent:
        lines.append(phrases.say("URGENT: a red flag stops every pathway. Assess the patient at once."))
    elif advice.driving_level and advice.driving_class:
        grade, severity = advice.driving_class[0], advice.driving_class[1]
        words = phrases.say(
            "Driving disc: {level}, class {label}: Pfirrmann grade {grade}, severity {severity}.",
            level=advice.driving_level,
            label=advice.driving_class,
            grade=grade,
            severity=severity_words(phrases)[severity],
        )
        lines.append(words)
    if advice.settled is False:
        lines.append(phrases.say("Not settled: a plausible grade leads elsewhere."))
    return tuple(lines)


def _basis(advice: Recommendation, phrases: Phrases) -> str:
    if advice.rule is None:
        return phrases.say("Policy version {version}", version=advice.policy_version)
    return phrases.say("Policy version {version}, rule {rule}", version=advice.policy_version, rule=advice.rule)


def _reasons_for_silence(assessment: Assessment, phrases: Phrases) -> tuple[str, ...]:
    if not assessment.quality.usable and assessment.quality.flags:
        return tuple(flag_words(flag, phrases) for flag in assessment.quality.flags)
    if all(disc.label is None for disc in assessment.discs):
        return (phrases.say("No disc could be graded."),)
    return (phrases.say("No treatment policy was applied."),)
