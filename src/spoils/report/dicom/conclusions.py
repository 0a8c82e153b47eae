"""The parts of SR besides the measurements: notice, notes, models, what the patient reports, and the suggestion."""

from __future__ import annotations

from highdicom.sr import ContainerContentItem, ContentItem

from spoils import codes
from spoils.codes import Code
from spoils.findings import Assessment, Clinical, OdiScore, Provenance, Recommendation, pathway_title
from spoils.messages import Translator
from spoils.report.dicom.concepts import CONTAINS, PROPERTY, coded, concept, number, text, with_children
from spoils.report.dicom.measurements import alarm_item
from spoils.report.sites import structure_code
from spoils.report.words import deficit_words, flag_words, red_flag_words, treatment_words

__all__ = ["conclusions"]


def conclusions(assessment: Assessment, translator: Translator) -> list[ContentItem]:
    """Return the sections that follow the measurements. Empty sections are left out."""
    advice = assessment.recommendation
    sections = {
        codes.FINDINGS: _notes(assessment, translator),
        codes.REPORTED: _reported(assessment.clinical, translator),
        codes.RECOMMENDATIONS: _suggested(advice, assessment.provenance, translator) if advice else [],
    }
    return [_section(name, items) for name, items in sections.items() if items]


def _section(name: Code, items: list[ContentItem]) -> ContentItem:
    return with_children(ContainerContentItem(name=concept(name), relationship_type=CONTAINS), items)


def _notes(assessment: Assessment, translator: Translator) -> list[ContentItem]:
    flags = (text(codes.FLAG, f"{flag.code}: {flag_words(flag, translator)}") for flag in assessment.quality.flags)
    models = (text(codes.MODEL, f"{model.name} {model.sha256}") for model in assessment.provenance.models)
    source = text(codes.COMMENT, translator.text(assessment.study.source, assessment.study.source_wording))
    alarms = (alarm_item(alarm, translator) for alarm in assessment.alarms)
    return [text(codes.NOTICE, assessment.notice), *alarms, source, *flags, *models]


def _reported(clinical: Clinical, translator: Translator) -> list[ContentItem]:
    scores = ((codes.NRS, clinical.nrs), (codes.NRS_BACK, clinical.nrs_back), (codes.NRS_LEG, clinical.nrs_leg))
    items: list[ContentItem] = [number(name, score.score, "score") for name, score in scores if score]
    if clinical.odi is not None:
        items.insert(0, _disability(clinical.odi, translator))
    if clinical.duration_weeks is not None:
        items.append(number(codes.DURATION, clinical.duration_weeks, "weeks"))
    if clinical.deficit is not None:
        items.append(text(codes.DEFICIT, deficit_words(clinical.deficit, translator)))
    items += [text(codes.RED_FLAG, red_flag_words(flag, translator)) for flag in clinical.red_flags]
    items += [text(codes.FAILED_TREATMENT, treatment_words(tried, translator)) for tried in clinical.failed]
    return [*items, *([coded(codes.REFRACTORY, codes.YES)] if clinical.refractory else [])]


def _disability(odi: OdiScore, translator: Translator) -> ContentItem:
    answered = (
        [] if odi.answered is None else [translator.gettext("{count} of 10 sections answered", count=odi.answered)]
    )
    score = number(codes.ODI, odi.percent, "percent")
    return with_children(score, [text(codes.COMMENT, words, PROPERTY) for words in answered])


def _suggested(advice: Recommendation, made_by: Provenance, translator: Translator) -> list[ContentItem]:
    items: list[ContentItem] = [
        coded(codes.PATHWAY, codes.PATHWAY_VALUES[advice.pathway]),
        text(codes.RECOMMENDATION, translator.render(pathway_title(advice.pathway))),
        text(codes.POLICY, _policy(advice, made_by)),
    ]
    if advice.urgent:
        items.append(text(codes.URGENT, translator.gettext("Urgent: a red flag was reported.")))
    if advice.driving_level is not None:
        items.append(coded(codes.DRIVING_LEVEL, structure_code(advice.driving_level)))
    if advice.driving_class is not None:
        items.append(coded(codes.DISC_CLASS, codes.disc_class(advice.driving_class)))
    items += [text(codes.RATIONALE, reason) for reason in translator.texts(advice.rationale, advice.rationale_wording)]
    others = translator.texts(advice.alternatives, advice.alternatives_wording)
    items += [text(codes.ALTERNATIVE, other) for other in others]
    changes = (
        (translator.text(other.change, other.wording), translator.render(pathway_title(other.pathway)))
        for other in advice.counterfactuals
    )
    return [*items, *(text(codes.WHAT_IF, f"{change}: {pathway}") for change, pathway in changes)]


def _policy(advice: Recommendation, made_by: Provenance) -> str:
    """Return the policy of the suggestion: name, version, rule and hash, as far as they are known.

    >>> from spoils.findings import Pathway
    >>> advice = Recommendation(
    ...     pathway=Pathway.CONSERVATIVE, driving_level=None, driving_class=None, rationale=[], alternatives=[],
    ...     policy_version="2.0.0", rule="mild")
    >>> _policy(advice, Provenance(spoils="1", models=[], policy_version="2.0.0", policy_name="ours"))
    'ours, version 2.0.0, rule mild'
    """
    parts = (
        ("", made_by.policy_name),
        ("version ", advice.policy_version),
        ("rule ", advice.rule),
        ("SHA-256 ", made_by.policy_sha256),
    )
    return ", ".join(f"{word}{value}" for word, value in parts if value)
