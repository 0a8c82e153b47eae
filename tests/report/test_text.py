import re

import pytest

from spoils.anatomy import DISCS
from spoils.findings import RESEARCH_USE, CanalFinding, NotMeasured
from spoils.messages import Language
from spoils.report import assessment_json, report_text, with_report_text

from .builders import PERSON, assessment, full_assessment, length, ungraded_disc, unusable_assessment


def lines(result):
    return report_text(result).splitlines()


def test_the_draft_has_technique_findings_and_impression_in_this_order():
    text = report_text(assessment())
    headings = [line for line in text.splitlines() if line.isupper()]
    assert headings == ["LUMBAR SPINE MRI: DRAFT REPORT", "TECHNIQUE", "FINDINGS", "IMPRESSION"]
    assert text.startswith(f"{RESEARCH_USE}\n\n")
    assert "Draft by software (SPOILS 0.1.0)." in text
    assert text.endswith("\n")


def test_every_level_has_a_line_with_grade_likely_findings_and_canal():
    found = {line.split(":")[0]: line for line in lines(assessment())}
    assert found["L5-S1"] == (
        "L5-S1: Pfirrmann grade 5 (estimate, probability 92%), severity of spondylosis high. Likely: herniation, Modic"
        " change, spondylolisthesis, narrowing, bulging, endplate change. Canal AP diameter 15.8 mm."
    )
    assert "No further finding is likely." in found["T12-L1"]
    assert found["L4-L5"].startswith("L4-L5: Pfirrmann grade 4")
    assert "which suggests relative stenosis." in found["L4-L5"]
    assert set(DISCS) <= set(found)


def test_the_impression_begins_with_alarms_and_ends_with_the_suggestion():
    canal = [CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": length(5.8)})]
    impression = report_text(assessment(canal=canal)).split("IMPRESSION\n")[1].splitlines()
    assert impression[0] == "1. Absolute canal stenosis at L4-L5: AP diameter 5.8 mm (below 10 mm)."
    assert impression[1] == "2. Disc degeneration, most marked at L5-S1 (Pfirrmann grade 5)."
    assert impression[2] == "3. Further discs of Pfirrmann grade 3 or higher: L2-L3, L3-L4, and L4-L5."
    assert "4. Disc herniation is likely at L5-S1." in impression
    assert impression[-1].endswith("Suggestion for a clinician to accept or override: Surgical consultation.")
    assert [int(line.split(".")[0]) for line in impression] == list(range(1, len(impression) + 1))


def test_what_is_not_known_is_not_said():
    study = assessment().study.model_copy(update={"slices": 1, "mid_slice": 0, "series_uid": None})
    text = report_text(assessment(study=study))
    assert "One sagittal MR slice" in text
    assert "T2" not in text
    assert "apart" not in text
    missing = [CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": NotMeasured(not_measured="not found")})]
    assert "Canal AP diameter not measured: not found." in report_text(assessment(canal=missing))


def test_the_graded_slice_is_named_as_the_archive_does():
    study = assessment().study.model_copy(update={"instance_number": 9})
    assert "The graded slice is DICOM image 9." in lines(assessment(study=study))


def test_an_ungraded_disc_says_why():
    (line,) = (line for line in lines(assessment(discs=[ungraded_disc("L5-S1")])) if line.startswith("L5-S1"))
    assert line.startswith("L5-S1: Not graded. The disc lies partly outside the image.")


def test_nothing_graded_means_no_suggestion():
    text = report_text(unusable_assessment())
    assert "No disc could be graded." in text
    assert "Suggestion" not in text
    assert text.endswith(". No pathway is suggested.\n")
    assert "To be checked: Only two lumbar bodies were found." in text


@pytest.mark.parametrize("language", list(Language))
def test_the_draft_is_whole_in_every_language_and_names_nobody(language):
    text = report_text(full_assessment(language=language))
    assert not re.search(r"\{|\bNone\b|nan", text)
    assert PERSON.name not in text
    assert len(text.splitlines()) == len(lines(full_assessment()))
    assert ("Findings".upper() in text) is (language is Language.ENGLISH)


def test_the_written_result_holds_the_draft():
    assert with_report_text(assessment()).report_text == report_text(assessment())
    assert b'"report_text": "Research use only.' in assessment_json(assessment())
