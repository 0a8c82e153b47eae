"""Corrections of a person: what follows from each, what stays, and what is kept of it."""

import base64
import gzip
import json
import sys
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from spoils.anatomy import CHAIN, DISCS
from spoils.cli import main
from spoils.decision import load_policy, score_nrs, score_odi
from spoils.errors import UsageError
from spoils.findings import (
    Assessment,
    ChooseSeries,
    ChooseSlice,
    Clinical,
    CorrectFinding,
    CorrectGrade,
    CorrectScores,
    CorrectSeverity,
    MoveCorner,
    RenameLevel,
    ReplaceLabelMap,
    ReplaceStructure,
)
from spoils.geometry import CORNERS, corners
from spoils.io import read_input
from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.pipeline import Patient, Request, Resources, assess, corrected_findings, reassess
from spoils.report import RESULT_NAMES

BY = {"by": "reader-1", "at": datetime(2026, 3, 4, tzinfo=UTC), "reason": "seen on the image"}
LATER = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def resources():
    return Resources.load()


@pytest.fixture(scope="module")
def assessed(resources, tmp_path_factory):
    phantom = draw_phantom(PhantomSpec(grades=(1, 1, 2, 3, 5, 4), n_slices=7, noise_sd=0.02))
    source = read_input(write_study(phantom, tmp_path_factory.mktemp("phantom")))
    patient = Patient(Clinical(odi=score_odi(44, load_policy()), nrs=score_nrs(7, load_policy())))
    return assess(source, resources, Request(patient))


@pytest.fixture
def no_network(monkeypatch):
    """The network must not run: what is corrected after it starts behind it."""

    def run(*_, **__):
        raise AssertionError("the network ran")

    monkeypatch.setattr(sys.modules["spoils.segmentation.reader"], "predict", run)


def corrected(assessed, resources, *corrections):
    return reassess(assessed, corrections, resources, now=lambda: LATER)


def disc(found, level):
    return next(one for one in found.assessment.discs if one.level == level)


def test_without_corrections_nothing_changes_but_the_time(assessed, resources, no_network):
    again = corrected(assessed, resources)
    assert again.assessment == assessed.assessment.model_copy(update={"created": LATER})


def test_a_grade_changes_its_disc_and_the_decision_alone(assessed, resources, no_network):
    level = assessed.assessment.recommendation.driving_level
    machine = disc(assessed, level)
    found = corrected(assessed, resources, CorrectGrade(level=level, grade=1, **BY))
    after = disc(found, level)
    assert (after.label, after.prediction_set, after.pfirrmann.grade, after.severity.grade) == ("1L", ["1L"], 1, "L")
    assert after.pfirrmann.probabilities == machine.pfirrmann.probabilities, "the machine's own are kept"
    assert after.measurements == machine.measurements
    assert [d for d in found.assessment.discs if d.level != level] == [
        d for d in assessed.assessment.discs if d.level != level
    ]
    assert found.assessment.recommendation.driving_level != level
    (kept,) = found.assessment.corrections
    assert kept.before["label"] == machine.label
    assert kept.after["label"] == "1L"
    assert (kept.correction.by, kept.correction.reason, kept.applied) == ("reader-1", "seen on the image", LATER)
    (flag,) = [flag for flag in after.flags if flag.code == "corrected-by-person"]
    assert f"from {machine.label} to 1L by reader-1" in flag.message
    assert "seen on the image" in flag.message


def test_severity_follows_from_a_corrected_finding(assessed, resources, no_network):
    level = next(d.level for d in assessed.assessment.discs if d.pfirrmann and d.pfirrmann.grade >= 3)
    grade = disc(assessed, level).pfirrmann.grade
    every = ("narrowing", "bulging", "herniation", "endplate", "modic", "spondylolisthesis")
    none = [CorrectFinding(level=level, finding=name, present=False, **BY) for name in every]
    assert disc(corrected(assessed, resources, *none), level).label == f"{grade}L"
    two = [*none, CorrectFinding(level=level, finding="herniation", present=True, **BY)]
    found = disc(corrected(assessed, resources, *two), level)
    assert found.label == f"{grade}M", "a herniation has two points"
    assert found.findings["herniation"] == 1.0
    assert disc(
        corrected(assessed, resources, *two, CorrectSeverity(level=level, severity="H", **BY)), level
    ).label == (f"{grade}H")


def test_a_class_that_does_not_exist_is_refused(assessed, resources):
    level = DISCS[0]
    low = CorrectGrade(level=level, grade=2, **BY)
    with pytest.raises(UsageError, match="no class 2H"):
        corrected(assessed, resources, low, CorrectSeverity(level=level, severity="H", **BY))


def test_scores_change_the_decision_alone(assessed, resources, no_network):
    found = corrected(assessed, resources, CorrectScores(odi=10, nrs_back=1, nrs_leg=2, **BY))
    assert found.assessment.discs == assessed.assessment.discs
    assert found.assessment.clinical.nrs.score == 2
    assert found.assessment.recommendation.pathway != assessed.assessment.recommendation.pathway
    assert found.assessment.corrections[0].before["odi"]["percent"] == 44


def test_a_renamed_level_shifts_every_name_and_number(assessed, resources, no_network):
    found = corrected(assessed, resources, RenameLevel(structure="L5", level="L4", **BY))
    machine = {d.level: d for d in assessed.assessment.discs}
    for above, below in pairwise(DISCS):
        assert disc(found, above).measurements["area_mm2"] == machine[below].measurements["area_mm2"]
    lowest = disc(found, DISCS[-1])
    assert lowest.label is None
    flags = {flag.code: flag.message for flag in found.assessment.quality.flags}
    assert "S1" in flags["levels-missing"]
    assert "L5 is L4" in flags["corrected-by-person"]
    assert (found.labels.labels[assessed.labels.mask("L5")] == 4).all()
    assert found.assessment.corrections[0].before == list(CHAIN)


def test_a_renamed_level_takes_the_corrected_grade_along(assessed, resources, no_network):
    found = corrected(
        assessed,
        resources,
        CorrectGrade(level="L4-L5", grade=1, **BY),
        RenameLevel(structure="L4-L5", level="L3-L4", **BY),
    )
    assert disc(found, "L3-L4").label == "1L"


def test_a_body_never_becomes_a_disc(assessed, resources):
    with pytest.raises(UsageError, match="a body stays a body"):
        corrected(assessed, resources, RenameLevel(structure="L5", level="L4-L5", **BY))


def test_a_moved_corner_is_where_it_was_put_and_lengths_follow(assessed, resources, no_network):
    contours = assessed.case.stages.contours
    row_mm, column_mm = contours.spacing_mm
    x_mm, y_mm = corners(contours.by_name["L3-L4"], contours.frames["L3-L4"])[CORNERS.index("anterior-superior")]
    raised = (float((y_mm - 3.0) / row_mm), float(x_mm / column_mm))
    move = MoveCorner(structure="L3-L4", corner="anterior-superior", to=raised, **BY)
    found = corrected(assessed, resources, move)
    at = found.assessment.corrections[0].after
    assert np.allclose(at, raised, atol=0.02)
    before, after = (disc(one, "L3-L4").measurements["height_anterior_mm"].value for one in (assessed, found))
    assert 1.0 < after - before < 3.5
    other = "L1-L2"
    assert disc(found, other).measurements == disc(assessed, other).measurements
    assert disc(found, "L3-L4").confidence is None, "a person's contour has no probability"
    assert found.labels.mask("L3-L4").sum() > assessed.labels.mask("L3-L4").sum()


def test_a_redrawn_structure_is_measured_as_drawn(assessed, resources, no_network):
    middle = assessed.assessment.study.mid_slice
    rows, columns = np.nonzero(assessed.labels.mask("L2-L3")[middle])
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    box = [(top, left), (top, right), (bottom, right), (bottom, left)]
    redraw = ReplaceStructure(structure="L2-L3", slice=middle, polygons=[box], **BY)
    found = corrected(assessed, resources, redraw)
    _, row_mm, column_mm = assessed.series.grid.spacing_mm
    expected = (bottom - top) * row_mm * (right - left) * column_mm
    assert disc(found, "L2-L3").measurements["area_mm2"].value == pytest.approx(expected, rel=1e-6)


FAR = [(1e200, 1e200), (-1e200, 1e200), (0.0, -1e200)]


@pytest.mark.parametrize(
    ("polygon", "sentence"),
    [
        (FAR, r"L2-L3 lies outside the image of \d+ x \d+ pixels"),
        ([(5000.0, 5000.0), (5000.0, 5040.0), (5040.0, 5040.0)], "L2-L3 encloses no pixel"),
        ([(-40.0, -40.0), (-40.0, -4.0), (-4.0, -4.0)], "L2-L3 encloses no pixel"),
        ([(100.3, 100.3)] * 3, "L2-L3 encloses no pixel"),
    ],
)
def test_a_polygon_must_enclose_some_of_the_image(assessed, resources, no_network, polygon, sentence):
    middle = assessed.assessment.study.mid_slice
    redraw = ReplaceStructure(structure="L2-L3", slice=middle, polygons=[polygon], **BY)
    with pytest.raises(UsageError, match=sentence):
        corrected(assessed, resources, redraw)


def test_a_polygon_that_crosses_itself_is_measured_by_its_pixels(assessed, resources, no_network):
    """Two equal lobes turn in opposite directions, so the polygon itself has no area."""
    middle = assessed.assessment.study.mid_slice
    row, column = (int(place.mean()) for place in np.nonzero(assessed.labels.mask("L2-L3")[middle]))
    lobes = [(row - 5, column - 20), (row + 5, column + 20), (row - 5, column + 20), (row + 5, column - 20)]
    redraw = ReplaceStructure(structure="L2-L3", slice=middle, polygons=[lobes], **BY)
    found = corrected(assessed, resources, redraw)
    _, row_mm, column_mm = assessed.series.grid.spacing_mm
    pixels = int(found.labels.mask("L2-L3")[middle].sum())
    assert 180 < pixels < 260, "half of a box of 10 x 40"
    area = disc(found, "L2-L3").measurements["area_mm2"].value
    assert 0.4 * pixels * row_mm * column_mm < area <= pixels * row_mm * column_mm


def test_a_polygon_that_leaves_the_image_is_cut(assessed, resources, no_network):
    middle = assessed.assessment.study.mid_slice
    row, _ = (int(place.mean()) for place in np.nonzero(assessed.labels.mask("L2-L3")[middle]))
    box = [(row - 5, -20), (row - 5, 40), (row + 5, 40), (row + 5, -20)]
    found = corrected(assessed, resources, ReplaceStructure(structure="L2-L3", slice=middle, polygons=[box], **BY))
    missing = disc(found, "L2-L3").measurements["area_mm2"].not_measured
    assert missing == "the border of the image cuts L2-L3"


@pytest.mark.parametrize("to", [(9999.0, 9999.0), (-9999.0, 20.0), (1e308, -1e308)])
def test_a_corner_stays_on_the_image(assessed, resources, no_network, to):
    move = MoveCorner(structure="L3-L4", corner="anterior-superior", to=to, **BY)
    with pytest.raises(UsageError, match="L3-L4 lies outside the image"):
        corrected(assessed, resources, move)


def test_a_slice_of_any_number_is_refused_in_a_sentence(assessed, resources, no_network):
    with pytest.raises(UsageError, match=r"no slice 1e\+40; the series has 7"):
        corrected(assessed, resources, ChooseSlice(mid_slice=10**40, **BY))


def test_a_disc_that_a_result_lacks_has_no_grade_to_correct(assessed):
    alone = assessed.assessment.model_copy(update={"discs": []})
    with pytest.raises(UsageError, match="L4-L5 has no grade"):
        corrected_findings(alone, [CorrectGrade(level="L4-L5", grade=2, **BY)], load_policy(), LATER)


def test_an_erased_structure_is_not_measured(assessed, resources, no_network):
    middle = assessed.assessment.study.mid_slice
    found = corrected(assessed, resources, ReplaceStructure(structure="L2-L3", slice=middle, polygons=[], **BY))
    erased = disc(found, "L2-L3")
    assert erased.label is None
    assert all(hasattr(one, "not_measured") for name, one in erased.measurements.items() if name != "volume_mm3")


@pytest.mark.parametrize(("name", "index", "words"), [("L9", 1, "L9 is not a structure"), ("L4", 99, "no slice 99")])
def test_what_is_not_there_can_t_be_redrawn(assessed, resources, name, index, words):
    redraw = ReplaceStructure(structure=name, slice=index, polygons=[], **BY)
    with pytest.raises(UsageError, match=words):
        corrected(assessed, resources, redraw)


def test_a_whole_label_map_is_taken_and_must_fit(assessed, resources, no_network):
    text = base64.b64encode(gzip.compress(assessed.labels.labels.tobytes())).decode()
    found = corrected(assessed, resources, ReplaceLabelMap(labels=text, **BY))
    assert (found.labels.labels == assessed.labels.labels).all()
    near = disc(found, "L3-L4").measurements["height_mean_mm"].value
    assert near == pytest.approx(disc(assessed, "L3-L4").measurements["height_mean_mm"].value, abs=0.5)
    for wrong in (text[:-8], "nonsense", base64.b64encode(gzip.compress(b"\x00" * 5)).decode()):
        with pytest.raises(UsageError, match="does not hold"):
            corrected(assessed, resources, ReplaceLabelMap(labels=wrong, **BY))
    bomb = base64.b64encode(gzip.compress(b"\x00" * 50_000_000)).decode()
    with pytest.raises(UsageError, match="does not hold"):
        corrected(assessed, resources, ReplaceLabelMap(labels=bomb, **BY))


def test_another_slice_is_counted_and_measured(assessed, resources):
    other = assessed.assessment.study.mid_slice + 1
    found = corrected(assessed, resources, ChooseSlice(mid_slice=other, **BY))
    assert found.assessment.study.mid_slice == other
    with pytest.raises(UsageError, match="no slice 99"):
        corrected(assessed, resources, ChooseSlice(mid_slice=99, **BY))


def test_another_series_must_be_given(assessed, resources):
    choice = ChooseSeries(series_uid="1.2.3", **BY)
    with pytest.raises(UsageError, match=r"1\.2\.3 is not among"):
        corrected(assessed, resources, choice)


def test_corrections_of_a_corrected_assessment_are_added(assessed, resources, no_network):
    first = corrected(assessed, resources, CorrectGrade(level="L4-L5", grade=2, **BY))
    second = corrected(first, resources, RenameLevel(structure="L5", level="L5", **BY))
    assert [one.correction.kind for one in second.assessment.corrections] == ["grade", "rename-level"]
    assert disc(second, "L4-L5").label == "2L", "what was corrected before still holds"
    assert Assessment.model_validate_json(second.assessment.model_dump_json()) == second.assessment


def test_a_result_alone_can_be_corrected_where_no_image_is_needed(assessed, resources):
    wanted = [CorrectGrade(level="L4-L5", grade=2, **BY), CorrectScores(odi=10, nrs=1, **BY)]
    alone = corrected_findings(assessed.assessment, wanted, load_policy(), LATER)
    whole = corrected(assessed, resources, *wanted).assessment
    assert alone == whole
    with pytest.raises(UsageError, match="needs the images"):
        corrected_findings(assessed.assessment, [ChooseSlice(mid_slice=2, **BY)], load_policy(), LATER)


def test_the_command_applies_a_file_of_corrections(assessed, tmp_path, capsys):
    (tmp_path / "assessment.json").write_text(assessed.assessment.model_dump_json())
    one = CorrectGrade(level="L4-L5", grade=2, **BY).model_dump(mode="json")
    (tmp_path / "corrections.json").write_text(json.dumps({"schema_version": "1.0", "corrections": [one]}))
    with pytest.raises(SystemExit) as ended:
        main(["reassess", str(tmp_path), "--corrections", str(tmp_path / "corrections.json"), "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert next(d["label"] for d in found["discs"] if d["level"] == "L4-L5") == "2L"
    (tmp_path / "corrections.json").write_text('{"corrections": [{"kind": "grade"}]}')
    with pytest.raises(SystemExit) as ended:
        main(["reassess", str(tmp_path), "--corrections", str(tmp_path / "corrections.json")])
    assert ended.value.code == 3


@pytest.fixture
def corrections_file(tmp_path):
    one = CorrectGrade(level="L4-L5", grade=2, **BY).model_dump(mode="json")
    path = tmp_path / "corrections.json"
    path.write_text(json.dumps({"schema_version": "1.0", "corrections": [one]}))
    return path


def test_documents_that_are_not_made_anew_are_named(assessed, corrections_file, tmp_path, capsys):
    """Without the images, an earlier report in the folder still shows what was before."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("earlier")
    (out / "assessment.json").write_text(assessed.assessment.model_dump_json())
    with pytest.raises(SystemExit) as ended:
        main(["reassess", str(out), "--corrections", str(corrections_file), "--out", str(out)])
    assert ended.value.code == 0
    assert f"Left as they were in {out}: report.html." in capsys.readouterr().err
    assert json.loads((out / "assessment.json").read_text())["corrections"][0]["correction"]["kind"] == "grade"


def test_with_the_images_all_documents_are_made_anew(assessed, corrections_file, tmp_path, capsys):
    study, out = write_study(draw_phantom(PhantomSpec()), tmp_path / "study"), tmp_path / "out"
    (tmp_path / "assessment.json").write_text(assessed.assessment.model_dump_json())
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "reassess",
                str(tmp_path),
                "--corrections",
                str(corrections_file),
                "--input",
                str(study),
                "--out",
                str(out),
            ]
        )
    assert ended.value.code == 0
    assert capsys.readouterr().err == f"Written to {out}.\n"
    assert {path.name for path in out.iterdir()} == set(RESULT_NAMES)
    assert json.loads((out / "assessment.json").read_text())["corrections"][0]["correction"]["kind"] == "grade"
