"""Codes of structures and body sites in documents for other systems."""

from __future__ import annotations

from spoils.anatomy import DISC_FINDING_SITES, structure
from spoils.codes import Code, Scheme

__all__ = ["level_of_disc", "structure_code"]


def structure_code(name: str) -> Code:
    """Return the code of a body, a disc or the canal.

    >>> structure_code("L5-S1").value
    '715056000'
    """
    seen = structure(name)
    return Code(seen.sct_code, Scheme.SCT, seen.sct_meaning)


def level_of_disc(level: str) -> Code:
    """Return the code of a disc's level as a body site, for findings outside the disc.

    >>> level_of_disc("L5-S1").meaning
    'Level of L5/S1 intervertebral disc'
    """
    return Code(DISC_FINDING_SITES[level], Scheme.SCT, f"Level of {level.replace('-', '/')} intervertebral disc")
