"""Taking a fitted network to ONNX, and proving that both give the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from spoils.errors import ModelMismatch
from spoils.training.networks import SegmentationNetwork
from spoils.training.networks.blocks import class_probabilities
from spoils.training.networks.onnx_files import write_onnx

__all__ = ["EXPORT_TOLERANCE", "export_network"]

EXPORT_TOLERANCE = 1e-3
"""Largest accepted difference of any output between PyTorch and ONNX Runtime."""

_OUTPUTS = ["probabilities", "features"]


class _Product(nn.Module):
    """The network as the product runs it: probabilities instead of class scores, and the features of each slice."""

    def __init__(self, network: SegmentationNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        scores, features = self.network.scores_and_features(image)
        return class_probabilities(scores), features


def export_network(network: SegmentationNetwork, path: Path) -> float:
    """Write ``network`` as ONNX from ``image`` (batch, 1, rows, columns); every size is dynamic.

    It gives ``probabilities`` (batch, class, rows, columns) and ``features`` (batch, n).

    Returns:
        The largest difference of any output to PyTorch on an input of another size than the one contours.

    Raises:
        ModelMismatch: that difference is above ``EXPORT_TOLERANCE``.
    """
    module = _Product(network).eval()
    free = {0: torch.export.Dim("batch"), 2: 16 * torch.export.Dim("r"), 3: 16 * torch.export.Dim("c")}
    session = write_onnx(module, {"image": torch.zeros(2, 1, 64, 96)}, path, _OUTPUTS, free)
    image = np.random.default_rng(0).normal(size=(3, 1, 112, 48)).astype(np.float32)
    with torch.inference_mode():
        expected = [output.numpy() for output in module(torch.from_numpy(image))]
    found = session.run(_OUTPUTS, {"image": image})
    difference = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
    if difference > EXPORT_TOLERANCE:
        raise ModelMismatch(f"The exported network differs from the fitted one by {difference:.1e}.")
    return difference
