"""The structured data set: a row for each graded disc, with all that was measured and is known of it."""

from spoils.training.disc_table.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.disc_table.measured import MEASUREMENTS, measurements_at
from spoils.training.disc_table.table import DiscRow, DiscTable, LeftOut, Reading, SeenDisc
from spoils.training.disc_table.table_file import read_table, write_table

__all__ = [
    "MEASUREMENTS",
    "DiscRow",
    "DiscTable",
    "LeftOut",
    "Reading",
    "ScannerRecord",
    "SeenDisc",
    "measurements_at",
    "read_acquisitions",
    "read_table",
    "write_table",
]
