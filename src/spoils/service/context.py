"""What every part of the application works with: settings, database, stored files, keys and the clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from spoils.service.db import Database, migrate
from spoils.service.files import FileStore
from spoils.service.keys import Keys
from spoils.service.settings import ServiceSettings

__all__ = ["Context"]


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """An opened installation."""

    settings: ServiceSettings
    database: Database
    files: FileStore
    keys: Keys
    now: Callable[[], datetime] = _system_clock

    @classmethod
    def open(cls, settings: ServiceSettings, now: Callable[[], datetime] = _system_clock) -> Context:
        """Open the installation in ``settings.data``, made where there is none, and migrate its database.

        Raises:
            UsageError: the folder or the key can't be used.
        """
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = Keys.read_or_make(settings.key_path)
        database = Database(settings.database_url)
        migrate(database)
        settings.work_folder.mkdir(mode=0o700, exist_ok=True)
        return cls(settings, database, FileStore(settings.files_folder, keys), keys, now)

    def clean_work_folder(self) -> None:
        """Remove what an earlier process left of uploads and jobs; only where no other process works on them."""
        shutil.rmtree(self.settings.work_folder, ignore_errors=True)
        self.settings.work_folder.mkdir(mode=0o700, exist_ok=True)

    def close(self) -> None:
        """Close the database."""
        self.database.close()
