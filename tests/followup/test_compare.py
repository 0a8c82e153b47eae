from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.findings import (
    RESEARCH_USE,
    Clinical,
    DiscFinding,
    Flag,
    Measurement,
    ModelUsed,
    NotMeasured,
    NrsScore,
    Pathway,
    Provenance,
)
from spoils.followup import ChangeVerdict, compare, load_errors, load_importance
from spoils.messages import Language, message, translator_for

from .builders import CANAL_MM, MEASURED, advice, assessment, bodies, canal, clinical, disc, measurement, study

LEVEL = DISCS[4]
NAMES = ("pfirrmann", "severity", *load_importance().measurements)
LATER = {"height_mean_mm": 5.0, "height_index": 0.2, "volume_mm3": 6000.0, "signal_csf_ratio": 0.1}


def change_of(follow_up, name, level=LEVEL):
    of_level = next(one for one in follow_up.discs if one.level == level)
    return next(one for one in of_level.changes if one.name == name)


def score_of(follow_up, name):
    return next(one for one in follow_up.scores if one.name == name)


def codes(follow_up):
    return {flag.code for flag in follow_up.notes}


def test_a_patient_who_did_not_change_did_not_change():
    follow_up = compare([assessment(1), assessment(2)])
    changes = [*follow_up.scores, *(change for one in follow_up.discs for change in one.changes)]
    assert {change.verdict for change in changes} == {ChangeVerdict.NO_DETECTABLE_CHANGE}
    assert {change.change for change in changes} == {0.0}
    assert follow_up.summary == [
        "Nothing changed by more than its error, or by what matters to patients.",
        "Suggestion then and now: Conservative treatment.",
    ]
    assert follow_up.notice == RESEARCH_USE


@pytest.mark.parametrize("name", LATER)
def test_a_disc_that_wore_down_is_worse_and_the_way_back_is_better(name):
    worn = assessment(2, [disc(LEVEL, **{name: LATER[name]})])
    change = change_of(compare([assessment(1), worn]), name)
    assert change.verdict is ChangeVerdict.WORSE
    assert change.change == pytest.approx(LATER[name] - MEASURED[name][0])
    assert change.reason.startswith("It fell by")
    back = assessment(3, [disc(LEVEL)])
    assert change_of(compare([worn, back]), name).verdict is ChangeVerdict.BETTER


def test_a_narrower_canal_is_worse():
    change = change_of(compare([assessment(1), assessment(2, canal=canal(CANAL_MM - 5.0))]), "ap_diameter_mm")
    assert (change.verdict, change.values) == (ChangeVerdict.WORSE, [CANAL_MM, CANAL_MM - 5.0])


@given(st.sampled_from(sorted(LATER)), st.floats(0.3, 3.0))
def test_a_change_counts_exactly_from_the_smallest_detectable_one(name, share):
    usual = MEASURED[name][0]
    error = load_errors().measurements[name]
    later = usual - share * error.detectable(usual, usual) * (1.0 if not error.relative else 0.9)
    change = change_of(compare([assessment(1), assessment(2, [disc(LEVEL, **{name: later})])]), name)
    assert change.least == pytest.approx(error.detectable(usual, later))
    assert (change.verdict is ChangeVerdict.WORSE) == (abs(change.change) > change.least)


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        (("2L", "2L"), ChangeVerdict.NO_DETECTABLE_CHANGE),
        (("2L", "3L"), ChangeVerdict.NO_DETECTABLE_CHANGE),
        (("2L", "4L"), ChangeVerdict.WORSE),
        (("5H", "3L"), ChangeVerdict.BETTER),
    ],
)
def test_one_grade_is_within_the_error_and_two_are_not(labels, verdict):
    first, last = (assessment(number, [disc(LEVEL, label)]) for number, label in enumerate(labels, start=1))
    assert change_of(compare([first, last]), "pfirrmann").verdict is verdict


def test_a_grade_that_is_plausible_at_both_times_is_no_change():
    last = assessment(2, [disc(LEVEL, "4L", plausible=("4L", "3L", "2L"))])
    change = change_of(compare([assessment(1), last]), "pfirrmann")
    assert change.verdict is ChangeVerdict.NO_DETECTABLE_CHANGE
    assert "plausible at both times" in change.reason


def test_severity_counts_from_low_to_high():
    low, moderate, high = (
        assessment(number, [disc(LEVEL, label)]) for number, label in enumerate(("4L", "4M", "4H"), start=1)
    )
    assert change_of(compare([low, moderate]), "severity").verdict is ChangeVerdict.NO_DETECTABLE_CHANGE
    worse = change_of(compare([low, moderate, high]), "severity")
    assert (worse.verdict, worse.values) == (ChangeVerdict.WORSE, [1, 2, 3])


@pytest.mark.parametrize(
    ("name", "values", "verdict"),
    [
        ("odi", (30, 39), ChangeVerdict.NO_DETECTABLE_CHANGE),
        ("odi", (30, 40), ChangeVerdict.WORSE),
        ("odi", (30, 20), ChangeVerdict.BETTER),
        ("nrs", (5, 6.5), ChangeVerdict.NO_DETECTABLE_CHANGE),
        ("nrs", (5, 7), ChangeVerdict.WORSE),
        ("nrs", (5, 3), ChangeVerdict.BETTER),
        ("nrs", (None, 3), ChangeVerdict.NOT_COMPARABLE),
    ],
)
def test_scores_count_from_the_difference_that_matters(name, values, verdict):
    visits = [assessment(number, clinical=clinical(**{name: value})) for number, value in enumerate(values, start=1)]
    change = score_of(compare(visits), name)
    assert (change.verdict, change.values) == (verdict, list(values))


def test_what_is_missing_or_was_measured_in_another_way_is_not_compared():
    missing = NotMeasured(not_measured="the border of the image cuts the disc")
    other_way = measurement("signal_csf_ratio", 0.1, message("method-slice-csf-elsewhere", slice=7))
    other_slice = measurement("height_mean_mm", 5.0, message("method-slice", slice=9))
    changed = disc(LEVEL, height_index=missing, signal_csf_ratio=other_way, height_mean_mm=other_slice)
    follow_up = compare([assessment(1), assessment(2, [changed])])
    reasons = {name: change_of(follow_up, name).reason for name in ("height_index", "signal_csf_ratio")}
    assert reasons == {"height_index": "Not measured at last.", "signal_csf_ratio": "Measured in different ways."}
    assert change_of(follow_up, "height_mean_mm").verdict is ChangeVerdict.WORSE


def test_an_ungraded_disc_is_not_compared_by_grade():
    ungraded = DiscFinding(level=LEVEL, flags=[Flag(code="not-graded", message="The disc is cut off.")])
    follow_up = compare([assessment(1, [ungraded]), assessment(2)])
    of_level = next(one for one in follow_up.discs if one.level == LEVEL)
    assert {change.verdict for change in of_level.changes if change.name != "ap_diameter_mm"} == {
        ChangeVerdict.NOT_COMPARABLE
    }
    assert of_level.labels == [None, "2L"]


def test_bodies_of_another_size_forbid_to_compare_lengths():
    """One patient at a wrong pixel spacing, or another patient: ratios stay, lengths don't."""
    follow_up = compare([assessment(1), assessment(2, vertebrae=bodies(40.0))])
    found = {name: change_of(follow_up, name).verdict for name in NAMES}
    refused = {name for name, verdict in found.items() if verdict is ChangeVerdict.NOT_COMPARABLE}
    assert refused == {"height_mean_mm", "volume_mm3", "ap_diameter_mm"}
    assert "other-size" in codes(follow_up)
    assert "18 %" in change_of(follow_up, "volume_mm3").reason


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
def test_the_order_of_the_files_does_not_matter(order):
    visits = [assessment(number, clinical=clinical(odi=10 * number)) for number in (1, 2, 3)]
    follow_up = compare([visits[place] for place in order])
    assert score_of(follow_up, "odi").values == [10, 20, 30]
    assert [visit.day for visit in follow_up.visits] == [date(2020 + number, 6, 1) for number in (1, 2, 3)]
    assert follow_up.ordered_by == "acquired"


def test_without_the_day_of_imaging_the_time_of_assessment_orders_and_it_is_said():
    early = assessment(3, study=study(None, "1.2.9"), created=datetime(2019, 1, 1, tzinfo=UTC))
    follow_up = compare([assessment(1), early])
    assert follow_up.ordered_by == "created"
    assert follow_up.visits[0].day == date(2019, 1, 1)
    assert "ordered-by-assessment" in codes(follow_up)


def test_other_software_and_other_pixels_are_said():
    other_model = Provenance(
        spoils="0.2.0", models=[ModelUsed(name="segmentation", sha256="cd" * 32)], policy_version="1"
    )
    plain = codes(compare([assessment(1), assessment(2)]))
    follow_up = compare(
        [assessment(1), assessment(2, provenance=other_model, study=study(date(2022, 1, 1), "7", spacing_mm=(5, 1, 1)))]
    )
    assert codes(follow_up) - plain == {"other-models", "other-spacing"}
    assert plain == {"chance", "error-of-one-day", "patient-not-checked"}


def _with_policy(number, version, sha256):
    made_by = assessment(number).provenance.model_copy(update={"policy_version": version, "policy_sha256": sha256})
    return assessment(number, provenance=made_by)


@pytest.mark.parametrize(
    ("first", "last", "is_other"),
    [
        (("2.0.0", "ab" * 32), ("2.0.0", "ab" * 32), False),
        (("2.0.0", "ab" * 32), ("2.0.0", "cd" * 32), True),  # a site's own, whose version did not change
        (("2.0.0", None), ("2.0.0", "ab" * 32), False),  # earlier results have no hash
        (("1.0.0", None), ("2.0.0", "ab" * 32), True),
    ],
)
def test_another_policy_is_said(first, last, is_other):
    follow_up = compare([_with_policy(1, *first), _with_policy(2, *last)])
    assert ("other-policy" in codes(follow_up)) == is_other


def _pain(back=None, leg=None):
    scores = {name: NrsScore(score=score, band="some") for name, score in (("back", back), ("leg", leg)) if score}
    counts = max(scores.values(), key=lambda score: score.score)
    return Clinical(odi=None, nrs=counts, nrs_back=scores.get("back"), nrs_leg=scores.get("leg"))


def test_pain_in_back_and_leg_is_compared_apart():
    follow_up = compare([assessment(1, clinical=_pain(8, 3)), assessment(2, clinical=_pain(2, 8))])
    verdicts = {score.name: score.verdict.value for score in follow_up.scores if score.name != "odi"}
    assert verdicts == {"nrs": "no-detectable-change", "nrs_back": "better", "nrs_leg": "worse"}


def test_pain_in_the_back_is_not_compared_with_pain_in_the_leg():
    follow_up = compare([assessment(1, clinical=_pain(back=8)), assessment(2, clinical=_pain(leg=3))])
    pain = score_of(follow_up, "nrs")
    assert (pain.verdict, pain.values) == (ChangeVerdict.NOT_COMPARABLE, [8, 3])
    assert pain.reason == "Pain in the back can't be compared with pain in the leg."


def test_an_urgent_suggestion_is_not_the_same_as_one_that_is_not():
    review = advice(Pathway.CLINICAL_REVIEW)
    urgent = review.model_copy(update={"urgent": True})
    follow_up = compare([assessment(1, recommendation=review), assessment(2, recommendation=urgent)])
    assert follow_up.summary[-1] == "Suggestion then: Clinical review. Now: Clinical review (urgent)."


@pytest.mark.parametrize(
    ("visits", "words"),
    [
        ([assessment(1)], "two assessments or more"),
        ([assessment(1), assessment(2, study=study(date(2022, 1, 1), "1.2.1"))], "of the same images"),
        ([assessment(1, study=study(None, None))] * 2, "of the same images"),
        (
            [assessment(n, study=study(date(2022, 1, n), str(n), sex=sex)) for n, sex in ((1, "F"), (2, "M"))],
            "of different sex",
        ),
    ],
)
def test_what_can_not_be_a_follow_up_of_one_patient_is_refused(visits, words):
    with pytest.raises(UsageError, match=words):
        compare(visits)


def test_the_summary_names_what_changed_and_both_suggestions():
    last = assessment(
        2,
        [disc(LEVEL, **LATER)],
        clinical=clinical(odi=10, nrs=5),
        recommendation=advice(Pathway.SURGICAL_CONSULTATION),
    )
    assert compare([assessment(1), last]).summary == [
        f"Worse: {LEVEL} (Height index, Mean height, Volume, Signal to CSF).",
        "Better: ODI.",
        "Suggestion then: Conservative treatment. Now: Surgical consultation.",
    ]


def test_nothing_to_compare_is_said():
    nothing = {"discs": [], "canal": [], "recommendation": None, "clinical": clinical()}
    follow_up = compare([assessment(1, **nothing), assessment(2, **nothing)])
    assert follow_up.summary == ["Nothing can be compared.", "Suggestion then and now: none."]
    assert "chance" not in codes(follow_up)


def test_every_sentence_has_its_wording():
    follow_up = compare([assessment(1), assessment(2, [disc(LEVEL, **LATER)], clinical=clinical(odi=60.5))])
    changes = [*follow_up.scores, *(change for one in follow_up.discs for change in one.changes)]
    assert [str(wording) for wording in follow_up.summary_wording] == follow_up.summary
    assert [str(change.reason_wording) for change in changes] == [change.reason for change in changes]
    assert [str(note.wording) for note in follow_up.notes] == [note.message for note in follow_up.notes]


def test_a_comparison_is_put_into_german():
    follow_up = compare([assessment(1), assessment(2, [disc(LEVEL, height_mean_mm=5.0)], clinical=clinical(odi=60.5))])
    german = translator_for(Language.GERMAN)
    assert german.texts(follow_up.summary, follow_up.summary_wording)[0] == (
        f"Schlechter: ODI; {LEVEL} (Mittlere Höhe)."
    )
    change = change_of(follow_up, "height_mean_mm")
    assert german.text(change.reason, change.reason_wording).startswith("Sank um 4,0 mm, mehr als die 1,5 mm, ")


@pytest.mark.parametrize(
    ("name", "value", "first", "last", "is_same"),
    [
        ("height_index", 0.2, message("method-slice", slice=7), message("method-slice", slice=9), True),
        ("volume_mm3", 6000.0, message("method-volume", slices=9), message("method-volume", slices=11), True),
        ("volume_mm3", 6000.0, message("method-volume", slices=9), message("method-volume-one-slice"), False),
        (
            "height_index",
            0.2,
            message("method-slice-one-body", slice=7, body="L4"),
            message("method-slice-one-body", slice=7, body="L5"),
            False,
        ),
    ],
)
def test_methods_are_compared_by_their_messages_whatever_the_numbers_of_slices(name, value, first, last, is_same):
    before = assessment(1, [disc(LEVEL, **{name: measurement(name, method=first)})])
    after = assessment(2, [disc(LEVEL, **{name: measurement(name, value, last)})])
    change = change_of(compare([before, after]), name)
    assert (change.verdict is ChangeVerdict.WORSE) == is_same
    assert (change.reason == "Measured in different ways.") != is_same


def test_a_method_of_an_earlier_version_that_is_not_known_is_compared_by_its_text():
    first, same, other = (
        Measurement(value=value, unit="mm", method=method)
        for value, method in ((9.0, "by hand"), (5.0, "by hand"), (5.0, "by eye"))
    )
    before = assessment(1, [disc(LEVEL, height_mean_mm=first)])
    for found, verdict in ((same, ChangeVerdict.WORSE), (other, ChangeVerdict.NOT_COMPARABLE)):
        follow_up = compare([before, assessment(2, [disc(LEVEL, height_mean_mm=found)])])
        assert change_of(follow_up, "height_mean_mm").verdict is verdict


@pytest.mark.parametrize(
    ("ages", "days", "is_doubtful"),
    [
        ((40, 41), (date(2022, 3, 1), date(2023, 3, 1)), False),
        ((40, 42), (date(2022, 3, 1), date(2023, 4, 1)), False),  # two birthdays in 13 months
        ((40, 43), (date(2022, 3, 1), date(2023, 4, 1)), True),
        ((40, 39), (date(2022, 3, 1), date(2023, 4, 1)), True),
        ((40, None), (date(2022, 3, 1), date(2023, 4, 1)), False),
        ((40, 60), (date(2022, 3, 1), None), False),
    ],
)
def test_ages_that_do_not_fit_the_time_between_are_warned_of_first(ages, days, is_doubtful):
    visits = [
        assessment(
            number, study=study(day, f"1.{number}", age_years=age), created=datetime(2030, number, 1, tzinfo=UTC)
        )
        for number, (age, day) in enumerate(zip(ages, days, strict=True), start=1)
    ]
    follow_up = compare(visits)
    assert ("other-age" in codes(follow_up)) == is_doubtful
    assert [warning.code for warning in follow_up.warnings] == ["other-age"] * is_doubtful
    assert follow_up.notes[0].code == ("other-age" if is_doubtful else "patient-not-checked")


def test_what_questions_the_patient_comes_before_everything_else():
    other = Provenance(spoils="0.2.0", models=[], policy_version="2")
    middle = assessment(2, study=study(date(2022, 6, 1), "2", age_years=90), vertebrae=bodies(40.0))
    last = assessment(3, study=study(date(2023, 6, 1), "3", spacing_mm=(5, 1, 1)), provenance=other)
    follow_up = compare([assessment(1, study=study(date(2021, 6, 1), "1", age_years=40)), middle, last])
    assert [note.code for note in follow_up.notes] == [
        "other-size",
        "other-age",
        "patient-not-checked",
        "other-models",
        "other-policy",
        "other-spacing",
        "chance",
        "error-of-one-day",
    ]
    assert follow_up.warnings[0].message.startswith("The vertebral bodies of assessment 2 differ in size by 18 % ")
    assert (
        "40 years in the first assessment, 90 years in assessment 2, taken 1.0 years later"
        in follow_up.notes[1].message
    )
    assert change_of(follow_up, "height_mean_mm").verdict is ChangeVerdict.NO_DETECTABLE_CHANGE
