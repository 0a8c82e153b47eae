"""A fit is registered with what was measured, or not at all."""

from types import SimpleNamespace

import pytest

from spoils.errors import InputUnreadable
from spoils.training.segmentation import release as segmentation_release
from spoils.training.segmentation.release import drafted_models, release_segmentation

DOCUMENT = {"summary": {"images": 2}, "by_source": {}, "by_scanner": {}, "by_grade": {}, "spider_space": {"middle": {}}}


@pytest.fixture
def registered(tmp_path, monkeypatch):
    """Release a fit that left fold 1 out; ``registered`` lists the folders and what was told of the fit."""
    calls = []
    monkeypatch.setattr(
        segmentation_release, "register_fit", lambda out, models, metrics: calls.append((models, metrics))
    )
    monkeypatch.setattr(
        segmentation_release, "SegmentationPlan", SimpleNamespace(read=lambda path: SimpleNamespace(held_out=(1,)))
    )
    return calls


def test_what_was_measured_is_registered(registered, tmp_path, monkeypatch):
    scored = []

    def evaluate(data, settings, progress):
        scored.append(settings.models_dir)
        return DOCUMENT

    monkeypatch.setattr(segmentation_release, "evaluate_segmentation", evaluate)
    release_segmentation(tmp_path, tmp_path / "fit", tmp_path / "models")
    (first, _), (models, metrics) = registered
    assert scored == [first]
    assert models == tmp_path / "models"
    assert (metrics["command"], metrics["images"]) == ("spoils evaluate segmentation", 2)
    assert metrics["spider_space"] == {"middle": {}}


def test_a_fit_that_can_not_be_scored_is_not_registered(registered, tmp_path, monkeypatch):
    def fail(*_):
        raise InputUnreadable("A picture is gone.")

    monkeypatch.setattr(segmentation_release, "evaluate_segmentation", fail)
    with pytest.raises(InputUnreadable):
        release_segmentation(tmp_path, tmp_path / "fit", tmp_path / "models")
    assert [models for models, _ in registered if models == tmp_path / "models"] == []


def test_a_release_gets_into_the_folder_whole_or_not_at_all(tmp_path):
    models = tmp_path / "models"
    with drafted_models(models) as draft:
        draft.mkdir()
        (draft / "network").write_text("new")
        assert not models.exists()
    assert (models / "network").read_text() == "new"
    with pytest.raises(InputUnreadable), drafted_models(models) as draft:  # noqa: PT012 - what comes before it matters
        assert (draft / "network").read_text() == "new"
        (draft / "network").write_text("half")
        raise InputUnreadable("No slice was set aside.")
    assert (models / "network").read_text() == "new"
