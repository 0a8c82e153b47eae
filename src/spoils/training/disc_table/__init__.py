"""The table of discs that graders are fitted to: one row per graded disc."""

from spoils.training.disc_table.arrays import Discs
from spoils.training.disc_table.dataset import TABLE_NAME, build_dataset, open_table
from spoils.training.disc_table.demographics import GRADING_TITLES, count_demographics, discs_by_level
from spoils.training.disc_table.measurements import MEASUREMENTS
from spoils.training.disc_table.parquet import read_table, write_table
from spoils.training.disc_table.table import DiscRow, DiscTable, LeftOut, Reading, SeenDisc

__all__ = [
    "GRADING_TITLES",
    "MEASUREMENTS",
    "TABLE_NAME",
    "DiscRow",
    "DiscTable",
    "Discs",
    "LeftOut",
    "Reading",
    "SeenDisc",
    "build_dataset",
    "count_demographics",
    "discs_by_level",
    "open_table",
    "read_table",
    "write_table",
]
