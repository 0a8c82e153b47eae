"""Nothing in a German or Hindi document stays English."""

import re
import string
from html import unescape

import pytest

from spoils.findings import Flag, NotMeasured, Quality, Severity, pathway_title
from spoils.messages import Language, Message, message, translator_for
from spoils.messages.translator import MESSAGE_CONTEXT
from spoils.report import report_content, report_html, report_text

from .builders import assessment, graded_disc, ungraded_disc

SHORTEST = 3
"""Words of a stretch of English that counts as a sentence: shorter ones may be names."""


def values_of(template):
    """Return a value for each place of a template, of the kind that its specification asks for."""
    places = {name: spec for _, name, spec, _ in string.Formatter().parse(template) if name is not None}
    return {
        name: 4 if spec.endswith(("f", "%")) or name == "count" else ["L4"] if spec in {"and", "or"} else "L4"
        for name, spec in places.items()
    }


def everything_said():
    """Return a message of every id that a result may hold, with values."""
    found = []
    for entry in translator_for().catalogue:
        if entry.context == MESSAGE_CONTEXT and entry.id:
            id_, template = (entry.id, entry.string) if isinstance(entry.id, str) else (entry.id[0], entry.string[1])
            found.append(Message(id_, values_of(template) | ({} if isinstance(entry.id, str) else {"count": 4})))
    return found


def english_stretches(template):
    """Return the literal stretches of an English template that are long enough to be recognised."""
    parts = [literal.strip(" .,;:()") for literal, *_ in string.Formatter().parse(template)]
    return [part for part in parts if len(part.split()) >= SHORTEST]


@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_stays_english(language):
    said = everything_said()
    flags = [Flag.of("any", one) for one in said]
    disc = graded_disc("L5-S1", 5).model_copy(
        update={
            "flags": flags,
            "explanation": "words",
            "explanation_wording": message("not-found"),
            "severity": Severity(
                grade="H",
                probabilities={"L": 0.1, "M": 0.2, "H": 0.7},
                reasons=["words"],
                reasons_wording=[message("finding-herniation")],
            ),
            "measurements": {"height_index": NotMeasured.because(message("not-found"))},
        }
    )
    advice = assessment().recommendation.model_copy(
        update={
            "rationale": ["words"],
            "rationale_wording": [message("no-disc-graded")],
            "alternatives": ["words"],
            "alternatives_wording": [pathway_title("conservative")],
        }
    )
    study = assessment().study.model_copy(update={"source": "words", "source_wording": message("not-found")})
    result = assessment(
        language=language.value,
        study=study,
        quality=Quality(usable=True, flags=flags),
        discs=[disc, ungraded_disc("L4-L5").model_copy(update={"flags": flags[:1]})],
        recommendation=advice,
        vertebrae=[],
    )
    page = re.sub(r"<[^>]+>", " ", unescape(report_html(report_content(result)).decode()))
    documents = re.sub(r"\s+", " ", page + report_text(result))
    left = [
        stretch
        for entry in translator_for().catalogue
        if entry.context == MESSAGE_CONTEXT and entry.id
        for template in ([entry.string] if isinstance(entry.string, str) else entry.string)
        for stretch in english_stretches(template)
        if stretch in documents
    ]
    if language is Language.ENGLISH:
        assert len(left) > 50, "the search finds what it looks for"
    else:
        assert left == []
