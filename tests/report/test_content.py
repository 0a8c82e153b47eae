from dataclasses import fields, is_dataclass

import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.findings import (
    DISC_MEASUREMENTS,
    RESEARCH_USE,
    CanalFinding,
    Clinical,
    NormalValue,
    Pathway,
    RedFlag,
    pathway_title,
)
from spoils.messages import Language, translator_for
from spoils.report import DiscPictures, Report, ReportPictures, report_content
from spoils.report.content import Emphasis, Facts, Picture, Remark, Tone
from spoils.report.drawing import Drawing
from spoils.report.words import red_flag_words

from .builders import (
    CONTRIBUTIONS,
    LABELS,
    NO_NEIGHBOUR,
    NO_SLICES,
    PERSON,
    assessment,
    full_assessment,
    graded_disc,
    length,
    pictures,
    png,
    ungraded_disc,
    unusable_assessment,
)

ENGLISH = translator_for()
DASH = "\N{EN DASH}"


def told(part):
    """Return every word of a part of a report, in its order."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, tuple):
        return [words for inner in part for words in told(inner)]
    if is_dataclass(part) and not isinstance(part, Picture | Drawing):
        return [words for field in fields(part) for words in told(getattr(part, field.name))]
    return []


def facts_of(block: Facts):
    return {fact.term: fact.text for fact in block.facts}


def test_the_report_names_the_patient_where_the_input_does():
    report = report_content(full_assessment(), person=PERSON)
    who = facts_of(report.facts[0])
    assert who["Name"] == "Muster, Erika"
    assert who["Born"] == "March 4, 1968"
    assert (who["Sex and age"], who["Date of study"]) == ("female, 58 years", "March 1, 2026")
    assert report.subject == "Muster, Erika · 4711-22 · March 1, 2026"


def test_without_a_person_no_name_is_asked_for():
    report = report_content(assessment())
    assert facts_of(report.facts[0]) == {"Sex and age": "not given", "Date of study": "not given"}
    assert report.subject == ""


def test_scores_and_history_are_told():
    told_facts = facts_of(report_content(full_assessment()).facts[1])
    assert told_facts["ODI"] == "44 %, severe (10 of 10 sections)"
    assert told_facts["in the leg"] == "3.5 of 10, mild"
    assert "fracture, infection" in told_facts["Red flags"]
    assert told_facts["Neurological deficit"] == "progressive"
    assert told_facts["Duration"] == "26 weeks"
    assert told_facts["Treatments without success"] == "drugs, physiotherapy, injection, surgery"


def test_missing_scores_are_named_as_missing():
    report = report_content(assessment(clinical=Clinical(odi=None, nrs=None)))
    assert facts_of(report.facts[1]) == {"ODI": "not given", "Pain (NRS)": "not given"}


def test_an_urgent_suggestion_says_so_first():
    advice = report_content(full_assessment()).suggestion
    assert advice.tone is Tone.URGENT
    assert advice.lines[0].startswith("URGENT")
    assert advice.lines[1:] == ("Not settled: a plausible grade leads elsewhere.",)
    assert advice.reasons[1].points[-1].endswith(": Conservative treatment.")
    assert advice.basis == "Policy version 1.0.0, rule red-flag"


def test_the_usual_suggestion_names_what_decided():
    advice = report_content(assessment()).suggestion
    assert advice.tone is Tone.USUAL
    assert advice.lines == ("Driving disc: L5-S1, class 5H: Pfirrmann grade 5, severity high.",)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (unusable_assessment("Only two lumbar bodies were found."), "Only two lumbar bodies were found."),
        (assessment(discs=[ungraded_disc(DISCS[0])], recommendation=None), "No disc could be graded."),
        (assessment(recommendation=None), "No treatment policy was applied."),
    ],
    ids=["unusable", "ungraded", "no-policy"],
)
def test_silence_is_explained(result, reason):
    advice = report_content(result).suggestion
    assert advice.tone is Tone.NONE
    assert advice.lines == (reason,)
    assert not set(told(advice)) & {str(pathway_title(pathway)) for pathway in Pathway}


def test_the_disc_table_shows_grade_doubts_and_place_among_others():
    table = report_content(full_assessment()).discs
    row = table.rows[-1]
    assert row.head == DISCS[-1]
    assert row.cells[0].chip.text == LABELS[DISCS[-1]]
    assert [cell.text for cell in row.cells[1:5]] == ["90 %", "5", "high", "5M"]
    assert (row.cells[5].text, row.cells[5].note) == ("0.21", "P12, z -1.4")
    assert row.notes == ("The disc covers 1234 mm2, which is implausible; look at its contour.",)
    assert any("219 patients with back pain" in words for words in table.legend)


def test_alarms_come_first_and_mark_the_disc_and_its_canal():
    result = assessment(
        canal=[
            CanalFinding(level="L3-L4", measurements={"ap_diameter_mm": length(10.9)}),
            CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": length(5.8)}),
        ]
    )
    report = report_content(result)
    assert report.alarms.remarks == (
        Remark("Absolute canal stenosis at L4-L5: AP diameter 5.8 mm (below 10 mm).", Emphasis.ALARM),
        Remark("Relative canal stenosis at L3-L4: AP diameter 10.9 mm (10 to 12 mm).", Emphasis.WARNING),
    )
    rows = {row.head: row for row in report.discs.rows}
    assert [rows[level].cells[-1].emphasis for level in ("L2-L3", "L3-L4", "L4-L5")] == [
        Emphasis.USUAL,
        Emphasis.WARNING,
        Emphasis.ALARM,
    ]
    assert rows["L4-L5"].findings[0] == Remark("absolute stenosis, 5.8 mm", Emphasis.ALARM)


def test_a_red_flag_is_an_alarm():
    remarks = report_content(full_assessment()).alarms.remarks
    assert remarks[0] == Remark("Red flag reported: signs of cauda equina compression.", Emphasis.ALARM)
    assert sum(remark.emphasis is Emphasis.ALARM for remark in remarks) == len(RedFlag)


def test_without_alarms_there_is_no_block_for_them():
    assert report_content(assessment(alarms=[])).alarms is None


def test_findings_stand_below_their_disc_and_likely_ones_stand_out():
    row = report_content(assessment()).discs.rows[-1]
    shown = {remark.text: remark.emphasis for remark in row.findings}
    assert shown["herniation 72 %"] is Emphasis.USUAL
    assert next(iter(shown)).startswith("herniation")
    assert len(shown) == 6
    first = report_content(assessment()).discs.rows[0].findings
    assert {remark.emphasis for remark in first} == {Emphasis.PALE}


def test_the_slice_is_named_as_the_archive_counts():
    study = assessment().study
    plain = facts_of(report_content(assessment()).facts[2])
    assert plain["Graded slice"] == "8 of 15 from the patient's right"
    numbered = study.model_copy(update={"instance_number": 9})
    named = facts_of(report_content(assessment(study=numbered)).facts[2])
    assert named["Graded slice"] == "8 of 15 from the patient's right; DICOM image 9"


def test_one_slice_has_no_distance_to_another():
    study = assessment().study.model_copy(update={"slices": 1, "mid_slice": 0, "series_uid": None})
    assessed = facts_of(report_content(assessment(study=study)).facts[2])
    assert assessed["Graded slice"] == "the only one"
    assert assessed["Spacing"] == "0.45 x 0.45 mm in the slice"


def test_an_ungraded_disc_is_shown_as_such():
    table = report_content(assessment(discs=[ungraded_disc(DISCS[0])])).discs
    assert [cell.text for cell in table.rows[0].cells[1:5]] == [DASH, "not graded", DASH, DASH]
    assert table.rows[0].notes == ("The disc lies partly outside the image.",)


def test_equal_reasons_share_a_footnote():
    discs, bodies = report_content(assessment()).tables
    assert [row.head for row in discs.rows] == list(DISCS)
    assert [row.head for row in bodies.rows] == list(BODIES)
    column = DISC_MEASUREMENTS.index("height_index")
    assert discs.rows[0].cells[column].text == DASH
    assert discs.footnotes[discs.rows[0].cells[column].footnote - 1] == f"Not measured: {NO_NEIGHBOUR.not_measured}"
    assert discs.footnotes[1:] == (f"Not measured: {NO_SLICES.not_measured}",)


@pytest.mark.parametrize("shows_lengths", [True, False])
def test_measured_lengths_are_explained_where_they_are_drawn(shows_lengths):
    report = report_content(assessment(), ReportPictures(marked=png(), shows_lengths=shows_lengths))
    assert any("White lines" in words for words in report.pictures_legend) is shows_lengths


def test_zero_has_no_sign():
    plain = assessment().discs[-1]
    normal = NormalValue(percentile=50, z=-0.01, group="219 patients with back pain")
    disc = plain.model_copy(update={"normal": {"height_index": normal}})
    assert report_content(assessment(discs=[disc])).discs.rows[0].cells[5].note == "P50, z 0.0"


def test_every_card_holds_pictures_drawings_and_reasons():
    for card in report_content(assessment(), pictures()).cards.cards:
        assert len(card.pictures) == len(card.drawings) == 2
        assert card.sentences[0].startswith("Signal 0.2")
        assert card.sentences[1] == "Severity: narrowing 0.93 (1 point); endplate change 0.61 (1 point)."


def test_drawings_are_described_in_figures():
    bars, contributions = report_content(assessment()).cards.cards[-1].drawings
    assert bars.description.startswith("Probabilities of Pfirrmann grades: 1 1 %, ")
    assert "signal +1.2, height +0.3, shape -0.3" in contributions.description
    assert "neighbours +4.1" in contributions.description
    assert len(CONTRIBUTIONS) == contributions.description.count(" +") + contributions.description.count(" -")


def test_what_is_not_known_is_not_explained():
    plain = graded_disc(DISCS[0], 0)
    plain = plain.model_copy(
        update={"contributions": {}, "severity": plain.severity.model_copy(update={"reasons": []})}
    )
    shown = ReportPictures(discs={DISCS[0]: DiscPictures(png())})
    cards = report_content(assessment(discs=[plain]), shown).cards
    assert len(cards.cards[0].drawings) == 1
    words = " ".join(told(cards))
    assert "Upright bars" in words
    assert not any(absent in words for absent in ("Severity:", "Bars across", "Colours:"))


def test_versions_and_hashes_are_told():
    facts = facts_of(report_content(assessment()).closing[-1])
    assert facts["SPOILS"] == "0.1.0"
    assert facts["Treatment policy"] == "1.0.0"
    assert facts["grading-image"] == "a1" * 8


def test_a_policy_is_told_by_name_version_and_hash():
    made_by = assessment().provenance.model_copy(update={"policy_name": "of-a-site", "policy_sha256": "c3" * 32})
    facts = facts_of(report_content(assessment(provenance=made_by)).closing[-1])
    assert facts["Treatment policy"] == f"of-a-site 1.0.0 ({'c3' * 8})"


@pytest.mark.parametrize("language", list(Language))
def test_a_report_is_whole_in_every_language(language):
    report = report_content(full_assessment(language=language), pictures(), PERSON)
    assert isinstance(report, Report)
    assert report.language == language
    assert all(words.strip() for words in (report.title, report.notice, report.suggestion.pathway))
    assert (report.notice == RESEARCH_USE) is (language is Language.ENGLISH)


def test_figures_follow_the_language():
    row = report_content(assessment(language="de")).discs.rows[-1]
    assert row.cells[5].text == "0,21"


def test_every_pathway_and_red_flag_has_words():
    assert len({str(pathway_title(pathway)) for pathway in Pathway}) == len(Pathway)
    assert len({red_flag_words(flag, ENGLISH) for flag in RedFlag}) == len(RedFlag)
