"""A phantom patient as graders see it, and graders with a known answer."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from spoils.anatomy import GRADE_CLASSES
from spoils.config import Settings
from spoils.discs import DISC_COLUMNS, DISC_ROWS, extract_discs
from spoils.geometry import SliceContours, measure_spine, slice_contours
from spoils.grading import CHANNELS, FEATURES, GEOMETRY_GRADER, IMAGE_GRADER
from spoils.images import LabelMap, SagittalSeries
from spoils.models import ModelDescription, register_model
from spoils.phantom import draw_slice, random_spec
from spoils.spatial import Grid

USUAL = {"signal_csf_ratio": [0.3, 0.2], "height_index": [0.3, 0.2]}


@dataclass(frozen=True)
class SeenPatient:
    measurements: object
    volumes: dict
    contours: SliceContours


@pytest.fixture(scope="session")
def patient() -> SeenPatient:
    spec = random_spec(np.random.default_rng(3))
    pixels, labels = draw_slice(spec)
    grid = Grid.from_axes((1, *pixels.shape), (4.0, spec.spacing_mm, spec.spacing_mm))
    series, label_map = SagittalSeries(pixels[None], grid), LabelMap(labels[None], grid)
    contours = slice_contours(label_map, series)
    return SeenPatient(measure_spine(label_map, contours), extract_discs(series, label_map, contours), contours)


def constant_network(path, input_name, rest, outputs):
    """An ONNX file that answers ``outputs`` (name to values) to every disc, whatever it looks like."""
    given = helper.make_tensor_value_info(input_name, TensorProto.FLOAT, ["n", *rest])
    nodes = [
        helper.make_node("Shape", [input_name], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["count"]),
    ]
    stored, answers = [numpy_helper.from_array(np.array([0], dtype=np.int64), "zero")], []
    for name, values in outputs.items():
        value = np.asarray(values, dtype=np.float32)
        sizes = np.array(value.shape, dtype=np.int64)
        stored += [numpy_helper.from_array(value[None], f"{name}-one"), numpy_helper.from_array(sizes, f"{name}-sizes")]
        nodes += [
            helper.make_node("Concat", ["count", f"{name}-sizes"], [f"{name}-wanted"], axis=0),
            helper.make_node("Expand", [f"{name}-one", f"{name}-wanted"], [name]),
        ]
        answers.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *value.shape]))
    graph = helper.make_graph(nodes, "constant", [given], answers, stored)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


@pytest.fixture
def install(tmp_path):
    """Install two constant graders; keyword arguments change what their manifest says, and what the image grader."""

    def run(
        image,
        geometry,
        *,
        geometry_fit="one",
        geometry_findings=None,
        features=FEATURES,
        temperature=1.0,
        reference=None,
        **also,
    ):
        folder = tmp_path / "models"
        measured = {} if geometry_findings is None else {"findings": geometry_findings}
        made = (
            (IMAGE_GRADER, "discs", (len(CHANNELS), DISC_ROWS, DISC_COLUMNS), {"probabilities": image, **also}, "one"),
            (GEOMETRY_GRADER, "features", (len(FEATURES),), {"probabilities": geometry, **measured}, geometry_fit),
        )
        for name, input_name, rest, outputs, fit in made:
            constant_network(tmp_path / "made.onnx", input_name, rest, outputs)
            ensemble = {
                "fit": fit,
                "temperature": temperature,
                "set_threshold": 0.15,
                "set_target": 0.9,
                "set_coverage": 0.9,
                "severity_version": "test",
                "usual": {"3": USUAL, "4": USUAL},
            }
            description = ModelDescription(
                name=name,
                task="disc-grading",
                preprocessing={"channels": [*CHANNELS], "features": [*features], "classes": [*GRADE_CLASSES]},
                licence="none",
                training_data=("none",),
                metrics={"command": "by hand"},
                created=datetime(2026, 1, 2, tzinfo=UTC),
                extra={"ensemble": ensemble, "reference": reference},
            )
            register_model(tmp_path / "made.onnx", description, folder)
        return Settings(models_dir=folder, threads=1)

    return run
