"""What SR says beside the measurements: notice, notes, models, what the patient reports, and the suggestion."""

from __future__ import annotations

from highdicom.sr import ContainerContentItem, ContentItem

from spoils import codes
from spoils.anatomy import structure
from spoils.codes import Code
from spoils.findings import Assessment, Clinical, Recommendation
from spoils.messages import Language, phrases_in
from spoils.report.dicom.concepts import CONTAINS, coded, concept, number, text, with_children
from spoils.report.dicom.segmentation import structure_code

__all__ = ["conclusions"]


def conclusions(assessment: Assessment) -> list[ContentItem]:
    """Return the sections that follow the measurements; one that has nothing to say is left out."""
    advice = assessment.recommendation
    sections = {
        codes.FINDINGS: _notes(assessment),
        codes.REPORTED: _reported(assessment.clinical),
        codes.RECOMMENDATIONS: _suggested(advice, assessment) if advice else [],
    }
    return [_section(name, items) for name, items in sections.items() if items]


def _section(name: Code, items: list[ContentItem]) -> ContentItem:
    return with_children(ContainerContentItem(name=concept(name), relationship_type=CONTAINS), items)


def _notes(assessment: Assessment) -> list[ContentItem]:
    flags = (text(codes.FLAG, f"{flag.code}: {flag.message}") for flag in assessment.quality.flags)
    models = (text(codes.MODEL, f"{model.name} {model.sha256}") for model in assessment.provenance.models)
    return [text(codes.NOTICE, assessment.notice), text(codes.COMMENT, assessment.study.source), *flags, *models]


def _reported(clinical: Clinical) -> list[ContentItem]:
    scores = ((codes.NRS, clinical.nrs), (codes.NRS_BACK, clinical.nrs_back), (codes.NRS_LEG, clinical.nrs_leg))
    items: list[ContentItem] = [number(name, score.score, "score") for name, score in scores if score]
    if clinical.odi is not None:
        items.insert(0, number(codes.ODI, clinical.odi.percent, "percent"))
    if clinical.duration_weeks is not None:
        items.append(number(codes.DURATION, clinical.duration_weeks, "weeks"))
    if clinical.deficit is not None:
        items.append(text(codes.DEFICIT, clinical.deficit.value))
    items += [text(codes.RED_FLAG, flag.value) for flag in clinical.red_flags]
    return [*items, *(text(codes.FAILED_TREATMENT, treatment.value) for treatment in clinical.failed)]


def _suggested(advice: Recommendation, assessment: Assessment) -> list[ContentItem]:
    pathway = codes.PATHWAY_VALUES[advice.pathway]
    say = phrases_in(Language(assessment.language)).say
    items: list[ContentItem] = [
        coded(codes.PATHWAY, pathway),
        text(codes.RECOMMENDATION, say(pathway.meaning)),
        text(codes.URGENT, "urgent" if advice.urgent else "not urgent"),
        text(codes.POLICY, _policy(advice, assessment.provenance.policy_sha256)),
    ]
    if advice.driving_level is not None:
        items.append(coded(codes.DRIVING_LEVEL, structure_code(structure(advice.driving_level))))
    if advice.driving_class is not None:
        items.append(coded(codes.DISC_CLASS, codes.disc_class(advice.driving_class)))
    items += [text(codes.RATIONALE, reason) for reason in advice.rationale]
    items += [text(codes.ALTERNATIVE, other) for other in advice.alternatives]
    return [*items, *(text(codes.WHAT_IF, f"{other.change}: {other.pathway.value}") for other in advice.what_if)]


def _policy(advice: Recommendation, sha256: str | None) -> str:
    """Return which policy decided, by version, rule and hash as far as they are known.

    >>> from spoils.findings import Pathway
    >>> advice = Recommendation(
    ...     pathway=Pathway.CONSERVATIVE, driving_level=None, driving_class=None, rationale=[], alternatives=[],
    ...     policy_version="2.0.0", rule="mild")
    >>> _policy(advice, None)
    'version 2.0.0, rule mild'
    """
    rule = f", rule {advice.rule}" if advice.rule else ""
    return f"version {advice.policy_version}{rule}" + (f", SHA-256 {sha256}" if sha256 else "")
