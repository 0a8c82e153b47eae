"""Files and folders that a command reads are looked for while the command line is parsed.

A wrong path is thus answered at once, before anything large is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING

from spoils.errors import InputMissing, InputUnreadable
from spoils.messages import message

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
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            raise InputMissing from error
        if not S_ISDIR(mode) and not S_ISREG(mode):
            raise InputUnreadable(message("file-not-regular"))
    return given


def read_result(path: Path) -> Assessment:
    """Read a result: an ``assessment.json`` of this or an earlier version, or the folder that holds it.

    Raises:
        InputUnreadable: there is no such file, or it is not an assessment that this program knows.
    """
    from spoils.followup import read_assessment

    return read_assessment(path / "assessment.json" if path.is_dir() else path)
