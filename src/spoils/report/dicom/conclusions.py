"""What SR says beside the measurements: notice, notes, models, what the patient reports, and the suggestion."""

from __future__ import annotations

from highdicom.sr import ContainerContentItem, ContentItem

from spoils import codes
from spoils.codes import Code
from spoils.course import pathway_words
from spoils.findings import Assessment, Clinical, OdiScore, Provenance, Recommendation
from spoils.messages import Phrases
from spoils.report.dicom.concepts import CONTAINS, PROPERTY, coded, concept, number, text, with_children
from spoils.report.english import flag_words, source_words
from spoils.report.sites import structure_code
from spoils.report.words import deficit_words, red_flag_words, treatment_words

__all__ = ["conclusions"]


def conclusions(assessment: Assessment, phrases: Phrases) -> list[ContentItem]:
    """Return the sections that follow the measurements; one that has nothing to say is left out."""
    advice = assessment.recommendation
    sections = {
        codes.FINDINGS: _notes(assessment, phrases),
        codes.REPORTED: _reported(assessment.clinical, phrases),
        codes.RECOMMENDATIONS: _suggested(advice, assessment.provenance, phrases) if advice else [],
    }
    return [_section(name, items) for name, items in sections.items() if items]


def _section(name: Code, items: list[ContentItem]) -> ContentItem:
    return with_children(ContainerContentItem(name=concept(name), relationship_type=CONTAINS), items)


def _notes(assessment: Assessment, phrases: Phrases) -> list[ContentItem]:
    flags = (text(codes.FLAG, f"{flag.code}: {flag_words(flag, phrases)}") for flag in assessment.quality.flags)
    models = (text(codes.MODEL, f"{model.name} {model.sha256}") for model in assessment.provenance.models)
    source = text(codes.COMMENT, source_words(assessment.study.source, phrases))
    return [text(codes.NOTICE, assessment.notice), source, *flags, *models]


def _reported(clinical: Clinical, phrases: Phrases) -> list[ContentItem]:
    scores = ((codes.NRS, clinical.nrs), (codes.NRS_BACK, clinical.nrs_back), (codes.NRS_LEG, clinical.nrs_leg))
    items: list[ContentItem] = [number(name, score.score, "score") for name, score in scores if score]
    if clinical.odi is not None:
        items.insert(0, _disability(clinical.odi, phrases))
    if clinical.duration_weeks is not None:
        items.append(number(codes.DURATION, clinical.duration_weeks, "weeks"))
    if clinical.deficit is not None:
        items.append(text(codes.DEFICIT, deficit_words(clinical.deficit, phrases)))
    items += [text(codes.RED_FLAG, red_flag_words(flag, phrases)) for flag in clinical.red_flags]
    items += [text(codes.FAILED_TREATMENT, treatment_words(tried, phrases)) for tried in clinical.failed]
    return [*items, *([coded(codes.REFRACTORY, codes.YES)] if clinical.refractory else [])]


def _disability(odi: OdiScore, phrases: Phrases) -> ContentItem:
    answered = [] if odi.answered is None else [phrases.say("{count} of 10 sections answered", count=odi.answered)]
    score = number(codes.ODI, odi.percent, "percent")
    return with_children(score, [text(codes.COMMENT, words, PROPERTY) for words in answered])


def _suggested(advice: Recommendation, made_by: Provenance, phrases: Phrases) -> list[ContentItem]:
    items: list[ContentItem] = [
        coded(codes.PATHWAY, codes.PATHWAY_VALUES[advice.pathway]),
        text(codes.RECOMMENDATION, pathway_words(advice.pathway, phrases)),
        text(codes.POLICY, _policy(advice, made_by)),
    ]
    if advice.urgent:
        items.append(text(codes.URGENT, phrases.say("Urgent: a red flag was reported.")))
    if advice.driving_level is not None:
        items.append(coded(codes.DRIVING_LEVEL, structure_code(advice.driving_level)))
    if advice.driving_class is not None:
        items.append(coded(codes.DISC_CLASS, codes.disc_class(advice.driving_class)))
    items += [text(codes.RATIONALE, reason) for reason in advice.rationale]
    items += [text(codes.ALTERNATIVE, other) for other in advice.alternatives]
    changes = ((other.change, pathway_words(other.pathway, phrases)) for other in advice.what_if)
    return [*items, *(text(codes.WHAT_IF, f"{change}: {pathway}") for change, pathway in changes)]


def _policy(advice: Recommendation, made_by: Provenance) -> str:
    """Return which policy decided, by name, version, rule and hash as far as they are known.

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
