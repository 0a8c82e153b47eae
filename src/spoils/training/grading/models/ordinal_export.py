"""Export of ordinal graders as one ONNX model: each classifier once per use, and matrices that combine the outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.compose import add_prefix_graph
from sklearn.pipeline import Pipeline

from spoils.anatomy import GRADE_CLASSES
from spoils.grading import GRADES, SEVERITIES
from spoils.training.grading.models.severity import (
    GRADE_OF_CLASS,
    GRADES_OF_MANY,
    LEAST_PROBABILITY,
    LEAST_SHARE,
    PRESENT,
    SEVERITY_OF_CLASS,
    SEVERITY_OF_PRESENT,
)
from spoils.training.grading.models.tabular_export import OPSETS, pipeline_as_onnx

__all__ = ["ordinal_as_onnx"]


_IR_VERSION = 8
"""Version of the ONNX format for these operator sets. ONNX Runtime refuses formats newer than itself."""


class _Graph:
    """Nodes and constants of a graph under construction. Every method returns the name of what it adds."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str) -> str:
        """Add a node with one output and no attributes."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name]))
        return name

    def beside(self, *inputs: str) -> str:
        """Add the columns of all inputs side by side."""
        name = f"beside_{len(self.nodes)}"
        self.nodes.append(helper.make_node("Concat", inputs, [name], axis=1))
        return name

    def constant(self, value: npt.ArrayLike) -> str:
        """Add a constant of single precision."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
        return name

    def affine(self, source: str, matrix: npt.ArrayLike, offset: npt.ArrayLike) -> str:
        """Add ``source @ matrix + offset``."""
        return self.node("Add", self.node("MatMul", source, self.constant(matrix)), self.constant(offset))

    def above(self, classifier: onnx.ModelProto, features: str) -> str:
        """Add a binary classifier. The result (rows, 1) is the probability of the positive class."""
        prefix = f"question_{len(self.nodes)}_"
        graph = add_prefix_graph(classifier.graph, prefix)
        self.nodes.append(helper.make_node("Identity", [features], [f"{prefix}features"]))
        self.nodes.extend(graph.node)
        self.constants.extend(graph.initializer)
        return self.node("MatMul", f"{prefix}probabilities", self.constant([[0], [1]]))

    def clipped(self, source: str, low: float, high: float) -> str:
        """Add ``source`` bounded to ``low`` and ``high``."""
        return self.node("Clip", source, self.constant(low), self.constant(high))

    def severity_by_findings(self, findings: str) -> str:
        """Add the probability of each severity (rows, 3) given that of each finding (rows, 6), as in ``severity``."""
        there = self.clipped(findings, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        absent = self.node("Sub", self.constant(1), there)
        logs = [
            self.node("MatMul", self.node("Log", part), self.constant(which.T))
            for part, which in ((there, PRESENT), (absent, 1 - PRESENT))
        ]
        return self.node("MatMul", self.node("Exp", self.node("Add", *logs)), self.constant(SEVERITY_OF_PRESENT))

    def geometric_mean(self, first: str, second: str, share: float) -> str:
        """Add the mean of two distributions (rows, n), weighted by the ``share`` of the second."""
        powers = [
            self.node("Pow", self.clipped(part, LEAST_SHARE, 1), self.constant(power))
            for part, power in ((first, 1 - share), (second, share))
        ]
        product = self.node("Mul", *powers)
        total = self.node("MatMul", product, self.constant(np.ones((len(SEVERITIES), 1))))
        return self.node("Div", product, total)

    def shares(self, above: Sequence[str]) -> str:
        """Add the probability between thresholds (rows, thresholds + 1); exceeding is made non-increasing first."""
        falling = [above[0]]
        for cut in above[1:]:
            falling.append(self.node("Min", falling[-1], cut))
        between = np.eye(len(above), len(above) + 1, k=1) - np.eye(len(above), len(above) + 1)
        return self.affine(self.beside(*falling), between, np.eye(len(above) + 1)[0])


def ordinal_as_onnx(
    grade_thresholds: Sequence[Pipeline],
    severity_thresholds: Sequence[Pipeline],
    findings: Sequence[Pipeline],
    *,
    n_features: int,
    findings_share: float,
) -> onnx.ModelProto:
    """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11) and ``findings``.

    Args:
        grade_thresholds: for each threshold between grades, the classifier of grades above it.
        severity_thresholds: likewise for severity, on the features followed by the grade.
        findings: classifier of each finding. Without any, the model has no such output.
        n_features: number of features.
        findings_share: weight of the findings in the severity.

    Raises:
        UsageError: one of the classifiers can't be written as ONNX.
    """
    graph = _Graph()
    above = [graph.above(pipeline_as_onnx(cut, n_features), "features") for cut in grade_thresholds]
    by_grade = graph.affine(graph.shares(above), np.equal.outer(GRADES, GRADE_OF_CLASS), np.zeros(len(GRADE_CLASSES)))
    outputs = {"probabilities": len(GRADE_CLASSES)}
    by_findings = None
    if findings:
        present = [graph.above(pipeline_as_onnx(finding, n_features), "features") for finding in findings]
        graph.nodes.append(helper.make_node("Concat", present, ["findings"], axis=1))
        outputs["findings"] = len(findings)
        by_findings = (graph.severity_by_findings("findings"), findings_share)
    cuts = [pipeline_as_onnx(cut, n_features + 1) for cut in severity_thresholds]
    given_grade = _severities(graph, cuts, above[0], by_findings)
    graph.nodes.append(helper.make_node("Mul", [by_grade, given_grade], ["probabilities"]))
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "ordered_questions",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, n_features])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, size]) for name, size in outputs.items()],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in OPSETS.items()],
        ir_version=_IR_VERSION,
    )


def _severities(
    graph: _Graph, cuts: Sequence[onnx.ModelProto], column: str, by_findings: tuple[str, float] | None
) -> str:
    """Add the probability of each class given its grade (rows, 11).

    Args:
        graph: the graph to extend.
        cuts: classifiers of the thresholds between severities.
        column: name of any output of shape (rows, 1).
        by_findings: name of the severity that follows from the findings (rows, 3), and its weight.
    """
    only = [grade not in GRADES_OF_MANY for grade in GRADE_OF_CLASS]
    parts = []
    for grade in GRADES_OF_MANY:
        with_grade = graph.beside("features", graph.affine(column, [[0]], [grade]))
        severities = graph.shares([graph.above(cut, with_grade) for cut in cuts])
        if by_findings is not None:
            severities = graph.geometric_mean(severities, *by_findings)
        place = np.equal.outer(range(len(SEVERITIES)), SEVERITY_OF_CLASS) & (grade == GRADE_OF_CLASS)
        parts.append(graph.node("MatMul", severities, graph.constant(place)))
    return graph.node("Sum", *parts, graph.constant(only))
