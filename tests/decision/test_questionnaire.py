"""Answers are checked before anything is decided on them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.decision import Answers
from spoils.errors import UsageError
from spoils.findings import Clinical, Deficit, RedFlag, Treatment

from .patients import clinical_of, score_nrs


def test_nothing_given_is_nothing_known():
    assert clinical_of(Answers()) == Clinical(odi=None, nrs=None)


@given(st.none() | st.integers(0, 10), st.none() | st.integers(0, 10))
def test_the_higher_of_back_and_leg_counts(back, leg):
    found = clinical_of(Answers(nrs_back=back, nrs_leg=leg))
    given_scores = [score for score in (back, leg) if score is not None]
    assert (found.nrs.score if found.nrs else None) == (max(given_scores) if given_scores else None)
    assert found.nrs_back == (None if back is None else score_nrs(back))
    assert found.nrs_leg == (None if leg is None else score_nrs(leg))


def test_names_are_read_in_any_order_and_case_and_once():
    found = clinical_of(Answers(red_flags=["Tumour", "cauda-equina"], failed=["injection", " drugs", "drugs"]))
    assert found.red_flags == [RedFlag.CAUDA_EQUINA, RedFlag.TUMOUR]
    assert found.failed == [Treatment.DRUGS, Treatment.INJECTION]


def test_a_progressive_deficit_is_a_red_flag():
    found = clinical_of(Answers(deficit="progressive"))
    assert (found.deficit, found.red_flags) == (Deficit.PROGRESSIVE, [RedFlag.PROGRESSIVE_DEFICIT])


def test_history_is_kept_as_given():
    found = clinical_of(Answers(duration_weeks=7.5, refractory=True, deficit="none"))
    assert (found.duration_weeks, found.refractory, found.deficit) == (7.5, True, Deficit.NONE)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (Answers(odi_percent=4, odi_items=[1] * 10), "not both"),
        (Answers(nrs=4, nrs_leg=4), "not both"),
        (Answers(nrs_back=11), "between 0 and 10"),
        (Answers(odi_percent=math.nan), "between 0 and 100"),
        (Answers(odi_items=[1] * 7 + [None] * 3), "not scorable"),
        (Answers(red_flags=["headache"]), "'headache' is not a known red flag; known are cauda-equina, fracture"),
        (Answers(failed=["prayer"]), "'prayer' is not a known treatment; known are drugs, physiotherapy"),
        (Answers(deficit="some"), "'some' is not a known deficit; known are none, stable, progressive"),
        (Answers(duration_weeks=-1), "between 0 and 5200 weeks"),
        (Answers(duration_weeks=math.inf), "between 0 and 5200 weeks"),
        (Answers(duration_weeks=math.nan), "between 0 and 5200 weeks"),
        (Answers(deficit="none", red_flags=["progressive-deficit"]), "can't be none and progressive"),
        (Answers(deficit="stable", red_flags=["progressive-deficit"]), "can't be stable and progressive"),
    ],
)
def test_wrong_answers_are_refused_in_one_sentence(answers, words):
    with pytest.raises(UsageError, match=words) as caught:
        clinical_of(answers)
    assert "\n" not in str(caught.value)
