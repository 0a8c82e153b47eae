"""Every combination of class, ODI band, NRS band, missing score and treatment history."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import Burden, load_policy, score_nrs, score_odi, triage
from spoils.errors import UsageError
from spoils.findings import Clinical, Pathway

ODI_BY_ROW = (12, 32, 52, 72, 92, None)  # minimal, moderate, severe, crippled, bed-bound, missing
NRS_BY_COLUMN = (0, 2, 5, 8, None)  # none, mild, moderate, severe, missing

PATHWAYS = {
    "S": Pathway.SURGICAL_CONSULTATION,
    "I": Pathway.INTERVENTIONAL_PAIN_MANAGEMENT,
    "C": Pathway.CONSERVATIVE,
    "R": Pathway.CLINICAL_REVIEW,
}
URGENCY = {Pathway.CONSERVATIVE: 0, Pathway.INTERVENTIONAL_PAIN_MANAGEMENT: 1, Pathway.SURGICAL_CONSULTATION: 2}

SURGICAL = "RRRSR RRRSR SSSSS SSSSS SSSSS RRRSR"
INTERVENTIONAL = "RRIIR IIIII IIIII IIIII IIIII RRIIR"
INTERVENTIONAL_REFRACTORY = "RRSSR SSSSS SSSSS SSSSS SSSSS RRSSR"
CONSERVATIVE = "CCCRR CCCRR RRRRR RRRRR RRRRR RRRRR"
CONSERVATIVE_REFRACTORY = "IIIRR IIIRR RRRRR RRRRR RRRRR RRRRR"

EXPECTED = {  # class: (not refractory, refractory), a word per ODI row, a letter per NRS column
    **dict.fromkeys(("1L", "2L", "3L"), (CONSERVATIVE, CONSERVATIVE_REFRACTORY)),
    **dict.fromkeys(("3M", "4L", "5L"), (INTERVENTIONAL, INTERVENTIONAL_REFRACTORY)),
    **dict.fromkeys(("3H", "4M", "4H", "5M", "5H"), (SURGICAL, SURGICAL)),
}


def clinical(odi, nrs):
    return Clinical(odi=None if odi is None else score_odi(odi), nrs=None if nrs is None else score_nrs(nrs))


def pathway(grade_class, odi, nrs, *, refractory=False):
    return triage({"L4-L5": grade_class}, clinical(odi, nrs), refractory=refractory).pathway


def test_the_table_covers_every_combination():
    assert set(EXPECTED) == set(GRADE_CLASSES)
    assert all([len(row) for row in words.split()] == [5] * 6 for both in EXPECTED.values() for words in both)
    assert len({score_odi(odi).band for odi in ODI_BY_ROW if odi is not None}) == 5
    assert len({score_nrs(nrs).band for nrs in NRS_BY_COLUMN if nrs is not None}) == 4


@pytest.mark.parametrize("grade_class", GRADE_CLASSES)
def test_every_combination(grade_class):
    for row, column, refractory in product(range(6), range(5), (False, True)):
        expected = PATHWAYS[EXPECTED[grade_class][refractory].split()[row][column]]
        found = triage({"L4-L5": grade_class}, clinical(ODI_BY_ROW[row], NRS_BY_COLUMN[column]), refractory=refractory)
        where = f"{grade_class} ODI {ODI_BY_ROW[row]} NRS {NRS_BY_COLUMN[column]} refractory {refractory}"
        assert found.pathway is expected, where
        assert all(sentence.endswith((".", ".)")) for sentence in [*found.rationale, *found.alternatives]), where
        assert found.policy_version == load_policy().version


@pytest.mark.parametrize("refractory", [False, True])
@pytest.mark.parametrize("grade_class", GRADE_CLASSES)
def test_a_missing_score_is_never_assumed(grade_class, refractory):
    for odi, nrs in product(ODI_BY_ROW, NRS_BY_COLUMN):
        possible = {
            pathway(grade_class, o, n, refractory=refractory)
            for o in ([odi] if odi is not None else ODI_BY_ROW[:-1])
            for n in ([nrs] if nrs is not None else NRS_BY_COLUMN[:-1])
        }
        expected = possible.pop() if len(possible) == 1 else Pathway.CLINICAL_REVIEW
        assert pathway(grade_class, odi, nrs, refractory=refractory) is expected, f"ODI {odi} NRS {nrs}"


GIVEN_ODI = st.integers(0, 100)
GIVEN_NRS = st.integers(0, 10)


@given(
    st.sampled_from(GRADE_CLASSES),
    st.tuples(GIVEN_ODI, GIVEN_ODI).map(sorted),
    st.tuples(GIVEN_NRS, GIVEN_NRS).map(sorted),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_worse_score_is_never_less_urgent(grade_class, odi, nrs, refractory):
    better, worse = (pathway(grade_class, odi[i], nrs[i], refractory=refractory) for i in (0, 1))
    if Pathway.CLINICAL_REVIEW not in {better, worse}:
        assert URGENCY[better] <= URGENCY[worse]


@given(st.sampled_from(GRADE_CLASSES), st.sampled_from(GRADE_CLASSES), GIVEN_ODI, GIVEN_NRS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_worse_class_is_never_less_urgent(one, other, odi, nrs, refractory):
    order = load_policy().class_order
    better, worse = sorted((one, other), key=order.index)
    outcomes = [pathway(name, odi, nrs, refractory=refractory) for name in (better, worse)]
    if Pathway.CLINICAL_REVIEW not in outcomes:
        assert URGENCY[outcomes[0]] <= URGENCY[outcomes[1]]


@pytest.mark.parametrize("grade_class", GRADE_CLASSES)
def test_refractory_is_never_less_urgent(grade_class):
    for odi, nrs in product(ODI_BY_ROW, NRS_BY_COLUMN):
        before, after = (pathway(grade_class, odi, nrs, refractory=history) for history in (False, True))
        assert (before is Pathway.CLINICAL_REVIEW) == (after is Pathway.CLINICAL_REVIEW)
        if before is not Pathway.CLINICAL_REVIEW:
            assert URGENCY[before] <= URGENCY[after]


@pytest.mark.parametrize(
    ("classes", "level"),
    [
        ({"L1-L2": "2L", "L4-L5": "4M", "L5-S1": "3L"}, "L4-L5"),
        ({"L4-L5": "5L", "L3-L4": "3H"}, "L3-L4"),  # the stratum counts before the Pfirrmann grade
        ({"L4-L5": "3M", "L3-L4": "4L"}, "L3-L4"),  # then the grade
        ({"L4-L5": "4M", "L1-L2": "4H"}, "L1-L2"),  # then the severity
        ({"T12-L1": "5M", "L5-S1": "4H"}, "T12-L1"),
        ({"L2-L3": "4M", "L4-L5": "4M", "L5-S1": "4M"}, "L5-S1"),  # then the lowest disc
        ({"L5-S1": "1L"}, "L5-S1"),
        (dict.fromkeys(DISCS, "1L"), "L5-S1"),
    ],
)
def test_the_driving_disc(classes, level):
    recommendation = triage(classes, clinical(44, 7))
    assert (recommendation.driving_level, recommendation.driving_class) == (level, classes[level])


@given(st.dictionaries(st.sampled_from(DISCS), st.sampled_from(GRADE_CLASSES), min_size=1), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_discs_does_not_matter(classes, random):
    shuffled = list(classes.items())
    random.shuffle(shuffled)
    assert triage(classes, clinical(44, 7)) == triage(dict(shuffled), clinical(44, 7))


def test_the_reasons_name_disc_scores_rule_and_source():
    classes = {"L2-L3": "2L", "L3-L4": "4M", "L4-L5": "4M"}
    text = " ".join(triage(classes, clinical(44, None)).rationale)
    assert "L4-L5 decides: class 4M (Pfirrmann grade 4, moderate severity; surgical stratum)" in text
    assert "the worst of 3 graded discs; equally bad: L3-L4." in text
    assert "Without a class and so not considered: T12-L1, L1-L2, L5-S1." in text
    assert "ODI 44 % (severe); NRS was not given." in text
    assert "(Rule surgical-high; Kumar" in text


@pytest.mark.parametrize(
    ("grade_class", "odi", "nrs", "refractory", "sentence"),
    [
        ("3M", 10, None, False, "With an NRS above 3: interventional pain management."),
        ("4M", 44, None, False, "The missing NRS would not change the suggestion."),
        ("2L", None, None, False, "With an ODI up to 40 % and an NRS up to 6: conservative."),
        ("2L", None, None, False, "With an ODI above 40 % or an NRS above 6: clinical review."),
        (
            "5M",
            30,
            3,
            False,
            "Should the complaint become high (an ODI above 40 % or an NRS above 6): surgical consultation.",
        ),
        ("5L", 60, 6, False, "If the complaint persists although an injection was tried: surgical consultation."),
        ("2L", 30, 3, True, "If that treatment was not tried yet: conservative."),
    ],
)
def test_the_alternatives(grade_class, odi, nrs, refractory, sentence):
    found = triage({"L4-L5": grade_class}, clinical(odi, nrs), refractory=refractory).alternatives
    assert sentence in found
    assert "cauda equina" in found[-1]


@pytest.mark.parametrize(
    ("classes", "words"), [({}, "No disc"), ({"L6-S1": "3L"}, "disc level"), ({"L4-L5": "2M"}, "not a class")]
)
def test_senseless_classes_are_refused(classes, words):
    with pytest.raises(UsageError, match=words):
        triage(classes, clinical(44, 7))


def test_burdens_follow_the_numbers_not_the_band_names():
    foreign = Clinical(odi=score_odi(44).model_copy(update={"band": "elsewhere"}), nrs=None)
    assert triage({"L4-L5": "4M"}, foreign).pathway is Pathway.SURGICAL_CONSULTATION
    assert load_policy().odi_burden(44) is Burden.HIGH
