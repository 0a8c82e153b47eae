"""Every combination of class, ODI band, NRS band, missing score and treatment history; and what a patient adds."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import ScoreBand, load_policy
from spoils.decision.policy import RED_FLAG_RULE, UNSETTLED_RULE
from spoils.errors import UsageError
from spoils.findings import Clinical, Deficit, Pathway, Recommendation, RedFlag, Treatment
from spoils.messages import Language, translator_for

from .patients import (
    NRS_VALUES,
    ODI_VALUES,
    answers,
    clinical,
    clinical_of,
    flagged_answers,
    score_odi,
    spines,
    triage,
    urgency,
)

PATHWAYS = {
    "S": Pathway.SURGICAL_CONSULTATION,
    "I": Pathway.INTERVENTIONAL_PAIN_MANAGEMENT,
    "C": Pathway.CONSERVATIVE,
    "R": Pathway.CLINICAL_REVIEW,
}
SURGICAL = "RRRSR RRRSR SSSSS SSSSS SSSSS RRRSR"
SURGICAL_REFRACTORY = "RRSSR SSSSS SSSSS SSSSS SSSSS RRSSR"
INTERVENTIONAL = "RRIIR IIIII IIIII IIIII IIIII RRIIR"
INTERVENTIONAL_REFRACTORY = "RRSSR SSSSS SSSSS SSSSS SSSSS RRSSR"
CONSERVATIVE = "CCCRR CCCRR RRRRR RRRRR RRRRR RRRRR"
CONSERVATIVE_REFRACTORY = "IIIRR IIIRR RRRRR RRRRR RRRRR RRRRR"

EXPECTED = {  # class: (not refractory, refractory), a word per ODI value, a letter per NRS value
    **dict.fromkeys(("1L", "2L", "3L"), (CONSERVATIVE, CONSERVATIVE_REFRACTORY)),
    **dict.fromkeys(("3M", "4L", "5L"), (INTERVENTIONAL, INTERVENTIONAL_REFRACTORY)),
    **dict.fromkeys(("3H", "4M", "4H", "5M", "5H"), (SURGICAL, SURGICAL_REFRACTORY)),
}


def pathway(grade_class, odi, nrs, **more):
    return triage({"L4-L5": grade_class}, clinical(odi, nrs, **more)).pathway


def test_the_table_covers_every_combination():
    assert set(EXPECTED) == set(GRADE_CLASSES)
    assert all([len(row) for row in words.split()] == [5] * 6 for both in EXPECTED.values() for words in both)
    assert len({score_odi(odi).band for odi in ODI_VALUES if odi is not None}) == 5
    assert len({clinical(nrs=nrs).nrs.band for nrs in NRS_VALUES if nrs is not None}) == 4


@pytest.mark.parametrize("grade_class", GRADE_CLASSES)
def test_every_combination(grade_class):
    for row, column, refractory in product(range(6), range(5), (False, True)):
        expected = PATHWAYS[EXPECTED[grade_class][refractory].split()[row][column]]
        patient = clinical(ODI_VALUES[row], NRS_VALUES[column], refractory=refractory)
        found = triage({"L4-L5": grade_class}, patient)
        where = f"{grade_class} ODI {ODI_VALUES[row]} NRS {NRS_VALUES[column]} refractory {refractory}"
        assert found.pathway is expected, where
        assert all(sentence.endswith((".", ".)")) for sentence in [*found.rationale, *found.alternatives]), where
        assert found.policy_version == load_policy().version
        assert found.rule in {rule.id for rule in load_policy().rules}
        assert found.settled is None


@pytest.mark.parametrize("refractory", [False, True])
@pytest.mark.parametrize("grade_class", GRADE_CLASSES)
def test_a_missing_score_is_never_assumed(grade_class, refractory):
    for odi, nrs in product(ODI_VALUES, NRS_VALUES):
        possible = {
            pathway(grade_class, o, n, refractory=refractory)
            for o in ([odi] if odi is not None else ODI_VALUES[:-1])
            for n in ([nrs] if nrs is not None else NRS_VALUES[:-1])
        }
        expected = possible.pop() if len(possible) == 1 else Pathway.CLINICAL_REVIEW
        assert pathway(grade_class, odi, nrs, refractory=refractory) is expected, f"ODI {odi} NRS {nrs}"


@given(spines, answers)
@settings(max_examples=60, deadline=None)
def test_every_patient_gets_an_answer(classes, given_answers):
    found = triage(classes, clinical_of(given_answers))
    assert found.driving_class == classes[found.driving_level]
    assert found.urgent == (given_answers.deficit == Deficit.PROGRESSIVE)


def _explained(worse, better_rule, worse_rule):
    """Whether an exception of the policy explains that ``worse`` may lead from one rule to the other."""
    return any(
        entry.worse == worse and better_rule in entry.from_rules and worse_rule in entry.to_rules
        for entry in load_policy().exceptions
    )


@given(spines, answers, st.data())
@settings(max_examples=100, deadline=None)
def test_a_worse_score_is_never_less_urgent_unless_explained(classes, given_answers, data):
    name, highest = data.draw(st.sampled_from([("odi_percent", 100), ("nrs", 10)]))
    worse_value = data.draw(st.integers(getattr(given_answers, name) or 0, highest))
    better_answers = replace(given_answers, **{name: getattr(given_answers, name) or 0})
    better = triage(classes, clinical_of(better_answers))
    worse = triage(classes, clinical_of(replace(better_answers, **{name: worse_value})))
    assert urgency(better) <= urgency(worse) or _explained("score", better.rule, worse.rule)


def _no_better(name):
    """The classes whose grade and severity are both no better than those of ``name``."""
    severities = "LMH"
    return [
        other
        for other in GRADE_CLASSES
        if other[0] >= name[0] and severities.index(other[1]) >= severities.index(name[1])
    ]


@given(spines, answers, st.data())
@settings(max_examples=100, deadline=None)
def test_a_worse_disc_is_never_less_urgent_unless_explained(classes, given_answers, data):
    level = data.draw(st.sampled_from(sorted(classes)))
    worse_class = data.draw(st.sampled_from(_no_better(classes[level])))
    patient = clinical_of(given_answers)
    better, worse = triage(classes, patient), triage({**classes, level: worse_class}, patient)
    assert urgency(better) <= urgency(worse) or _explained("grade", better.rule, worse.rule)


@given(spines, answers, st.sampled_from(Treatment))
@settings(max_examples=100, deadline=None)
def test_more_failed_treatment_is_never_less_urgent_unless_explained(classes, given_answers, treatment):
    more = replace(given_answers, failed=[*given_answers.failed, treatment])
    better, worse = triage(classes, clinical_of(given_answers)), triage(classes, clinical_of(more))
    assert urgency(better) <= urgency(worse) or _explained("history", better.rule, worse.rule)


@given(spines, answers.filter(lambda given_answers: given_answers.deficit is None))
@settings(max_examples=60, deadline=None)
def test_a_deficit_is_never_less_urgent(classes, given_answers):
    found = [triage(classes, clinical_of(replace(given_answers, deficit=deficit))) for deficit in (None, *Deficit)]
    assert [urgency(one) for one in found] == sorted(urgency(one) for one in found)
    assert found[0].pathway is found[1].pathway


@given(spines, flagged_answers)
@settings(max_examples=60, deadline=None)
def test_a_red_flag_always_stops(classes, given_answers):
    sets = {level: ["1L", "5H"] for level in classes}
    found = triage(classes, clinical_of(given_answers), prediction_sets=sets)
    assert (found.pathway, found.urgent, found.rule) == (Pathway.CLINICAL_REVIEW, True, RED_FLAG_RULE)
    assert found.rationale[0].startswith("Red flag given: ")
    assert "urgent assessment comes first" in found.rationale[0]
    assert found.rationale[1].startswith(f"Without a red flag {found.driving_level} would decide: ")
    assert not any("before any pathway is chosen" in sentence for sentence in found.rationale), "that may wait"
    assert found.alternatives == []


@given(flagged_answers)
@settings(max_examples=20, deadline=None)
def test_a_red_flag_stops_even_where_no_disc_was_graded(given_answers):
    found = triage({}, clinical_of(given_answers))
    assert (found.pathway, found.urgent, found.rule) == (Pathway.CLINICAL_REVIEW, True, RED_FLAG_RULE)
    assert (found.driving_level, found.driving_class, found.settled, found.counterfactuals) == (None, None, None, [])
    assert found.rationale[0].startswith("Red flag given: ")
    assert found.rationale[1:] == ["No disc could be graded."]


@given(spines, answers, st.floats(0, 300))
@settings(max_examples=30, deadline=None)
def test_the_duration_is_shown_and_does_not_affect_the_suggestion(classes, given_answers, weeks):
    without, lasting = (clinical_of(replace(given_answers, duration_weeks=some)) for some in (None, weeks))
    before, after = triage(classes, without), triage(classes, lasting)
    assert (before.pathway, before.rule, before.counterfactuals) == (after.pathway, after.rule, after.counterfactuals)
    [sentence] = set(after.rationale) - set(before.rationale)
    assert sentence.startswith("Duration: ")


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


@given(spines, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_discs_does_not_matter(classes, random):
    shuffled = list(classes.items())
    random.shuffle(shuffled)
    assert triage(classes, clinical(44, 7)) == triage(dict(shuffled), clinical(44, 7))


def test_the_reasons_name_disc_scores_rule_and_source():
    classes = {"L2-L3": "2L", "L3-L4": "4M", "L4-L5": "4M"}
    text = " ".join(triage(classes, clinical(44, None)).rationale)
    assert "L4-L5 decides: class 4M (Pfirrmann grade 4, moderate severity; surgical stratum)." in text
    assert "It is the worst of 3 graded discs. Equally bad: L3-L4." in text
    assert "Without a class and so not considered: T12-L1, L1-L2, L5-S1." in text
    assert "ODI 44 % (severe). The NRS was not given." in text
    assert "(Rule surgical-high; Kumar" in text


def test_the_reasons_name_what_else_is_known():
    patient = clinical(nrs_back=4, nrs_leg=7.5, failed=["injection", "drugs"], deficit="stable", duration_weeks=7)
    text = " ".join(triage({"L4-L5": "3M"}, patient).rationale)
    assert "NRS 7.5 of 10 (severe). It is the higher of back (4) and leg (7.5)." in text
    assert "Tried without success: drugs, injection." in text
    assert "Counts as refractory: the complaint persists although an injection was tried." in text
    assert "There is a stable neurological deficit." in text
    assert "Duration: 7 weeks (subacute). The duration is shown but does not affect the suggestion." in text


@pytest.mark.parametrize(
    ("grade_class", "odi", "nrs", "sentence"),
    [
        ("3M", 10, None, "With an NRS above 3: interventional pain management."),
        ("3M", 10, None, "With an NRS up to 3: clinical review."),
        ("4M", 44, None, "What is missing (NRS) would not change the suggestion."),
        ("2L", None, None, "With an ODI up to 40 % and an NRS up to 6: conservative treatment."),
        ("2L", None, None, "With an ODI above 40 % or an NRS above 6: clinical review."),
        ("3M", None, None, "With an ODI above 20 % or an NRS above 3: interventional pain management."),
    ],
)
def test_the_alternatives(grade_class, odi, nrs, sentence):
    found = triage({"L4-L5": grade_class}, clinical(odi, nrs)).alternatives
    assert sentence in found
    assert "cauda equina" in found[-1]


def test_where_a_disc_without_a_class_would_lead_is_said():
    words = "If a disc without a class (T12-L1, L5-S1) were worse than the graded ones: {}."
    mild = dict.fromkeys(DISCS[1:-1], "2L")
    assert words.format("clinical review") in triage(mild, clinical(12, 2)).alternatives
    assert words.format("surgical consultation") in triage(mild | {"L4-L5": "3M"}, clinical(44, 7)).alternatives
    for found in (triage(mild | {"L4-L5": "4M"}, clinical(44, 7)), triage(dict.fromkeys(DISCS, "2L"), clinical(12, 2))):
        assert not any("without a class" in sentence for sentence in found.alternatives)


def test_a_worse_disc_is_weighed_with_the_doubt_about_the_others():
    found = triage({"L4-L5": "2L"}, clinical(12, 5), prediction_sets={"L4-L5": ["2L", "4M"]})
    assert found.rule == UNSETTLED_RULE
    [sentence] = [sentence for sentence in found.alternatives if "without a class" in sentence]
    assert sentence.endswith(": interventional pain management.")


def test_all_three_bands_of_a_missing_score_may_differ(content, reload):
    entry = next(rule for rule in content["rules"] if rule["id"] == "interventional-complaint")
    entry["when"]["complaints"].remove("high")
    entry["when"]["complaints"].remove("mixed")
    high = {**entry, "id": "interventional-high", "pathway": "surgical-consultation"}
    high["when"] = {**entry["when"], "complaints": ["high", "mixed"]}
    content["rules"].append(high)
    surgery_failed = next(exception for exception in content["exceptions"] if exception["id"] == "surgery-failed")
    surgery_failed["from_rules"].append("interventional-high")
    found = triage({"L4-L5": "3M"}, clinical(None, 2), policy=reload(content)).alternatives
    assert "With an ODI above 20 % and up to 40 %: interventional pain management." in found
    found = triage({"L4-L5": "3M"}, clinical(12, None), policy=reload(content)).alternatives
    assert "With an NRS above 3 and up to 6: interventional pain management." in found


@pytest.mark.parametrize(
    ("classes", "sets", "words"),
    [
        ({}, {}, "No disc"),
        ({"L6-S1": "3L"}, {}, "disc level"),
        ({"L4-L5": "2M"}, {}, "not a class"),
        ({"L4-L5": "2L"}, {"L4-L5": ["2M"]}, "not a class"),
        ({"L4-L5": "2L"}, {"L5-S1": ["2L"]}, "L5-S1 has possible classes but no class"),
    ],
)
def test_senseless_classes_are_refused(classes, sets, words):
    with pytest.raises(UsageError, match=words):
        triage(classes, clinical(44, 7), prediction_sets=sets)


def test_score_bands_follow_the_numbers_not_the_names():
    foreign = Clinical(odi=score_odi(44).model_copy(update={"band": "elsewhere"}), nrs=None)
    assert triage({"L4-L5": "4M"}, foreign).pathway is Pathway.SURGICAL_CONSULTATION
    assert load_policy().odi_score_band(44) is ScoreBand.HIGH


def test_a_progressive_deficit_is_a_red_flag_even_if_it_is_not_listed():
    patient = Clinical(odi=None, nrs=None, deficit=Deficit.PROGRESSIVE)
    found = triage({"L4-L5": "1L"}, patient)
    assert found.urgent
    assert "a progressive neurological deficit" in found.rationale[0]


@pytest.mark.parametrize("flag", RedFlag)
def test_a_red_flag_that_is_ruled_out_gives_way_to_the_rules(flag):
    found = triage({"L4-L5": "4M"}, clinical(44, 7, red_flags=[flag]))
    [ruled_out] = found.counterfactuals
    assert (ruled_out.kind, ruled_out.change) == ("history", "If every red flag were ruled out")
    assert ruled_out.pathway is Pathway.SURGICAL_CONSULTATION


@given(spines, answers)
@settings(max_examples=30, deadline=None)
def test_every_sentence_has_its_wording_in_every_language(classes, given_answers):
    found = triage(classes, clinical_of(given_answers), prediction_sets={level: ["2L", "4M"] for level in classes})
    pairs = [
        *zip(found.rationale, found.rationale_wording, strict=True),
        *zip(found.alternatives, found.alternatives_wording, strict=True),
        *((one.change, one.wording) for one in found.counterfactuals),
    ]
    assert all(str(wording) == sentence for sentence, wording in pairs)
    for language in (Language.GERMAN, Language.HINDI):
        rendered = [translator_for(language).render(wording) for _, wording in pairs]
        assert not any(text == sentence for text, (sentence, _) in zip(rendered, pairs, strict=True))
    assert Recommendation.model_validate_json(found.model_dump_json()) == found


def test_the_words_of_a_sites_policy_stay_as_written(content, reload):
    next(rule for rule in content["rules"] if rule["id"] == "surgical-high")["reason"] = "Wir halten es so."
    found = triage({"L4-L5": "4M"}, clinical(44, 7), policy=reload(content))
    german = translator_for(Language.GERMAN).texts(found.rationale, found.rationale_wording)
    assert any(sentence.startswith("Wir halten es so. (Regel surgical-high; ") for sentence in german)


def test_a_recommendation_has_a_wording_for_every_sentence_or_for_none():
    found = triage({"L4-L5": "4M"}, clinical(44, 7)).model_dump()
    assert Recommendation.model_validate(found | {"rationale_wording": []}).rationale == found["rationale"]
    with pytest.raises(ValidationError, match="every sentence has a wording, or none has"):
        Recommendation.model_validate(found | {"rationale_wording": found["rationale_wording"][1:]})
