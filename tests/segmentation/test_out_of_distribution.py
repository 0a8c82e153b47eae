"""An out-of-distribution slice is told and blocks grading; a detector model serves its own network only."""

from types import SimpleNamespace

import numpy as np
import pytest

from spoils.errors import ModelMismatch
from spoils.segmentation import SegmentationModels


def network(sha256="a", **extra):
    return SimpleNamespace(record=SimpleNamespace(sha256=sha256, extra=extra))


def detector(of="a"):
    """Answer with the first feature."""
    return SimpleNamespace(
        record=SimpleNamespace(extra={"segmentation": of}), run=lambda features: {"distance": features[:, 0]}
    )


def features(distance):
    return np.array([distance, 0.0], dtype=np.float32)


def test_only_what_lies_beyond_the_limit_is_told():
    models = SegmentationModels(network(), detector())
    assert models.out_of_distribution_note(features(1.0)) is None
    note = models.out_of_distribution_note(features(1.34))
    assert note.code == "out-of-distribution"
    assert "1.3 times the limit" in str(note.message)


def test_without_a_detector_there_is_no_note():
    assert SegmentationModels(network()).out_of_distribution_note(features(99.0)) is None


def test_a_variant_in_int8_is_judged_like_the_network_it_was_made_from():
    assert (
        SegmentationModels(network("b", exact="a"), detector("a")).out_of_distribution_note(features(2.0)) is not None
    )


def test_a_model_of_another_network_is_refused():
    with pytest.raises(ModelMismatch, match="another segmentation network"):
        SegmentationModels(network("b"), detector("a"))
