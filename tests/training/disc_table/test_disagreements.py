"""What the data set says beside its table: disagreements and demographics."""

import csv
import io

import numpy as np
import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.errors import UsageError
from spoils.grading import CHANNELS, FEATURES
from spoils.images import Note
from spoils.messages import verbatim
from spoils.training.data.acquisitions import ScannerRecord
from spoils.training.data.gradings import DiscLabel, Findings
from spoils.training.disc_table import DiscRow, DiscTable, LeftOut, Reading
from spoils.training.disc_table.demographics import count_demographics, demographics_text, discs_by_level
from spoils.training.disc_table.disagreements import (
    LEAST_PATIENTS,
    csv_of_disagreements,
    expected_grades,
    grades_unlike_image,
    level_disagreements,
)

IMAGE = np.zeros((len(CHANNELS), DISC_ROWS, DISC_COLUMNS), dtype=np.float32)
WOMAN = ScannerRecord(sex="F", manufacturer="Maker", model="One", field_t=1.5, annotated_bodies=6, annotated_discs=6)
MAN = ScannerRecord(sex="M", manufacturer="Maker", model="Two", field_t=3.0, annotated_bodies=7, annotated_discs=7)


def disc(patient, level, grade, taken=WOMAN, *, severity="L", findings=None, look=0.0):
    features = np.full(len(FEATURES), look, dtype=np.float32)
    return DiscRow(DiscLabel(patient, level, grade, severity, findings or Findings()), features, IMAGE, taken)


def table_of(grades, readings=(), left_out=()):
    rows = [disc(patient, level, grade) for patient, of in grades.items() for level, grade in of.items()]
    return DiscTable(tuple(rows), tuple(left_out), tuple(readings))


def kinds(found):
    return {(one.patient, one.kind, one.levels) for one in found}


def test_where_all_agree_nothing_is_listed():
    table = table_of(
        {"p": dict.fromkeys(DISCS, 2)}, [Reading("p", 6, DISCS, (Note("low-confidence", verbatim("Blurred.")),))]
    )
    assert level_disagreements(table) == ()


def test_levels_that_only_one_side_has_are_listed():
    grades = {"p": dict.fromkeys(DISCS[1:], 2), "q": dict.fromkeys(DISCS[1:], 2)}
    readings = [Reading("p", 6, DISCS[1:]), Reading("q", 5, DISCS)]
    table = table_of(grades, readings, [LeftOut("p", DISCS[0], "not found"), LeftOut("r", None, "No sacrum.")])
    assert kinds(level_disagreements(table)) == {
        ("p", "graded-not-found", DISCS[:1]),
        ("q", "found-not-graded", DISCS[:1]),
        ("q", "source-counts", ()),
        ("r", "image-refused", ()),
    }


def test_a_doubtful_count_is_listed_with_what_each_side_says():
    note = Note("lumbar-count", verbatim("Six are possible."))
    (found,) = level_disagreements(table_of({"p": dict.fromkeys(DISCS, 2)}, [Reading("p", 6, DISCS, (note,))]))
    assert (found.kind, found.segmentation, found.radiologist) == (note.code, str(note.message), "6 discs graded")


def test_counts_of_the_source_that_differ_are_listed():
    (found,) = level_disagreements(table_of({"p": dict.fromkeys(DISCS, 2)}, [Reading("p", 7, DISCS)]))
    assert found.kind == "source-counts"
    assert found.radiologist == "7 discs graded, 6 bodies and 6 discs segmented by the source"


def test_grades_far_from_the_image_are_listed_and_others_are_not():
    table = table_of({"p": dict(zip(DISCS, (1, 1, 4, 3, 1, 1), strict=True)), "q": dict.fromkeys(DISCS, 3)})
    looks = np.array([1, 1, 1, 2, 3, 5, *[3.9] * 6])
    (found,) = grades_unlike_image(table, looks)
    assert (found.patient, found.kind, found.levels) == ("p", "grades-unlike-image", DISCS)
    assert found.segmentation == "looks like 1.0 1.0 1.0 2.0 3.0 5.0"
    assert found.radiologist == "graded 1 1 4 3 1 1"


def test_one_expected_grade_is_needed_for_each_disc():
    with pytest.raises(UsageError):
        grades_unlike_image(table_of({"p": {DISCS[0]: 1}}), np.zeros(2))


def test_disagreements_are_read_back_from_their_csv():
    note = Note("lumbar-count", verbatim('L1, L2 look like "L2, L3".'))
    found = level_disagreements(table_of({"p": dict.fromkeys(DISCS[1:], 2)}, [Reading("p", 6, DISCS, (note,))]))
    lines = list(csv.DictReader(io.StringIO(csv_of_disagreements(found))))
    assert [line["kind"] for line in lines] == ["found-not-graded", "lumbar-count"]
    assert lines[0]["levels"] == DISCS[0]
    assert lines[1]["segmentation"] == str(note.message)


def test_expected_grades_follow_the_features_of_other_patients():
    rng = np.random.default_rng(0)
    rows = []
    for number in range(LEAST_PATIENTS):
        for level in DISCS[-3:]:
            grade = int(rng.integers(1, 6))
            rows.append(disc(f"p{number}", level, grade, look=grade + rng.normal(0, 0.1)))
    expected = expected_grades(DiscTable(tuple(rows), ()))
    given = np.array([row.label.grade for row in rows])
    assert np.abs(expected - given).mean() < 0.5
    with pytest.raises(UsageError):
        expected_grades(DiscTable(tuple(rows[: 3 * (LEAST_PATIENTS - 1)]), ()))


@pytest.fixture
def counted():
    hers = [disc("a", level, 2) for level in DISCS] + [disc("b", DISCS[-1], 5, severity="H", findings=Findings(1, 1))]
    his = [disc("c", DISCS[-1], 3, MAN, severity="M")]
    unknown = [disc("d", DISCS[-2], 1, ScannerRecord())]
    return count_demographics(
        DiscTable((*hers, *his, *unknown), (LeftOut("e", None, "No."), LeftOut("a", DISCS[0], "No.")))
    )


def test_demographics_count_patients_and_discs(counted):
    assert (counted["patients"], counted["discs"]) == (4, 9)
    assert counted["left_out"] == {"patients": 1, "discs": 1}
    assert counted["cohort"]["sex"] == {
        "F": {"patients": 2, "discs": 7},
        "M": {"patients": 1, "discs": 1},
        "unknown": {"patients": 1, "discs": 1},
    }
    assert counted["cohort"]["field strength"]["1.5 T"] == {"patients": 2, "discs": 7}
    assert "age" in counted["not_published"]


def test_demographics_count_grades_classes_and_findings_by_level(counted):
    lowest = DISCS[-1]
    by_level = counted["by_level"]
    assert by_level["pfirrmann"][lowest] == {"1": 0, "2": 1, "3": 1, "4": 0, "5": 1}
    assert by_level["severity"][lowest] == {"L": 1, "M": 1, "H": 1}
    assert tuple(by_level["label"]) == (*DISCS, "all levels")
    assert sum(by_level["label"]["all levels"].values()) == counted["discs"] == discs_by_level(counted)["all levels"]
    assert tuple(by_level["label"][lowest]) == GRADE_CLASSES
    assert by_level["findings"][lowest]["endplate"] == by_level["findings"][lowest]["modic"] == 1


def test_demographics_are_told_as_tables(counted):
    text = demographics_text(counted)
    assert "| sex | F | 2 | 50.0% | 7 |" in text
    assert "Not published by the source: age" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert any(line.startswith("| 5H | 0 | 0 | 0 | 0 | 0 | 1 (33%) | 1 (11%) |") for line in tables)
    assert text.endswith("|\n")


def test_an_empty_table_has_empty_demographics():
    counted = count_demographics(DiscTable((), (LeftOut("e", None, "No."),)))
    assert (counted["patients"], counted["discs"]) == (0, 0)
    assert "0 discs of 0 patients" in demographics_text(counted)
