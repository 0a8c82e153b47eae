"""Exported ONNX files hold the network and nothing of the machine on which it was exported."""

from __future__ import annotations

from pathlib import Path

import onnx

__all__ = ["forget_origin"]


def forget_origin(path: Path) -> None:
    """Remove the exporter's notes from an ONNX file: its tracebacks name files of this machine.

    What is left depends on the network alone, so the same weights give the same bytes whatever line exported them.
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
