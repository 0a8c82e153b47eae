from spoils.findings import Flag, NormalValue
from spoils.messages import Language, message, translator_for
from spoils.report.words import cohort_words, flag_words

GERMAN = translator_for(Language.GERMAN)


def test_a_flag_is_rendered_from_its_message():
    flag = Flag.of("low-confidence", message("contours-uncertain", levels=["T12-L1", "L1-L2"]))
    assert flag_words(flag, GERMAN) == "Unsichere Konturen: T12-L1, L1-L2; am Bild prüfen."
    assert flag_words(flag, translator_for()) == flag.message


def test_an_unknown_flag_stays_as_it_is():
    flag = Flag(code="of-a-later-version", message="Something new.")
    assert flag_words(flag, GERMAN) == "Something new."


def test_groups_that_differ_in_their_numbers_are_named_once():
    cohorts = [message("reference-patients", count=count) for count in (159, 171)]
    groups = [cohorts[0], message("reference-z-of-them", cohort=cohorts[1], count=120)]
    places = [NormalValue(percentile=50, z=None, group=str(group), group_wording=group) for group in groups]
    assert cohort_words(places, GERMAN) == "159-171 Patienten mit Rückenschmerzen"
