"""LabelMe polygons become labels and come back."""

import json

import numpy as np
import pytest
from skimage.draw import disk

from spoils.errors import InputUnreadable, UsageError
from spoils.io import rasterize_polygons, read_annotation, read_labelme, trace_polygons, write_labelme


def drawn():
    labels = np.zeros((60, 50), np.uint8)
    labels[disk((20, 20), 9)] = 4
    labels[29:35, 10:32] = 11
    labels[35:50, 12:30] = 5
    labels[0:60, 40:46] = 13
    labels[disk((54, 5), 3)] = 11
    return labels


def test_tracing_and_painting_give_the_labels_back(tmp_path):
    labels = drawn()
    write_labelme(trace_polygons(labels), labels.shape, "slice.png", tmp_path / "a.json")
    annotation = read_annotation(tmp_path / "a.json")
    np.testing.assert_array_equal(annotation.labels, labels)
    assert annotation.names == {"L4", "L4-L5", "L5", "canal"}
    content = json.loads((tmp_path / "a.json").read_text())
    assert (content["imageHeight"], content["imageWidth"], content["imagePath"]) == (60, 50, "slice.png")


def test_holes_are_not_traced():
    ring = np.zeros((30, 30), np.uint8)
    ring[disk((15, 15), 10)] = 1
    ring[disk((15, 15), 4)] = 0
    assert len(trace_polygons(ring)["L1"]) == 1


def test_the_thinner_structure_keeps_a_shared_border():
    body = np.array(((0, 0), (9, 0), (9, 5.2), (0, 5.2)), dtype=float)
    disc = np.array(((0, 4.8), (9, 4.8), (9, 8), (0, 8)), dtype=float)
    for polygons in ({"L5": (body,), "L5-S1": (disc,)}, {"L5-S1": (disc,), "L5": (body,)}):
        assert rasterize_polygons(polygons, (12, 12))[5, 4] == 12


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        json.dumps(
            {"imageHeight": 9, "imageWidth": 9, "shapes": [{"label": "L9", "points": [[0, 0], [1, 1], [1, 0]]}]}
        ),
        json.dumps({"imageHeight": 9, "imageWidth": 9, "shapes": [{"label": "L1", "points": [[0, 0], [1, 1]]}]}),
        json.dumps({"imageHeight": 9, "imageWidth": 9, "shapes": [{"label": "L1", "points": [[0, 0], "x", [1, 0]]}]}),
    ],
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputUnreadable):
        read_labelme(tmp_path / "a.json")


def test_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        write_labelme({}, (3, 3), "a.png", tmp_path / "none" / "a.json")
