"""Discs as graders see them: cut out level, of one size, with signal relative to CSF."""

from spoils.discs.disc_volume import DISC_COLUMNS, DISC_ROWS, DiscVolume, SignalReference
from spoils.discs.extract import extract_disc, extract_discs, signal_of_one

__all__ = [
    "DISC_COLUMNS",
    "DISC_ROWS",
    "DiscVolume",
    "SignalReference",
    "extract_disc",
    "extract_discs",
    "signal_of_one",
]
