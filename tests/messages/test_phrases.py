from datetime import date

import pytest

from spoils.messages import Language, phrases_in


def test_english_is_said_as_it_is_written():
    assert phrases_in().say("{level} is not outlined", level="L5") == "L5 is not outlined"


def test_words_that_the_catalogue_lacks_stay_as_they_are():
    assert phrases_in(Language.GERMAN).say("A rule of a site.") == "A rule of a site."


def test_equal_words_differ_by_context():
    german = phrases_in(Language.GERMAN)
    assert german.say("none") == "keine"
    assert german.say("none", context="deficit") == "keines"
    assert not german.knows("none", context="flag")


@pytest.mark.parametrize(("language", "figure"), [("en", "1.50"), ("de", "1,50"), ("hi", "1.50")])
def test_numbers_are_separated_as_the_language_does(language, figure):
    assert phrases_in(Language(language)).number(1.5, 2) == figure


@pytest.mark.parametrize(
    ("language", "words"), [("en", "March 4, 2026"), ("de", "4. März 2026"), ("hi", "4 मार्च 2026")]
)
def test_a_month_is_written_out(language, words):
    assert phrases_in(Language(language)).day(date(2026, 3, 4)) == words
