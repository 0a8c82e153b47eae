import pytest

from spoils.findings import Flag
from spoils.messages import Language, translator_for
from spoils.report.english import flag_words, group_words, reason_words

GERMAN = translator_for(Language.GERMAN)


def test_a_flag_keeps_its_levels():
    flag = Flag(code="low-confidence", message="The outlines of T12-L1, L1-L2 are uncertain; check the overlay.")
    assert flag_words(flag, GERMAN).startswith("T12-L1, L1-L2: Der Umriss")
    assert flag_words(flag, translator_for()) == flag.message


def test_an_unknown_flag_stays_as_it_is():
    flag = Flag(code="of-a-later-version", message="Something new.")
    assert flag_words(flag, GERMAN) == "Something new."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("L5 is not outlined on slice 7", "L5 ist auf Schicht 7 nicht umrissen"),
        ("the canal is not outlined on slice 7", "auf Schicht 7 ist der Kanal nicht umrissen"),
        ("L4-L5 is not outlined", "L4-L5 ist nicht umrissen"),
        ("something new", "something new"),
    ],
)
def test_a_reason_is_recognised_by_its_form(reason, words):
    assert reason_words(reason, GERMAN) == words


def test_groups_that_differ_in_their_numbers_are_told_once():
    words = "{} patients with back pain; z from {} of them, whose discs here have Pfirrmann grade 1 or 2"
    told = group_words([words.format(159, 44), words.format(171, 120)], GERMAN)
    assert told == "159-171 Patienten mit Rückenschmerzen"


def test_a_level_is_not_named_twice():
    flag = Flag(code="levels-gap", message="L4-L5 lies implausibly between its bodies, so its grade would be a guess.")
    assert flag_words(flag, GERMAN, "L4-L5").startswith("Die Abstände")
