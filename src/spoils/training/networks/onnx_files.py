"""Export to ONNX. Files contain the network and no trace of the machine on which it was exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch

from spoils.models.runtime import InferenceSession

__all__ = ["forget_origin", "write_onnx"]

_OPSET = 18


def write_onnx(
    module: torch.nn.Module,
    example: Mapping[str, torch.Tensor],
    path: Path,
    outputs: Sequence[str],
    free: Mapping[int, Any],
) -> InferenceSession:
    """Write a network with one input as ONNX and return a session that runs the written file.

    Args:
        module: network with one output tensor for each of ``outputs``.
        example: the input by its name.
        path: the file.
        outputs: names of the outputs.
        free: axes of the input with variable size, each with its ``torch.export.Dim``.
    """
    torch.onnx.export(
        module.eval(),
        tuple(example.values()),
        path,
        input_names=list(example),
        output_names=list(outputs),
        dynamic_shapes={name: dict(free) for name in example},
        opset_version=_OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    forget_origin(path)
    return InferenceSession(path, providers=["CPUExecutionProvider"])


def forget_origin(path: Path) -> None:
    """Remove the exporter's notes from an ONNX file, because its tracebacks name files of this machine.

    The rest depends on the network alone, so the same weights always give the same bytes.
    """
    model = onnx.load(path)
    for part in (model, model.graph, *model.functions):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    values = (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer)
    for item in (*model.graph.node, *values, *(node for function in model.functions for node in function.node)):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    onnx.save(model, path)
