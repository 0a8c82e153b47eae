"""Every sentence that people read is in every catalogue, with the same places for figures."""

import ast
import json
import re
import string
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import spoils
from spoils.findings import RESEARCH_USE
from spoils.messages import Language, phrases_in
from spoils.report.english import GROUPS, REASONS, SOURCES

SOURCE = Path(spoils.__file__).parent
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


def calls(*names):
    """Yield calls of functions and methods by name, everywhere in the package."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield file.relative_to(SOURCE), node


def argument(call, place, name):
    """Return the value of a literal argument, None where it is absent or no literal."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    node = call.args[place] if len(call.args) > place else given.get(name)
    return node.value if isinstance(node, ast.Constant) else None


def spoken():
    """Return (words, context) of every sentence that the code says literally."""
    return {
        (words, argument(call, 1, "context"))
        for _, call in calls("say")
        if isinstance(words := argument(call, 0, "words"), str)
    }


def said_in_templates():
    """Return the sentences that templates say literally."""
    files = (SOURCE / "report" / "templates").glob("*.j2")
    return {words for file in files for words in re.findall(r'say\("([^"]+)"', file.read_text(encoding="utf-8"))}


def flag_codes():
    """Return the codes of all flags that a study may get; those of a comparison are said in words."""
    return {
        code
        for file, call in calls("Note", "Flag")
        if file.parts[0] in {"io", "segmentation", "assembly.py", "pipeline.py"} and (code := argument(call, 0, "code"))
    }


def policy_words():
    """Return all words of the packaged policy that a recommendation may repeat."""
    policy = json.loads((SOURCE / "decision" / "policy.json").read_text(encoding="utf-8"))
    words = [source["citation"] for source in policy["sources"].values() if source["basis"] != "published"]
    words += [band["name"] for scale in ("odi", "nrs") for band in policy["scores"][scale]["bands"]]
    words += [stratum[key] for stratum in policy["strata"] for key in ("name", "tried")]
    words += policy["complaint"]["words"].values()
    words += [pathway["words"] for pathway in policy["pathways"].values()]
    words += [policy["red_flags"]["words"], policy["red_flags"]["reason"], *policy["red_flags"]["signs"].values()]
    words += [policy["duration"]["words"], *(band["name"] for band in policy["duration"]["bands"])]
    words += [policy["unsettled"]["words"], *(rule["reason"] for rule in policy["rules"])]
    return words


def sentences():
    """Return (words, context) of everything that may be said."""
    data = {RESEARCH_USE, *REASONS, *SOURCES, *GROUPS, *policy_words(), *said_in_templates()}
    return spoken() | {(words, None) for words in data} | {(code, "flag") for code in flag_codes()}


def entries(language):
    return {(message.id, message.context): message.string for message in phrases_in(language).catalogue if message.id}


def places(words):
    return sorted(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)


def test_the_search_finds_sentences_and_codes():
    assert ("Suggestion", None) in spoken()
    assert ("none", "deficit") in spoken()
    assert "Course over time" in said_in_templates()
    assert {"levels-missing", "damaged-files", "not-graded"} <= flag_codes()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language):
    assert sorted(sentences() - set(entries(language)), key=str) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_nobody_says(language):
    assert sorted(set(entries(language)) - sentences(), key=str) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_same_places_for_figures(language):
    differing = [
        words
        for (words, context), translation in entries(language).items()
        if context != "flag" and places(words) != places(translation)
    ]
    assert differing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_the_sentence_does(language):
    ends = {".": ".\N{DEVANAGARI DANDA}"}
    differing = [
        words
        for (words, context), translation in entries(language).items()
        if context != "flag" and (words[-1] in ends) != (translation[-1] in ends["."])
    ]
    assert differing == []


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_typeface_has_every_letter(language, weight):
    with resources.as_file(resources.files("spoils.report") / "fonts" / f"SpoilsSans-{weight}.ttf") as path:
        known = TTFont(path).getBestCmap()
    assert {letter for words in entries(language).values() for letter in words if ord(letter) not in known} == set()
