"""Augmentation, fits and release of the network for the kind of a slice, on a few phantoms."""

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from spoils.cli import app
from spoils.config import Settings
from spoils.errors import InputUnreadable
from spoils.models import load_model
from spoils.segmentation import KIND_FIELD, KINDS, T2, TURNS, kind_picture, look_at
from spoils.training.slice_kind import cross_validate_kinds, judge_folds, kind_document, plan_of, register_kinds
from spoils.training.slice_kind.augmentation import augmented, plain
from spoils.training.slice_kind.cross_validation import FOLDS, fold_of
from spoils.training.slice_kind.fit import KindPlan, fit_kinds, predicted
from spoils.training.slice_kind.network import KindNetwork
from spoils.training.slice_kind.pictures import CANVAS, CANVAS_MM, Picture, read_pictures, stacked, turned

TINY = KindPlan(steps=3, batch=4, width=4, phantoms=6)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return read_pictures(tmp_path_factory.mktemp("empty"), seed=0, phantoms=6)


def tensors(pictures):
    return tuple(torch.from_numpy(part).float()[:, None] for part in stacked(pictures))


def picture(patient, source, kind=T2):
    return Picture(np.zeros(CANVAS, np.float32), np.ones(CANVAS, bool), kind, patient, source)


def test_phantoms_give_many_kinds(pictures):
    assert {"t2", "t1", "fat-suppressed", "proton-density", "ct", "inverted", "no-anatomy"} <= {
        one.kind for one in pictures
    }
    assert all(one.image.shape == one.valid.shape == CANVAS for one in pictures)


def test_the_same_seed_gives_the_same_pictures(pictures, tmp_path):
    again = read_pictures(tmp_path, seed=0, phantoms=6)
    assert len(again) == len(pictures)
    assert all(np.array_equal(one.image, other.image) for one, other in zip(pictures, again, strict=True))


def test_a_folder_without_data_is_refused_where_no_phantoms_are_wanted(tmp_path):
    with pytest.raises(InputUnreadable, match="holds none of the folders"):
        read_pictures(tmp_path, seed=0, phantoms=0)


def test_pictures_are_fitted_as_they_are_used(pictures):
    """What a fit sees of an unchanged picture is what the run time makes of it, but for interpolation."""
    one = next(one for one in pictures if one.kind == T2)
    fitted = plain(*tensors([one]))[0, 0].numpy()
    rows, columns = np.flatnonzero(one.valid.any(axis=1)), np.flatnonzero(one.valid.any(axis=0))
    image = one.image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    used = kind_picture(image, (CANVAS_MM, CANVAS_MM))
    assert fitted.shape == used.shape == KIND_FIELD
    assert np.corrcoef(fitted.ravel(), used.ravel())[0, 1] > 0.97


def test_augmentation_turns_only_what_may_be_turned(pictures):
    ones = [one for one in pictures if one.kind == T2] * 10
    may_turn = torch.arange(len(ones)) % 2 == 0
    images, turns = augmented(*tensors(ones), may_turn, torch.Generator().manual_seed(0))
    assert images.shape == (len(ones), 1, *KIND_FIELD)
    assert torch.isfinite(images).all()
    assert (turns[~may_turn] == 0).all()
    assert (turns[may_turn] > 0).any()


@pytest.mark.parametrize("turn", TURNS)
def test_a_picture_turned_twice_is_as_before_but_for_what_leaves_the_canvas(pictures, turn):
    one = next(one for one in pictures if one.kind == T2)
    times = 4 if turn == "turned-90" else 2
    again = one
    for _ in range(times):
        again = turned(again, turn)
    kept = again.valid
    assert kept.sum() > 0.5 * one.valid.sum()
    assert np.array_equal(again.image[kept], one.image[kept])


def test_no_patient_and_no_small_source_is_in_two_folds():
    ones = [picture(str(n), "spider") for n in range(20)]
    ones += [picture(str(n), "spider", "t1") for n in range(20)]
    ones += [picture(str(n), "spider-space") for n in range(3)]
    ones += [picture(f"{source}-{n}", source) for source in ("vb1", "vb2", "ivd", "vesal") for n in range(3)]
    folds = fold_of(ones)
    of_patient, of_source = {}, {}
    for one, fold in zip(ones, folds, strict=True):
        assert of_patient.setdefault(one.patient, fold) == fold
        if one.source != "spider":
            assert of_source.setdefault(one.source, fold) == fold
    assert set(folds) == set(range(FOLDS))
    assert len(set(of_source.values())) == 5


def test_a_fit_is_the_same_for_the_same_seed_and_learns(pictures):
    first, second = (fit_kinds(pictures, TINY) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    other = fit_kinds(pictures, KindPlan(steps=3, batch=4, width=4, seed=1))
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


@pytest.mark.slow
def test_a_short_fit_tells_noise_from_a_spine(pictures):
    ones = [one for one in pictures if one.kind in (T2, "no-anatomy")]
    network = fit_kinds(ones, KindPlan(steps=60, batch=12, width=6))
    kinds, _ = predicted(network, ones)
    expected = [KINDS.index(one.kind) for one in ones]
    assert (kinds.argmax(axis=1) == expected).mean() > 0.9


def test_pictures_of_one_kind_can_not_be_fitted(pictures):
    with pytest.raises(InputUnreadable, match="no kind to learn"):
        fit_kinds([one for one in pictures if one.kind == T2], TINY)


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_folds_are_fitted_judged_exported_and_used(tmp_path, monkeypatch):
    out, models = tmp_path / "fits", tmp_path / "models"
    ones = cross_validate_kinds(tmp_path, out, TINY)
    document = kind_document(judge_folds(ones, out))
    assert sum(row["pictures"] for row in document["by_kind_and_source"]) == len(ones)
    assert {name: row["pictures"] for name, row in document["turns"].items()} == dict.fromkeys(TURNS, 6)
    record = register_kinds(out, models, document)
    assert record.bytes < 1_000_000
    model = load_model("slice-kind", Settings(models_dir=models))
    seen = look_at(ones[0].image, (CANVAS_MM, CANVAS_MM), model)
    assert sum(seen.kinds) == pytest.approx(1, abs=1e-4)
    assert sum(seen.turns) == pytest.approx(1, abs=1e-4)
    # Fits that are there are kept; those of another plan are not mixed in.
    monkeypatch.setattr("spoils.training.slice_kind.cross_validation.fit_kinds", None)
    cross_validate_kinds(tmp_path, out, TINY)
    with pytest.raises(InputUnreadable, match="another plan"):
        cross_validate_kinds(tmp_path, out, KindPlan(steps=4))


def test_commands_fit_and_score(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    fits = str(tmp_path / "fits")
    run = CliRunner().invoke(
        app, ["train", "slice-kind", "--data", str(data), "--out", fits, "--steps", "1", "--phantoms", "6"]
    )
    assert run.exit_code == 0, run.output
    assert "suitable T2 slices: " in run.output
    again = CliRunner().invoke(app, ["evaluate", "slice-kind", "--data", str(data), "--fits", fits, "--json"])
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["t1"]["pictures"] == 0


def test_a_folder_without_fits_can_not_be_scored(tmp_path):
    with pytest.raises(InputUnreadable, match="holds no fits of slice kinds"):
        plan_of(tmp_path)


def test_the_network_is_small():
    assert sum(p.numel() for p in KindNetwork().parameters()) < 150_000
