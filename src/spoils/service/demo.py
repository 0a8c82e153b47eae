"""Phantom patients to explore an empty installation with."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.service.context import Context
from spoils.service.db.repositories import Studies
from spoils.service.studies import Upload, receive
from spoils.service.viewer import ROLE_SCOPES, Role, Viewer

__all__ = ["add_demo_studies"]

_PATIENTS: Final = (
    ((1, 1, 2, 2, 2, 2), {"odi": 8.0, "nrs": 2.0}),
    ((2, 2, 2, 3, 3, 4), {"odi": 32.0, "nrs": 5.0}),
    ((2, 2, 3, 3, 5, 4), {"odi": 54.0, "nrs": 8.0}),
)
_DEMO: Final = Viewer("", "demo", Role.ADMIN, ROLE_SCOPES[Role.ADMIN])


def add_demo_studies(context: Context) -> None:
    """Receive three phantom patients, unless there is a study already."""
    with context.database.read() as session:
        if Studies(session, _DEMO).page(1).items:
            return
    for number, (grades, clinical) in enumerate(_PATIENTS):
        with TemporaryDirectory() as folder:
            phantom = draw_phantom(PhantomSpec(grades=grades))
            study = write_study(phantom, Path(folder) / f"phantom-{number}")
            receive(context, _DEMO, [Upload("phantom.zip", _zipped(study))], clinical=clinical, options={})


def _zipped(folder: Path) -> BytesIO:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.rglob("*.dcm")):
            archive.write(path, path.relative_to(folder))
    content.seek(0)
    return content
