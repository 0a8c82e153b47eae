"""Reading of studies, volumes and images into canonical sagittal series, and writing of label maps."""

from spoils.io.candidates import next_series
from spoils.io.deidentify import (
    Cleaning,
    Deidentification,
    Deidentified,
    Pseudonyms,
    holds_text,
    write_deidentified,
)
from spoils.io.dicom_limits import BROKEN_DICOM_VALUE
from spoils.io.dicom_objects import header_of
from spoils.io.dicom_owner import Selection
from spoils.io.dicom_stacks import SLICES_OMITTED
from spoils.io.inputs import InputSource, Spacing
from spoils.io.label_maps import (
    LABEL_MAP_SUFFIXES,
    encoded_label_map,
    read_label_map,
    require_same_grid,
    write_label_map,
)
from spoils.io.labelme import (
    Annotation,
    rasterize_polygons,
    read_annotation,
    read_labelme,
    trace_polygons,
    write_labelme,
)
from spoils.io.library_warnings import warnings_recorded
from spoils.io.limits import DEFAULT_MAX_PIXELS, NOMINAL_SLICE_MM
from spoils.io.midslice import canal_centres, labelled_mid_slice, mid_sagittal_index
from spoils.io.reading import read_input
from spoils.io.source import SourceLayout, SourceSeries, Subject
from spoils.io.volumes import read_canonical_voxels

__all__ = [
    "BROKEN_DICOM_VALUE",
    "DEFAULT_MAX_PIXELS",
    "LABEL_MAP_SUFFIXES",
    "NOMINAL_SLICE_MM",
    "SLICES_OMITTED",
    "Annotation",
    "Cleaning",
    "Deidentification",
    "Deidentified",
    "InputSource",
    "Pseudonyms",
    "Selection",
    "SourceLayout",
    "SourceSeries",
    "Spacing",
    "Subject",
    "canal_centres",
    "encoded_label_map",
    "header_of",
    "holds_text",
    "labelled_mid_slice",
    "mid_sagittal_index",
    "next_series",
    "rasterize_polygons",
    "read_annotation",
    "read_canonical_voxels",
    "read_input",
    "read_label_map",
    "read_labelme",
    "require_same_grid",
    "trace_polygons",
    "warnings_recorded",
    "write_deidentified",
    "write_label_map",
    "write_labelme",
]
