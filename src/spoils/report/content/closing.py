"""The last blocks of a report: limits of the method, quality of the input, and versions."""

from __future__ import annotations

from spoils.findings import Assessment, Provenance
from spoils.messages import Translator
from spoils.report.content.parts import Fact, Facts, Points
from spoils.report.words import flag_words

__all__ = ["limits", "provenance", "quality", "software"]

_HASH_DIGITS = 16
"""Enough digits to identify a file. The full hashes are in the assessment."""


def limits(translator: Translator) -> Points:
    """Return the limits of the method."""
    return Points(
        translator.gettext("Limits of the method"),
        (
            translator.gettext(
                "Levels are counted upward from S1 in this image; a transitional vertebra can shift every name."
            ),
            translator.gettext("Every figure follows from the contours: check them on the picture first."),
            translator.gettext(
                "Grades and severity are estimates of trained models. Severity sums up findings of the disc, not"
                " complaints."
            ),
            translator.gettext(
                "Roots, foramina, facet joints and muscles are not assessed, nor are fracture, infection or tumour"
                " looked for."
            ),
            translator.gettext(
                "The suggestion follows a published triage where it speaks and a stated choice where it is silent."
            ),
        ),
    )


def quality(assessment: Assessment, translator: Translator) -> Points:
    """Return what was read, whether it was usable, and what to check."""
    found = assessment.quality
    verdict = translator.gettext("Usable.") if found.usable else translator.gettext("Not usable: nothing was graded.")
    flags = (flag_words(flag, translator) for flag in found.flags)
    return Points(
        translator.gettext("Input and its quality"),
        (translator.text(assessment.study.source, assessment.study.source_wording), verdict, *flags),
    )


def provenance(assessment: Assessment, translator: Translator) -> Facts:
    """Return the versions, and the hashes of policy and models."""
    made_by = assessment.provenance
    facts = [
        Fact("SPOILS", made_by.spoils),
        Fact(translator.gettext("Treatment policy"), _policy(made_by, translator)),
        Fact(translator.gettext("Result format"), assessment.schema_version),
    ]
    facts += [Fact(model.name, model.sha256[:_HASH_DIGITS]) for model in made_by.models]
    if assessment.study.series_uid:
        facts.append(Fact(translator.gettext("Series"), assessment.study.series_uid))
    return Facts(translator.gettext("What produced this report (models by SHA-256)"), tuple(facts))


def _policy(made_by: Provenance, translator: Translator) -> str:
    if made_by.policy_version is None:
        return translator.gettext("not used")
    named = f"{made_by.policy_name or ''} {made_by.policy_version}".strip()
    return named if made_by.policy_sha256 is None else f"{named} ({made_by.policy_sha256[:_HASH_DIGITS]})"


def software(assessment: Assessment) -> str:
    """Return name and version of the program."""
    return f"SPOILS {assessment.provenance.spoils}"
