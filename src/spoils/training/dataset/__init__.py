"""The structured data set: a row for each graded disc, with all that was measured and is known of it."""

from spoils.training.dataset.acquisitions import Acquisition, read_acquisitions
from spoils.training.dataset.table import DiscRow, DiscTable, LeftOut
from spoils.training.dataset.table_file import read_table, write_table

__all__ = ["Acquisition", "DiscRow", "DiscTable", "LeftOut", "read_acquisitions", "read_table", "write_table"]
