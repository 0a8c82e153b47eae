"""The suggestion with its reasons and what would change it, or the reason why there is none."""

from __future__ import annotations

from spoils.findings import Assessment, Recommendation, pathway_title
from spoils.messages import Translator
from spoils.report.content.parts import Points, Suggestion, Tone
from spoils.report.words import flag_words, severity_words

__all__ = ["suggestion"]


def suggestion(assessment: Assessment, translator: Translator) -> Suggestion:
    """Return the suggestion of ``assessment``, or the reasons why there is none."""
    advice = assessment.recommendation
    if advice is None:
        return Suggestion(
            heading=translator.gettext("Suggestion"),
            tone=Tone.NONE,
            pathway=translator.gettext("Nothing is suggested"),
            lines=_reasons_for_silence(assessment, translator),
            reasons=(),
            basis="",
        )
    changes = [
        translator.gettext(
            "{change}: {pathway}.",
            change=translator.text(one.change, one.wording),
            pathway=translator.render(pathway_title(one.pathway)),
        )
        for one in advice.counterfactuals
    ]
    points = (*translator.texts(advice.alternatives, advice.alternatives_wording), *changes)
    rationale = translator.texts(advice.rationale, advice.rationale_wording)
    return Suggestion(
        heading=translator.gettext("Suggestion for a clinician to accept or override"),
        tone=Tone.URGENT if advice.urgent else Tone.USUAL,
        pathway=translator.render(pathway_title(advice.pathway)),
        lines=_lines(advice, translator),
        reasons=(
            Points(translator.gettext("Why this suggestion"), tuple(rationale)),
            *([Points(translator.gettext("What would change the suggestion"), points)] if points else []),
        ),
        basis=_basis(advice, translator),
    )


def _lines(advice: Recommendation, translator: Translator) -> tuple[str, ...]:
    lines = []
    if advice.urgent:
        lines.append(translator.gettext("URGENT: a red flag stops every pathway. Assess the patient at once."))
    elif advice.driving_level and advice.driving_class:
        grade, severity = advice.driving_class[0], advice.driving_class[1]
        words = translator.gettext(
            "Driving disc: {level}, class {label}: Pfirrmann grade {grade}, severity {severity}.",
            level=advice.driving_level,
            label=advice.driving_class,
            grade=grade,
            severity=severity_words(translator)[severity],
        )
        lines.append(words)
    if advice.settled is False:
        lines.append(translator.gettext("Not settled: a plausible grade leads elsewhere."))
    return tuple(lines)


def _basis(advice: Recommendation, translator: Translator) -> str:
    if advice.rule is None:
        return translator.gettext("Policy version {version}", version=advice.policy_version)
    return translator.gettext("Policy version {version}, rule {rule}", version=advice.policy_version, rule=advice.rule)


def _reasons_for_silence(assessment: Assessment, translator: Translator) -> tuple[str, ...]:
    if not assessment.quality.usable and assessment.quality.flags:
        return tuple(flag_words(flag, translator) for flag in assessment.quality.flags)
    if all(disc.label is None for disc in assessment.discs):
        return (translator.gettext("No disc could be graded."),)
    return (translator.gettext("No treatment policy was applied."),)
