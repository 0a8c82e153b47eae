import pytest

from spoils.findings import Measurement, NotMeasured
from spoils.grading import UsualValues
from spoils.grading.explanation import why
from spoils.messages import Language, translator_for

USUAL = {
    2: UsualValues(signal_csf_ratio=(0.6, 0.1), height_index=(0.45, 0.05)),
    4: UsualValues(signal_csf_ratio=(0.2, 0.1), height_index=(0.25, 0.05)),
    5: UsualValues(signal_csf_ratio=(0.15, 0.1), height_index=(0.2, 0.05)),
}


SPEAKING = {"signal": 0.9, "height": 0.8, "shape": 0.05, "texture": 0.4, "neighbours": 0.3, "canal": 0.2, "bone": -0.5}


def measured(signal, height_index):
    return {
        "signal_csf_ratio": Measurement(value=signal, unit="1", method="test"),
        "height_index": Measurement(value=height_index, unit="1", method="test"),
    }


@pytest.mark.parametrize(
    ("signal", "height_index", "grade", "sentence"),
    [
        (0.21, 0.22, 4, "signal 0.21 of CSF, height index 0.22: typical of grade 4-5"),
        (0.5, 0.4, 2, "signal 0.50 of CSF, height index 0.40: typical of grade 2"),
        (
            0.5,
            0.4,
            3,
            "signal 0.50 of CSF, height index 0.40: typical of grade 2; grade 3 rests on its texture and neighbours",
        ),
        (
            0.2,
            0.9,
            5,
            "signal 0.20 of CSF, height index 0.90: unusual for any grade; grade 5 rests on its texture and neighbours",
        ),
    ],
)
def test_the_sentence_says_what_was_measured_and_what_it_is_typical_of(signal, height_index, grade, sentence):
    assert str(why(measured(signal, height_index), grade, USUAL, SPEAKING)) == sentence


def test_only_what_was_measured_is_quoted():
    partly = measured(0.2, 0.3) | {"height_index": NotMeasured(not_measured="cut")}
    assert str(why(partly, 4, USUAL, SPEAKING)) == "signal 0.20 of CSF: typical of grade 4-5"


def test_a_disc_without_measurements_is_graded_by_its_image():
    assert "image alone" in str(why({}, 4, USUAL, SPEAKING))


def test_nothing_is_said_to_speak_for_a_grade_that_does_not():
    rests = str(why(measured(0.5, 0.4), 3, USUAL, {"texture": 0.9, "shape": 0.2}))
    assert rests.endswith("grade 3 rests on its texture")
    rests = str(why(measured(0.5, 0.4), 3, USUAL, {"signal": 0.9, "texture": -1}))
    assert rests.endswith("grade 3 rests on its image")


def test_the_sentence_speaks_the_language_of_the_reader():
    sentence = translator_for(Language.GERMAN).render(why(measured(0.21, 0.22), 3, USUAL, SPEAKING))
    assert sentence == (
        "Signal 0,21 des Liquors, Höhenindex 0,22: typisch für Grad 4-5; Grad 3 stützt sich auf: Textur und Nachbarn"
    )
