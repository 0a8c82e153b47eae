from datetime import date

import pytest

from spoils.messages import Language, Message, translator_for


def test_english_is_said_as_it_is_written():
    assert translator_for().gettext("{level} is not segmented", level="L5") == "L5 is not segmented"


def test_words_that_the_catalogue_lacks_stay_as_they_are():
    assert translator_for(Language.GERMAN).gettext("A rule of a site.") == "A rule of a site."


def test_equal_words_differ_by_context():
    german = translator_for(Language.GERMAN)
    assert german.gettext("none") == "keine"
    assert german.gettext("none", context="deficit") == "keines"


@pytest.mark.parametrize(("language", "figure"), [("en", "1.50"), ("de", "1,50"), ("hi", "1.50")])
def test_numbers_are_separated_as_the_language_does(language, figure):
    assert translator_for(Language(language)).number(1.5, 2) == figure


@pytest.mark.parametrize(
    ("language", "words"), [("en", "March 4, 2026"), ("de", "4. März 2026"), ("hi", "4 मार्च 2026")]
)
def test_a_month_is_written_out(language, words):
    assert translator_for(Language(language)).day(date(2026, 3, 4)) == words


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("value", "figure"),
    [(10**15 - 1, "999999999999999"), (10**40, "1e+40"), (-1.23456789e28, "-1.23457e+28"), (1e308, "1e+308")],
)
def test_a_number_that_is_too_large_to_be_meant_is_still_written(language, value, figure):
    assert translator_for(language).write(value) == figure


@pytest.mark.parametrize("wording", [Message("of-a-later-version"), Message("levels-missing")])
def test_a_sentence_that_can_not_be_rendered_stays_as_it_was_written(wording):
    german = translator_for(Language.GERMAN)
    assert german.text("Something.", wording) == "Something."
    assert german.texts(["One.", "Two."], [wording, wording]) == ["One.", "Two."]
    with pytest.raises(KeyError):
        german.render(wording)
