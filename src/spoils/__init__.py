"""SPOILS: Software to Predict Outcome in Lumbar Spondylosis.

    import spoils

    result = spoils.assess("study", odi=44, nrs=7)
    result.save("out")

Names are imported when they are first used, so that ``import spoils`` itself takes next to no time.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoils.api import (
        Assessed,
        AssessOptions,
        ClinicalOptions,
        Engine,
        LevelOptions,
        assess,
        measure,
        read,
        reassess,
        segment,
        triage,
    )
    from spoils.config import Settings
    from spoils.errors import (
        InputMissing,
        InputUnreadable,
        ModelError,
        ModelMismatch,
        ModelMissing,
        SpoilsError,
        UnsuitableInput,
        UsageError,
    )
    from spoils.findings import (
        Assessment,
        CanalFinding,
        ChooseSeries,
        ChooseSlice,
        Clinical,
        CorrectFinding,
        CorrectGrade,
        CorrectScores,
        CorrectSeverity,
        DiscFinding,
        Flag,
        Measurement,
        MoveCorner,
        NotMeasured,
        Pathway,
        Quality,
        Recommendation,
        RenameLevel,
        ReplaceLabelMap,
        ReplaceStructure,
        VertebraFinding,
    )
    from spoils.images import LabelMap, SagittalSeries
    from spoils.io import SourceSeries
    from spoils.segmentation import Segmentation

_HOMES = {
    "api": (
        "AssessOptions", "Assessed", "ClinicalOptions", "Engine", "LevelOptions",
        "assess", "measure", "read", "reassess", "segment", "triage",
    ),
    "config": ("Settings",),
    "errors": (
        "InputMissing", "InputUnreadable", "ModelError", "ModelMismatch", "ModelMissing", "SpoilsError",
        "UnsuitableInput", "UsageError",
    ),
    "findings": (
        "Assessment", "CanalFinding", "ChooseSeries", "ChooseSlice", "Clinical", "CorrectFinding", "CorrectGrade",
        "CorrectScores", "CorrectSeverity", "DiscFinding", "Flag", "Measurement", "MoveCorner", "NotMeasured",
        "Pathway", "Quality", "Recommendation", "RenameLevel", "ReplaceLabelMap", "ReplaceStructure", "VertebraFinding",
    ),
    "images": ("LabelMap", "SagittalSeries"),
    "io": ("SourceSeries",),
    "segmentation": ("Segmentation",),
}  # fmt: skip
"""The module of ``spoils`` that each public name comes from."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AssessOptions",
    "Assessed",
    "Assessment",
    "CanalFinding",
    "ChooseSeries",
    "ChooseSlice",
    "Clinical",
    "ClinicalOptions",
    "CorrectFinding",
    "CorrectGrade",
    "CorrectScores",
    "CorrectSeverity",
    "DiscFinding",
    "Engine",
    "Flag",
    "InputMissing",
    "InputUnreadable",
    "LabelMap",
    "LevelOptions",
    "Measurement",
    "ModelError",
    "ModelMismatch",
    "ModelMissing",
    "MoveCorner",
    "NotMeasured",
    "Pathway",
    "Quality",
    "Recommendation",
    "RenameLevel",
    "ReplaceLabelMap",
    "ReplaceStructure",
    "SagittalSeries",
    "Segmentation",
    "Settings",
    "SourceSeries",
    "SpoilsError",
    "UnsuitableInput",
    "UsageError",
    "VertebraFinding",
    "__version__",
    "assess",
    "measure",
    "read",
    "reassess",
    "segment",
    "triage",
]

__version__ = "0.2.0"

# Nothing leaves the computer. ONNX Runtime reads this when it is imported, and sends telemetry without it. It stands
# here because this file runs before any other module of SPOILS, and child processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _HOME_OF:
        raise AttributeError(f"module 'spoils' has no attribute {name!r}")
    return getattr(import_module(f"spoils.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
