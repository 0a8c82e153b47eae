"""What a reader must know to trust a report no further than it deserves: limits, quality, and what produced it."""

from __future__ import annotations

from spoils.findings import Assessment, Provenance
from spoils.messages import Phrases
from spoils.report.content.parts import Fact, Facts, Points
from spoils.report.english import flag_words, source_words

__all__ = ["limits", "provenance", "quality", "software"]

_HASH_DIGITS = 16
"""Enough to tell files apart; the whole hashes are in the assessment."""


def limits(phrases: Phrases) -> Points:
    """Return the limits of the method."""
    return Points(
        phrases.say("Limits of the method"),
        (
            phrases.say(
                "Levels are counted upward from S1 in this image; a transitional vertebra can shift every name."
            ),
            phrases.say("Every figure follows from the outlines: check them on the picture first."),
            phrases.say(
                "Grades and severity are estimates of trained models. Severity sums up findings of the disc, not"
                " complaints."
            ),
            phrases.say(
                "Roots, foramina, facet joints and muscles are not assessed, nor are fracture, infection or tumour"
                " looked for."
            ),
            phrases.say(
                "The suggestion follows a published triage where it speaks and a stated choice where it is silent."
            ),
        ),
    )


def quality(assessment: Assessment, phrases: Phrases) -> Points:
    """Return what was read, whether it could be used, and what to look at."""
    found = assessment.quality
    verdict = phrases.say("Usable.") if found.usable else phrases.say("Not usable: nothing was graded.")
    flags = (flag_words(flag, phrases) for flag in found.flags)
    return Points(
        phrases.say("Input and its quality"), (source_words(assessment.study.source, phrases), verdict, *flags)
    )


def provenance(assessment: Assessment, phrases: Phrases) -> Facts:
    """Return versions, and the hashes of policy and models."""
    made_by = assessment.provenance
    facts = [
        Fact("SPOILS", made_by.spoils),
        Fact(phrases.say("Treatment policy"), _policy(made_by, phrases)),
        Fact(phrases.say("Result format"), assessment.schema_version),
    ]
    facts += [Fact(model.name, model.sha256[:_HASH_DIGITS]) for model in made_by.models]
    if assessment.study.series_uid:
        facts.append(Fact(phrases.say("Series"), assessment.study.series_uid))
    return Facts(phrases.say("What produced this report (models by SHA-256)"), tuple(facts))


def _policy(made_by: Provenance, phrases: Phrases) -> str:
    if made_by.policy_version is None:
        return phrases.say("not used")
    named = f"{made_by.policy_name or ''} {made_by.policy_version}".strip()
    return named if made_by.policy_sha256 is None else f"{named} ({made_by.policy_sha256[:_HASH_DIGITS]})"


def software(assessment: Assessment) -> str:
    """Return the program's name and version."""
    return f"SPOILS {assessment.provenance.spoils}"
