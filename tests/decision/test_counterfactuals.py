"""What would change the suggestion is true: the change, read from its words and made, leads where it says."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from spoils.anatomy import GRADE_CLASSES
from spoils.decision import load_policy
from spoils.decision.counterfactuals import MOST_SHOWN
from spoils.decision.scales import GIVEN_SCORE_BANDS, ScaleRange
from spoils.findings import Deficit, Pathway

from .patients import answers, clinical, clinical_of, doubtful_spines, triage

POLICY = load_policy()
JUST = 0.001
"""As far across an edge as no test value is from it."""
ONE_STEP = {
    (one, other)
    for one in GRADE_CLASSES
    for other in GRADE_CLASSES
    if abs(int(one[0]) - int(other[0])) + abs("LMH".index(one[1]) - "LMH".index(other[1])) == 1
} | {("3M", "2L"), ("3H", "2L")}


def classes_in(change):
    """Read ``(L4-L5 4L/4M; L5-S1 3L)`` as pairs of level and class."""
    parts = [part.rsplit(" ", 1) for part in re.search(r"\((.*)\)", change)[1].split("; ")]
    return [(level, name) for level, names in parts for name in names.split("/")]


def with_other_scores(change, given_answers):
    """Put the scores just across the edges that the words name."""
    fields = {"ODI": "odi_percent", "NRS": "nrs"}
    values = {
        fields[name]: float(edge) + (JUST if above else 0.0)
        for name, above, edge in re.findall(r"the (ODI|NRS) were (above )?([\d.]+)", change)
    }
    assert values
    return replace(given_answers, **values)


def with_other_history(change, given_answers, classes):
    """Make the change of history that the words name."""
    if change in {"If every red flag were ruled out", "If there were no neurological deficit"}:
        return replace(given_answers, deficit=None)
    if change == "If there were a stable neurological deficit":
        return replace(given_answers, deficit=Deficit.STABLE)
    if change.startswith("If the complaint persisted although "):
        return replace(given_answers, refractory=True)
    if change == "If that treatment was not tried yet":
        undone = POLICY.stratum(triage(classes, clinical()).driving_class).refractory_after
        given_answers = replace(given_answers, refractory=False)
    else:
        undone = change.removeprefix("If this was not tried yet: ").split(", ")
    return replace(given_answers, failed=[name for name in given_answers.failed if name not in undone])


def with_other_cut_off(change):
    """Return the policy with the cut-off that the words name."""
    name, band, how, value = re.search(r"an (ODI|NRS) counted as (\w+) (only above|from) ([\d.]+)", change).groups()
    scale = getattr(POLICY.scores, name.lower())
    ends = {one: scale.span([one])[1] for one in GIVEN_SCORE_BANDS[:2]} | {GIVEN_SCORE_BANDS[2]: scale.bands[-1].up_to}
    below = GIVEN_SCORE_BANDS[GIVEN_SCORE_BANDS.index(band) - 1]
    ends[below] = float(value) - (0.0 if how == "only above" else JUST)
    bands = tuple(ScaleRange(name=one, up_to=end, score_band=one) for one, end in ends.items())
    moved = scale.model_copy(update={"bands": bands})
    return POLICY.model_copy(update={"scores": POLICY.scores.model_copy(update={name.lower(): moved})})


def decided_again(one, classes, given_answers, sets):
    """Make the change of a counterfactual in every way that its words allow, and return the pathways."""
    patient = clinical_of(given_answers)
    if one.kind == "score":
        patient = clinical_of(with_other_scores(one.change, given_answers))
    elif one.kind == "history":
        patient = clinical_of(with_other_history(one.change, given_answers, classes))
    elif one.kind == "cut-off":
        policy = with_other_cut_off(one.change)
        return {triage(classes, patient, policy=policy, prediction_sets=sets).pathway}
    elif one.change == "If the graded classes were certain":
        sets = {}
    else:
        together = "all true" in one.change
        changes = [dict(classes_in(one.change))] if together else [dict([pair]) for pair in classes_in(one.change)]
        return {triage({**classes, **change}, patient).pathway for change in changes}
    return {triage(classes, patient, prediction_sets=sets).pathway}


@given(doubtful_spines(), answers)
@settings(max_examples=150, deadline=None)
def test_every_counterfactual_is_true(spine, given_answers):
    classes, sets = spine
    found = triage(classes, clinical_of(given_answers), prediction_sets=sets)
    assert len(found.counterfactuals) <= MOST_SHOWN
    for one in found.counterfactuals:
        assert one.change.startswith("If ")
        assert one.pathway is not found.pathway
        assert decided_again(one, classes, given_answers, sets) == {one.pathway}, one


@given(doubtful_spines(), answers)
@settings(max_examples=60, deadline=None)
def test_plausible_grades_name_every_other_pathway_that_is_reached(spine, given_answers):
    classes, sets = spine
    found = triage(classes, clinical_of(given_answers), prediction_sets=sets)
    plausible = [one for one in found.counterfactuals if one.kind == "plausible-grade"]
    assert len({one.pathway for one in plausible}) == len(plausible)
    assert bool(plausible) == (found.settled is False)
    for one in plausible:
        for level, name in [] if "certain" in one.change else classes_in(one.change):
            assert name in sets.get(level, [classes[level]])


@given(doubtful_spines(), answers)
@settings(max_examples=60, deadline=None)
def test_other_grades_are_one_step_away_and_not_plausible(spine, given_answers):
    classes, sets = spine
    for one in triage(classes, clinical_of(given_answers), prediction_sets=sets).counterfactuals:
        if one.kind == "grade":
            for level, name in classes_in(one.change):
                assert (classes[level], name) in ONE_STEP
                assert name not in sets.get(level, [])


def kinds(found):
    return [one.kind for one in found.counterfactuals]


@pytest.mark.parametrize(
    ("grade_class", "patient", "change", "pathway"),
    [
        ("4M", {"odi": 36, "nrs": 5}, "If the ODI were above 40 % (now 36 %)", "surgical-consultation"),
        ("4M", {"odi": 36, "nrs": 5}, "If the NRS were above 6 (now 5)", "surgical-consultation"),
        ("4M", {"odi": 44}, "If the ODI were 40 % or less (now 44 %)", "clinical-review"),
        (
            "4M",
            {"odi": 44, "nrs": 7},
            "If the ODI were 40 % or less (now 44 %) and the NRS were 6 or less (now 7)",
            "clinical-review",
        ),
        ("4M", {"odi": 44, "nrs": 5}, "If an ODI counted as high only above 44 %, not 40 %", "clinical-review"),
        (
            "4M",
            {"odi": 39, "nrs": 1},
            "If an ODI counted as high from 39 % on, not above 40 %",
            "surgical-consultation",
        ),
        ("2L", {"odi": 12, "nrs": 6}, "If an NRS counted as high from 6 on, not above 6", "clinical-review"),
        ("2L", {"odi": 12, "nrs": 6.5}, "If an NRS counted as high only above 6.5, not 6", "conservative"),
        (
            "2L",
            {"odi": 30, "nrs": 3},
            "If the complaint persisted although drugs and physiotherapy were tried",
            "interventional-pain-management",
        ),
        ("2L", {"odi": 30, "nrs": 3, "refractory": True}, "If that treatment was not tried yet", "conservative"),
        ("2L", {"odi": 30, "nrs": 3}, "If there were a stable neurological deficit", "clinical-review"),
        ("2L", {"odi": 30, "deficit": "stable", "nrs": 3}, "If there were no neurological deficit", "conservative"),
        ("2L", {"odi": 30, "nrs": 3, "failed": ["injection"]}, "If this was not tried yet: injection", "conservative"),
        ("3M", {"odi": 44, "nrs": 7}, "If one disc were one step away (L4-L5 3H/4M)", "surgical-consultation"),
    ],
)
def test_one_change(grade_class, patient, change, pathway):
    found = triage({"L4-L5": grade_class}, clinical(**patient)).counterfactuals
    assert (change, pathway) in [(one.change, one.pathway) for one in found]


def test_joint_changes_are_named_where_one_disc_is_not_enough():
    sets = {"L4-L5": ["3M", "4M"], "L5-S1": ["3M", "4M"]}
    found = triage({"L4-L5": "4M", "L5-S1": "4M"}, clinical(44, 7), prediction_sets=sets)
    first = found.counterfactuals[0]
    assert first.change == "If classes that can't be ruled out were all true (L4-L5 3M; L5-S1 3M)"
    assert first.pathway is Pathway.INTERVENTIONAL_PAIN_MANAGEMENT


def test_the_most_relevant_come_first():
    sets = {"L4-L5": ["3M", "4M"]}
    found = triage({"L4-L5": "3M", "L5-S1": "3L"}, clinical(12, 5), prediction_sets=sets)
    order = ["plausible-grade", "score", "history", "cut-off", "grade"]
    assert [order.index(kind) for kind in kinds(found)] == sorted(order.index(kind) for kind in kinds(found))
    assert set(kinds(found)) == set(order)
