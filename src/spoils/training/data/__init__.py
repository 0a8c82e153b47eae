"""The training data: annotated slices, SPIDER, and the folds of patients."""

from spoils.training.data.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.data.annotated import (
    AnnotatedSlice,
    Person,
    other_patients_with_same_id,
    person_of,
    read_annotated,
    read_index,
    rows_of,
)
from spoils.training.data.gradings import DiscLabel, Findings, count_graded_discs, read_disc_labels
from spoils.training.data.own_splits import Assigned, assign_splits
from spoils.training.data.spider import Imported, import_spider
from spoils.training.data.spider_space import (
    SPIDER_SPACE,
    UNKNOWN,
    ExpertSlice,
    SpaceRow,
    read_expert_slice,
    read_space_index,
    space_folds,
)
from spoils.training.data.splits import (
    ANNOTATED,
    FOLDS_NAME,
    N_FOLDS,
    SPIDER,
    assign_folds,
    folds_digest,
    folds_of_fit,
    grading_folds,
    segmentation_folds,
    unannotated_folds,
    write_folds,
)

__all__ = [
    "ANNOTATED",
    "FOLDS_NAME",
    "N_FOLDS",
    "SPIDER",
    "SPIDER_SPACE",
    "UNKNOWN",
    "AnnotatedSlice",
    "Assigned",
    "DiscLabel",
    "ExpertSlice",
    "Findings",
    "Imported",
    "Person",
    "ScannerRecord",
    "SpaceRow",
    "assign_folds",
    "assign_splits",
    "count_graded_discs",
    "folds_digest",
    "folds_of_fit",
    "grading_folds",
    "import_spider",
    "other_patients_with_same_id",
    "person_of",
    "read_acquisitions",
    "read_annotated",
    "read_disc_labels",
    "read_expert_slice",
    "read_index",
    "read_space_index",
    "rows_of",
    "segmentation_folds",
    "space_folds",
    "unannotated_folds",
    "write_folds",
]
