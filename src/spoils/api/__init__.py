"""The public Python interface; ``import spoils`` offers its names without importing anything else."""

from spoils.api.assessed import Assessed
from spoils.api.engine import Engine
from spoils.api.functions import assess, measure, read, reassess, segment, triage
from spoils.api.options import AssessOptions, ClinicalOptions, LevelOptions, SelectionOptions

__all__ = [
    "AssessOptions",
    "Assessed",
    "ClinicalOptions",
    "Engine",
    "LevelOptions",
    "SelectionOptions",
    "assess",
    "measure",
    "read",
    "reassess",
    "segment",
    "triage",
]
