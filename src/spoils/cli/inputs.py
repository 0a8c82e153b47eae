"""Files and folders that a command reads are looked for while the command line is parsed.

A wrong path is thus answered at once, before anything large is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spoils.files import is_folder

if TYPE_CHECKING:
    from spoils.findings import Assessment

__all__ = ["existing", "read_result"]

Given = Path | Sequence[Path] | None


def existing(given: Given) -> Given:
    """Return the path, or paths, of an option or argument as they are; for use as its ``callback``.

    Raises:
        InputMissing: there is no such file or folder, or it may not be looked at.
        InputUnreadable: it is a device, a pipe or a socket, from which reading might never end.
    """
    paths: Sequence[Path] = [given] if isinstance(given, Path) else given or []
    for path in paths:
        is_folder(path)  # refuses what is neither a folder nor a file
    return given


def read_result(path: Path) -> Assessment:
    """Read a result: an ``assessment.json`` of this or an earlier version, or the folder that holds it.

    Raises:
        InputUnreadable: there is no such file, or it is not an assessment that this program knows.
    """
    from spoils.followup import read_assessment

    return read_assessment(path / "assessment.json" if is_folder(path) else path)
