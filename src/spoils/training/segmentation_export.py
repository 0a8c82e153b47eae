"""Taking a fitted network to ONNX, and proving that both give the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from spoils.errors import ModelMismatch
from spoils.training.networks import DeepLabV3Plus
from spoils.training.onnx_files import forget_origin

__all__ = ["EXPORT_TOLERANCE", "export_network"]

EXPORT_TOLERANCE = 1e-3
"""Largest accepted difference of any class probability between PyTorch and ONNX Runtime."""

_OPSET = 18


class _Probabilities(nn.Module):
    """The network with the softmax that turns class scores into probabilities."""

    def __init__(self, network: DeepLabV3Plus) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        scores: Tensor = self.network(image)
        return scores.softmax(dim=1)


def export_network(network: DeepLabV3Plus, path: Path) -> float:
    """Write ``network`` as ONNX from ``image`` (batch, 1, rows, columns) to ``probabilities``; every size is dynamic.

    Returns:
        The largest difference to PyTorch on an input of another size than the one traced.

    Raises:
        ModelMismatch: that difference is above ``EXPORT_TOLERANCE``.
    """
    module = _Probabilities(network).eval()
    torch.onnx.export(
        module,
        (torch.zeros(2, 1, 64, 96),),
        path,
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_shapes={
            "image": {0: torch.export.Dim("batch"), 2: 16 * torch.export.Dim("r"), 3: 16 * torch.export.Dim("c")}
        },
        opset_version=_OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    forget_origin(path)
    image = np.random.default_rng(0).normal(size=(3, 1, 112, 48)).astype(np.float32)
    with torch.inference_mode():
        expected = module(torch.from_numpy(image)).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(["probabilities"], {"image": image})[0]
    difference = float(np.abs(found - expected).max())
    if difference > EXPORT_TOLERANCE:
        raise ModelMismatch(f"The exported network differs from the fitted one by {difference:.1e}.")
    return difference
