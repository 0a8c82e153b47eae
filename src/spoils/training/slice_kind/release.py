"""Release of the network for the kind of a slice: export and registration, with figures of the cross-validation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spoils.errors import ModelMismatch
from spoils.models import ModelDescription, ModelRecord, register_model
from spoils.segmentation import KIND_FIELD, KIND_MODEL_NAME, KIND_PIXEL_MM, KINDS, TURNS
from spoils.training.networks import write_onnx
from spoils.training.slice_kind.cross_validation import ALL, network_of, plan_of
from spoils.training.slice_kind.network import KindNetwork, KindProbabilities

__all__ = ["export_kinds", "register_kinds"]

_TOLERANCE = 1e-4
_SOURCES = (
    "SPIDER, van der Graaf et al., Sci Data 2024;11:264, Zenodo 10159290 (CC BY 4.0): T2, T1 and T2 SPACE slices",
    "Chu et al., PLoS ONE 2015;10:e0143327 (Zenodo 22304): T2 slices and volumes",
    "Zukic et al., Comput Graph Forum 2014;33:190: T2 slices",
    "Menezes-Reis et al., Quant Imaging Med Surg 2016;6:402: T2 slices and volumes",
    "vesal: 20-image segmentation exercise (MIT)",
    "phantoms of spoils.phantom",
    "all kinds but T2, T1 and slices off the midline: made from these by a program",
)


def export_kinds(network: KindNetwork, path: Path) -> float:
    """Write a network as ONNX and return the largest difference of a probability to PyTorch.

    Raises:
        ModelMismatch: they differ by more than the tolerance.
    """
    module = KindProbabilities(network).eval()
    image = torch.randn((2, 1, *KIND_FIELD), generator=torch.Generator().manual_seed(0))
    session = write_onnx(module, {"image": image}, path, ["kinds", "turns"], {0: torch.export.Dim("batch")})
    with torch.inference_mode():
        expected = [output.numpy() for output in module(image)]
    found = session.run(["kinds", "turns"], {"image": image.numpy()})
    difference = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
    if difference > _TOLERANCE:
        raise ModelMismatch(f"The exported network differs from the fitted one by {difference:.1e}.")
    return difference


def register_kinds(out: Path, models: Path, document: Mapping[str, Any]) -> ModelRecord:
    """Export the fit on all pictures in ``out`` and register it in the folder ``models``.

    Args:
        out: folder of the fits; gets ``slice-kind.onnx``.
        models: folder with the manifest.
        document: figures of the cross-validation.

    Raises:
        InputUnreadable: ``out`` holds no fits.
        ModelMismatch: ONNX and PyTorch differ.
    """
    path = out / f"{KIND_MODEL_NAME}.onnx"
    difference = export_kinds(network_of(out, ALL), path)
    description = ModelDescription(
        name=KIND_MODEL_NAME,
        task="slice-kind",
        preprocessing={
            "pixel_mm": KIND_PIXEL_MM,
            "field": list(KIND_FIELD),
            "clip_percentiles": [0.5, 99.5],
            "scale": "mean 0, deviation 1",
            "kinds": list(KINDS),
            "turns": list(TURNS),
        },
        licence="Apache-2.0; the sources of the training data set their own terms",
        training_data=_SOURCES,
        metrics={
            "command": "spoils evaluate slice-kind",
            "data": "every picture judged by a fit that never saw its patient, and of small sources none of the source",
            **document,
            "onnx_difference": difference,
        },
        created=datetime.now(UTC).replace(microsecond=0),
        extra={"plan": json.loads(json.dumps(asdict(plan_of(out))))},
    )
    return register_model(path, description, models)
