"""Classes that can't be ruled out: what they mean for the suggestion, held against brute force."""

from itertools import product

import pytest
from hypothesis import given, settings

from spoils.decision import load_policy
from spoils.decision.discs import GradedDiscs
from spoils.findings import Pathway

from .patients import answers, clinical, clinical_of, doubtful_spines, triage

POLICY = load_policy()


def choices(classes, sets):
    """Every choice of one plausible class for each disc."""
    each = [sorted({name, *sets.get(level, ())}) for level, name in classes.items()]
    return [dict(zip(classes, chosen, strict=True)) for chosen in product(*each)]


def small(spine):
    classes, sets = spine
    return len(choices(classes, sets)) <= 500


@given(doubtful_spines().filter(small), answers)
@settings(max_examples=40, deadline=None)
def test_settled_is_right_by_brute_force(spine, given_answers):
    classes, sets = spine
    patient = clinical_of(given_answers)
    found = triage(classes, patient, prediction_sets=sets)
    drivers = {choice[GradedDiscs(choice).driving_level(POLICY)] for choice in choices(classes, sets)}
    reached = {triage({"L5-S1": driver}, patient).pathway for driver in drivers}
    assert found.settled == (len(reached) == 1 if sets else None)


@given(doubtful_spines().filter(small))
@settings(max_examples=60, deadline=None)
def test_the_possible_drivers_are_right_by_brute_force(spine):
    classes, sets = spine
    discs = GradedDiscs(classes, sets)
    all_choices = [GradedDiscs(choice) for choice in choices(classes, sets)]
    drivers = {one.classes[one.driving_level(POLICY)] for one in all_choices}
    assert set(discs.possible_drivers(POLICY)) == drivers
    for driver in drivers:
        changed = discs.changed(discs.with_driver(driver, POLICY))
        assert changed.classes in [one.classes for one in all_choices]
        assert changed.classes[changed.driving_level(POLICY)] == driver


@given(doubtful_spines(), answers)
@settings(max_examples=60, deadline=None)
def test_only_wide_doubt_changes_the_pathway(spine, given_answers):
    classes, sets = spine
    patient = clinical_of(given_answers)
    doubtful, certain = triage(classes, patient, prediction_sets=sets), triage(classes, patient)
    if doubtful.rule == "unsettled":
        assert (doubtful.pathway, doubtful.settled) == (Pathway.CLINICAL_REVIEW, False)
    else:
        assert (doubtful.pathway, doubtful.rule) == (certain.pathway, certain.rule)


@pytest.mark.parametrize(
    ("name", "plausible", "pathway", "rule", "settled"),
    [
        ("3L", ["2L", "3L"], Pathway.CLINICAL_REVIEW, "conservative-high", True),
        ("3L", ["3L", "3M"], Pathway.CLINICAL_REVIEW, "conservative-high", False),
        ("3M", ["3M", "4L"], Pathway.INTERVENTIONAL_PAIN_MANAGEMENT, "interventional-complaint", True),
        ("3M", ["3M", "4M"], Pathway.INTERVENTIONAL_PAIN_MANAGEMENT, "interventional-complaint", False),
        ("3M", ["3L", "3M", "3H"], Pathway.CLINICAL_REVIEW, "unsettled", False),
        ("4M", ["3L", "4M"], Pathway.CLINICAL_REVIEW, "unsettled", False),
        ("4M", ["4M", "5H"], Pathway.SURGICAL_CONSULTATION, "surgical-high", True),
        ("4M", [], Pathway.SURGICAL_CONSULTATION, "surgical-high", True),
    ],
)
def test_doubt_about_one_disc(name, plausible, pathway, rule, settled):
    found = triage({"L4-L5": name}, clinical(44, 7), prediction_sets={"L4-L5": plausible})
    assert (found.pathway, found.rule, found.settled) == (pathway, rule, settled)


def test_a_certain_surgical_disc_settles_all_others():
    sets = {"L4-L5": ["4M", "4H"], "L5-S1": ["1L", "3M", "4M"]}
    found = triage({"L4-L5": "4M", "L5-S1": "3M"}, clinical(44, 7), prediction_sets=sets)
    assert found.settled
    assert "Every class that can't be ruled out leads to the same pathway." in found.rationale


def test_the_reasons_say_what_the_doubt_is():
    reported = triage({"L4-L5": "3M"}, clinical(44, 7), prediction_sets={"L4-L5": ["3M", "4M"]}).rationale
    assert "Not settled: classes that can't be ruled out would lead to surgical consultation." in reported
    reviewed = triage({"L4-L5": "4M"}, clinical(44, 7), prediction_sets={"L4-L5": ["3L", "4M"]}).rationale
    assert POLICY.unsettled.words in reviewed
    assert reviewed[0].startswith("As graded, L4-L5 would decide: class 4M ")
    assert "Without this uncertainty the suggestion would be: surgical consultation." in reviewed
    anyway = triage({"L4-L5": "2L"}, clinical(44, 7), prediction_sets={"L4-L5": ["2L", "4M"]}).rationale
    assert POLICY.unsettled.words in anyway
    assert not any("Without this uncertainty" in sentence for sentence in anyway), (
        "the grade as it is leads to review, too"
    )


def test_a_site_may_only_report_doubt(content, reload):
    content["unsettled"]["review_between"] = []
    sets = {"L4-L5": ["3L", "4M"]}
    found = triage({"L4-L5": "4M"}, clinical(44, 7), policy=reload(content), prediction_sets=sets)
    assert (found.pathway, found.settled) == (Pathway.SURGICAL_CONSULTATION, False)
