"""The structured data set: a row for each graded disc, with all that was measured and is known of it."""

from spoils.training.dataset.acquisitions import Acquisition, read_acquisitions
from spoils.training.dataset.measured import MEASUREMENTS, measurements_at
from spoils.training.dataset.table import DiscRow, DiscTable, LeftOut, Reading, SeenDisc
from spoils.training.dataset.table_file import read_table, write_table

__all__ = [
    "MEASUREMENTS",
    "Acquisition",
    "DiscRow",
    "DiscTable",
    "LeftOut",
    "Reading",
    "SeenDisc",
    "measurements_at",
    "read_acquisitions",
    "read_table",
    "write_table",
]
