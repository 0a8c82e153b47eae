"""Normal values: where a measurement lies among those of other people, by a table built from real images."""

from spoils.norms.place import Build, body_depth_mm, place, scaled, with_normals
from spoils.norms.reference import (
    BOTH,
    LEAST_PATIENTS,
    PERCENTS,
    Cohort,
    Groups,
    Reference,
    Spread,
    load_reference,
    read_reference,
)

__all__ = [
    "BOTH",
    "LEAST_PATIENTS",
    "PERCENTS",
    "Build",
    "Cohort",
    "Groups",
    "Reference",
    "Spread",
    "body_depth_mm",
    "load_reference",
    "place",
    "read_reference",
    "scaled",
    "with_normals",
]
