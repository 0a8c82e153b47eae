"""``spoils assess`` on whole studies: what a user gets, and what must be refused."""

import csv
import json
import shutil
from dataclasses import replace
from importlib import import_module

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image

from spoils.anatomy import BODIES, DISCS
from spoils.cli import main
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS, STENOSIS_MEASUREMENTS, Assessment
from spoils.images import Note
from spoils.messages import message
from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.segmentation import segment

OUTLINES = import_module("spoils.pipeline.outlines")
RESULTS = {"assessment.json", "overlay.png", "report.html", "report.pdf", "report.txt", "segmentation.nii.gz"}
DICOM_RESULTS = {"seg.dcm", "sr.dcm", "report.dcm", "overlay.dcm"}
READ_ERROR, NOT_SUITABLE = 3, 4


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


def refused(capsys, out, *arguments):
    """Run, expect a refusal with one sentence and nothing written, and return the exit code and the sentence."""
    code = run("assess", *arguments, "--out", out)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Error: ")
    assert printed.err.count("\n") == 1
    assert "Traceback" not in printed.err
    assert not out.exists()
    return code, printed.err


@pytest.fixture(scope="module")
def phantom_study(tmp_path_factory):
    phantom = draw_phantom(PhantomSpec(grades=(1, 1, 2, 3, 5, 4), n_slices=7, noise_sd=0.02))
    return write_study(phantom, tmp_path_factory.mktemp("phantom"))


@pytest.fixture(scope="module")
def assessed(phantom_study, tmp_path_factory):
    out = tmp_path_factory.mktemp("results") / "out"
    assert run("assess", phantom_study, "--odi", 44, "--nrs", 7, "--out", out) == 0
    return out


def test_a_phantom_goes_the_whole_way(assessed):
    assert {path.name for path in assessed.iterdir()} == RESULTS | DICOM_RESULTS
    result = Assessment.model_validate_json((assessed / "assessment.json").read_text(encoding="utf-8"))
    assert [disc.level for disc in result.discs] == list(DISCS)
    assert all(disc.label is not None for disc in result.discs)
    assert [body.level for body in result.vertebrae] == list(BODIES)
    assert result.recommendation is not None
    assert result.clinical.odi.percent == 44
    for disc in result.discs:
        assert tuple(disc.measurements) == DISC_MEASUREMENTS
        assert disc.label == f"{disc.pfirrmann.grade}{disc.severity.grade}"
        assert sum(disc.label_probabilities.values()) == pytest.approx(1)
        assert disc.label in disc.prediction_set
    assert all(tuple(body.measurements) == BODY_MEASUREMENTS for body in result.vertebrae)
    assert all(tuple(canal.measurements) == (*CANAL_MEASUREMENTS, *STENOSIS_MEASUREMENTS) for canal in result.canal)
    assert {model.name for model in result.provenance.models} == {
        "segmentation",
        "out-of-distribution",
        "slice-kind",
        "grader-image",
        "grader-geometry",
    }


def test_a_collapsed_black_disc_is_graded_worse_than_a_healthy_one(assessed):
    result = Assessment.model_validate_json((assessed / "assessment.json").read_text(encoding="utf-8"))
    grades = {disc.level: disc.pfirrmann.grade for disc in result.discs}
    assert grades["L4-L5"] > grades["L1-L2"]


def test_the_measured_phantom_is_near_its_truth(assessed, phantom_study):
    result = Assessment.model_validate_json((assessed / "assessment.json").read_text(encoding="utf-8"))
    truth = json.loads((phantom_study / "truth.json").read_text(encoding="utf-8"))["discs"]
    errors = [
        abs(disc.measurements["height_mean_mm"].value - truth[disc.level]["height_mean_mm"]) for disc in result.discs
    ]
    assert np.median(errors) < 0.8


def test_the_mask_lies_on_the_grid_of_the_input(assessed, phantom_study):
    found = sitk.ReadImage(assessed / "segmentation.nii.gz")
    truth = sitk.ReadImage(phantom_study / "truth_labels.nii.gz")
    assert found.GetSize() == truth.GetSize()
    assert found.GetSpacing() == pytest.approx(truth.GetSpacing())
    overlap = (sitk.GetArrayFromImage(found) == sitk.GetArrayFromImage(truth)).mean()
    assert overlap > 0.97


def test_json_is_the_assessment_and_nothing_else(phantom_study, capsys):
    assert run("assess", phantom_study, "--json") == 0
    result = Assessment.model_validate_json(capsys.readouterr().out)
    assert result.clinical.odi is None
    assert result.recommendation.pathway == "clinical-review"


def test_a_red_flag_is_told_as_urgent_even_where_no_disc_could_be_graded(phantom_study, capsys, monkeypatch):
    doubt = dict.fromkeys(DISCS, Note("out-of-distribution", message("out-of-distribution", times=1.3)))
    monkeypatch.setattr(OUTLINES, "segment", lambda *given, **more: replace(segment(*given, **more), ungradable=doubt))
    assert run("assess", phantom_study, "--red-flag", "infection") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Suggestion: clinical review, urgent" in lines
    assert "  - No disc could be graded." in lines


def test_a_disc_that_is_not_graded_changes_no_grade_of_the_others(phantom_study, capsys, monkeypatch):
    def discs():
        assert run("assess", phantom_study, "--json") == 0
        return {disc.level: disc for disc in Assessment.model_validate_json(capsys.readouterr().out).discs}

    whole = discs()
    doubt = {DISCS[4]: Note("low-confidence", message("disc-contour-uncertain", level=DISCS[4]))}
    monkeypatch.setattr(OUTLINES, "segment", lambda *given, **more: replace(segment(*given, **more), ungradable=doubt))
    blocked = discs()
    assert whole[DISCS[4]].label is not None
    assert blocked[DISCS[4]].label is None
    assert [flag.code for flag in blocked[DISCS[4]].flags] == ["low-confidence"]
    for level in DISCS[:4] + DISCS[5:]:
        assert blocked[level].label_probabilities == whole[level].label_probabilities


def test_a_picture_is_assessed_in_german_with_the_sex_that_was_given(tmp_path, capsys):
    phantom = draw_phantom(PhantomSpec(n_slices=1, noise_sd=0.02))
    pixels = phantom.series.pixels[0]
    picture, out = tmp_path / "slice.png", tmp_path / "out"
    Image.fromarray((255 * np.clip(pixels / np.percentile(pixels, 99.5), 0, 1)).astype(np.uint8)).save(picture)
    spacing = phantom.series.grid.spacing_mm[1]
    options = ("--sex", "F", "--age", 61, "--odi", 44, "--nrs-leg", 8, "--red-flag", "fracture", "--language", "de")
    assert run("assess", picture, "--spacing", spacing, *options, "--out", out) == 0
    assert {path.name for path in out.iterdir()} == RESULTS, "there is nothing that DICOM results could refer to"
    printed = capsys.readouterr().out
    assert "Vorschlag: klinische Beurteilung, dringend\n" in printed
    assert "Suggestion" not in printed
    assert "typical of" not in printed
    result = Assessment.model_validate_json((out / "assessment.json").read_text(encoding="utf-8"))
    assert (result.language, result.study.sex, result.study.age_years) == ("de", "F", 61)
    assert result.clinical.nrs.score == 8
    assert result.recommendation.urgent
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de"' in page
    assert "61" in page


def test_a_study_that_dicom_results_can_not_refer_to_keeps_all_others(phantom_study, tmp_path, capsys):
    study, out = tmp_path / "study", tmp_path / "out"
    shutil.copytree(phantom_study / "sagittal-t2", study)
    for path in study.iterdir():
        dataset = pydicom.dcmread(path)
        del dataset.FrameOfReferenceUID
        dataset.save_as(path)
    assert run("assess", study, "--out", out) == 0
    assert {path.name for path in out.iterdir()} == RESULTS
    assert "No DICOM results: " in capsys.readouterr().err


def test_segment_writes_the_mask_alone(phantom_study, tmp_path, capsys):
    assert run("segment", phantom_study, "--out", tmp_path / "mask.nii.gz", "--json") == 0
    assert json.loads(capsys.readouterr().out)["confidence"]["L5"] > 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["mask.nii.gz"]


def test_a_flipped_phantom_is_refused(tmp_path, capsys):
    phantom = draw_phantom(PhantomSpec(n_slices=1, noise_sd=0.02))
    pixels = phantom.series.pixels[0, ::-1]
    picture = tmp_path / "upside-down.png"
    Image.fromarray((255 * np.clip(pixels / np.percentile(pixels, 99.5), 0, 1)).astype(np.uint8)).save(picture)
    code, _ = refused(capsys, tmp_path / "out", picture, "--spacing", phantom.series.grid.spacing_mm[1])
    assert code == NOT_SUITABLE


def test_wrong_usage_ends_with_two(phantom_study, tmp_path, capsys):
    assert run("assess", phantom_study, "--odi", 144, "--out", tmp_path / "out") == 2
    assert run("assess", phantom_study, "--spacing", 0.5, "--out", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_ct_is_refused(phantom_study, tmp_path, capsys):
    study = tmp_path / "ct"
    shutil.copytree(phantom_study / "sagittal-t2", study)
    for path in study.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Modality = "CT"
        dataset.save_as(path)
    code, sentence = refused(capsys, tmp_path / "out", study)
    assert code == NOT_SUITABLE
    assert "CT" in sentence


def test_broken_inputs_can_not_be_read(phantom_study, tmp_path, capsys):
    original = sorted((phantom_study / "sagittal-t2").iterdir())[3]
    empty, text, cut, bare = (tmp_path / name for name in ("empty", "text.dcm", "cut.dcm", "bare.dcm"))
    empty.mkdir()
    text.write_text("This is not a DICOM file.")
    cut.write_bytes(original.read_bytes()[: original.stat().st_size // 2])
    dataset = pydicom.dcmread(original)
    del dataset.PixelSpacing
    dataset.save_as(bare)
    for path in (empty, text, cut, bare, tmp_path / "nowhere"):
        assert refused(capsys, tmp_path / "out", path)[0] == READ_ERROR


def test_pictures_that_are_no_slices_are_refused(tmp_path, capsys):
    photo, huge = tmp_path / "photo.png", tmp_path / "huge.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (300, 400, 3), dtype=np.uint8)).save(photo)
    Image.new("L", (20_000, 20_000)).save(huge)
    noise = tmp_path / "noise.png"
    Image.fromarray(rng.integers(0, 255, (400, 400), dtype=np.uint8)).save(noise)
    for path in (photo, huge, noise):
        assert refused(capsys, tmp_path / "out", path, "--spacing", 0.7)[0] == NOT_SUITABLE


@pytest.mark.data
def test_the_clinical_study_is_graded_at_every_level(data_dir, tmp_path):
    out = tmp_path / "out"
    assert run("assess", data_dir / "dicom", "--odi", 44, "--nrs", 7, "--out", out) == 0
    result = Assessment.model_validate_json((out / "assessment.json").read_text(encoding="utf-8"))
    assert all(disc.label is not None for disc in result.discs)
    assert result.recommendation is not None
    assert "sagittal" in result.study.source
    assert all("value" in disc.measurements["volume_mm3"].model_dump() for disc in result.discs)


@pytest.mark.data
@pytest.mark.parametrize("series", ["1002", "5001", "6001", "7002"])
def test_the_other_series_alone_are_refused(data_dir, tmp_path, capsys, series):
    assert refused(capsys, tmp_path / "out", data_dir / "dicom" / series)[0] == NOT_SUITABLE


@pytest.mark.data
def test_unsuitable_pictures_are_refused(data_dir, tmp_path, capsys):
    folder, out = data_dir / "unsuitable", tmp_path / "out"
    assert refused(capsys, out, folder / "cervical-t2.nii.gz")[0] == NOT_SUITABLE
    assert refused(capsys, out, folder / "vb1-02-t1.png", "--spacing", 1.0)[0] == NOT_SUITABLE


@pytest.mark.data
@pytest.mark.parametrize("turn", [Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180])
@pytest.mark.parametrize("patient", ["108", "12", "155", "228", "96"])
def test_spider_slices_upside_down_are_refused(data_dir, tmp_path, capsys, patient, turn):
    with (data_dir / "spider" / "acquisitions.csv").open(encoding="utf-8") as stream:
        spacing = next(row["spacing_mm"] for row in csv.DictReader(stream) if row["patient"] == patient)
    picture = tmp_path / "flipped.png"
    with Image.open(data_dir / "spider" / "images" / f"{patient}.png") as upright:
        upright.transpose(turn).save(picture)
    assert refused(capsys, tmp_path / "out", picture, "--spacing", spacing)[0] == NOT_SUITABLE


@pytest.mark.data
def test_a_thoracic_field_of_view_is_refused(data_dir, tmp_path, capsys):
    """The upper part of a volume, from the second lumbar body upward, shows no sacrum to count from."""
    image = sitk.ReadImage(data_dir / "bodies-3d" / "vb2-02.nii.gz")
    labels = sitk.GetArrayFromImage(sitk.ReadImage(data_dir / "bodies-3d" / "vb2-02_labels.nii.gz"))
    lowest = int(np.argwhere(labels == 2)[:, 0].max())
    sitk.WriteImage(image[:, :, :lowest], tmp_path / "thoracic.nii.gz")
    assert refused(capsys, tmp_path / "out", tmp_path / "thoracic.nii.gz")[0] == NOT_SUITABLE
