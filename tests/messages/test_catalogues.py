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
from spoils.messages import Language, message, translator_for
from spoils.messages.translator import MESSAGE_CONTEXT

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
        for _, call in calls("gettext", "say")
        if isinstance(words := argument(call, 0, "words"), str)
    }


def said_in_templates():
    """Return the sentences that templates say literally."""
    files = SOURCE.rglob("templates/*.j2")
    return {words for file in files for words in re.findall(r'gettext\("([^"]+)"', file.read_text(encoding="utf-8"))}


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
    data = {RESEARCH_USE, *policy_words(), *said_in_templates()}
    return spoken() | {(words, None) for words in data}


def entries(language):
    """Return the translations of words, by (words, context); messages have an id instead of words."""
    return {
        (entry.id, entry.context): entry.string
        for entry in translator_for(language).catalogue
        if entry.id and entry.context != MESSAGE_CONTEXT
    }


def templates(language):
    """Return the templates of each message by its id: one, or singular and plural."""
    found = {}
    for entry in translator_for(language).catalogue:
        if entry.context == MESSAGE_CONTEXT:
            key, strings = (entry.id, entry.string) if isinstance(entry.id, str) else (entry.id[0], entry.string)
            found[key] = [strings] if isinstance(strings, str) else list(strings)
    return found


def messages_made():
    """Yield file, id and names of values of every message that the code makes with a literal id."""
    for file, call in calls("message"):
        if isinstance(id_ := argument(call, 0, "id"), str):
            names = {keyword.arg for keyword in call.keywords}
            yield file, id_, names


def named_places(template):
    return {name: spec for _, name, spec, _ in string.Formatter().parse(template) if name is not None}


def sample(name, spec):
    """Return a value for a place, and the text that must appear for it in English."""
    if name == "count":
        return 7
    if spec.endswith(("f", "%")):
        return 0.5
    return [f"<{name}>", "<other>"] if spec in {"and", "or"} else f"<{name}>"


def places(words):
    return sorted(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)


def test_the_search_finds_sentences():
    assert ("Suggestion", None) in spoken()
    assert ("none", "deficit") in spoken()
    assert "Follow-up" in said_in_templates()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language):
    assert sorted(sentences() - set(entries(language)), key=str) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_nobody_says(language):
    assert sorted(set(entries(language)) - sentences(), key=str) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_same_places_for_figures(language):
    differing = [
        words for (words, context), translation in entries(language).items() if places(words) != places(translation)
    ]
    assert differing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_the_sentence_does(language):
    ends = {".": ".\N{DEVANAGARI DANDA}"}
    differing = [
        words
        for (words, context), translation in entries(language).items()
        if (words[-1] in ends) != (translation[-1] in ends["."])
    ]
    assert differing == []


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_typeface_has_every_letter(language, weight):
    with resources.as_file(resources.files("spoils.report") / "fonts" / f"SpoilsSans-{weight}.ttf") as path:
        known = TTFont(path).getBestCmap()
    assert {letter for words in entries(language).values() for letter in words if ord(letter) not in known} == set()


def test_every_message_that_the_code_makes_has_an_english_template_with_its_values():
    english = templates(Language.ENGLISH)
    wrong = [
        f"{file}: {id_} {sorted(filter(None, names))}"
        for file, id_, names in messages_made()
        if id_ not in english
        or (None not in names and any(not set(named_places(one)) <= names for one in english[id_]))
        or (None not in names and not names <= {"count", *(name for one in english[id_] for name in named_places(one))})
    ]
    assert wrong == []


@pytest.mark.parametrize("language", Language)
def test_no_two_rooms_have_a_message_of_one_id(language):
    files = (SOURCE / "messages" / "catalogues" / language.value).glob("*.po")
    named = [
        id_
        for file in files
        for id_ in re.findall(r'^msgctxt "message"\nmsgid "(.*)"$', file.read_text("utf-8"), re.MULTILINE)
    ]
    assert sorted({id_ for id_ in named if named.count(id_) > 1}) == []


def test_every_english_template_is_used():
    literals = {
        node.value
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(templates(Language.ENGLISH)) - literals) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_in_every_language_with_the_same_places(language):
    english, translated = templates(Language.ENGLISH), templates(language)
    assert sorted(set(english) ^ set(translated)) == []
    differing = [
        id_
        for id_, forms in english.items()
        if {name for one in forms for name in named_places(one)}
        != {name for one in translated[id_] for name in named_places(one)}
        or len(forms) != len(translated[id_])
    ]
    assert differing == []


@pytest.mark.parametrize("language", Language)
def test_every_message_is_rendered_in_every_language(language):
    """No value is lost and no brace is left."""
    translator = translator_for(language)
    for id_, forms in templates(Language.ENGLISH).items():
        specs = {name: spec for one in forms for name, spec in named_places(one).items()}
        values = {name: sample(name, spec) for name, spec in specs.items()}
        text = translator.render(
            message(
                id_,
                **({"count": 7} if len(forms) > 1 else {}),
                **{k: v for k, v in values.items() if not (k == "count" and len(forms) > 1)},
            )
        )
        assert "{" not in text, id_
        assert all(f"<{name}>" in text for name, value in values.items() if not isinstance(value, int | float)), id_
