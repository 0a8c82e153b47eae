"""Normal values: where a measurement lies among those of other people, by a table built from real images."""

from spoils.reference_values.place import Build, body_depth_mm, place, scaled, with_normals
from spoils.reference_values.reference import (
    BOTH,
    LEAST_PATIENTS,
    PERCENTS,
    Cohort,
    ReferenceGroups,
    ReferenceValues,
    Spread,
    load_reference_values,
    read_reference,
)

__all__ = [
    "BOTH",
    "LEAST_PATIENTS",
    "PERCENTS",
    "Build",
    "Cohort",
    "ReferenceGroups",
    "ReferenceValues",
    "Spread",
    "body_depth_mm",
    "load_reference_values",
    "place",
    "read_reference",
    "scaled",
    "with_normals",
]
