"""The database: tables, sessions and repositories. All SQL is here."""

from spoils.service.db.engine import Database
from spoils.service.db.migrate import migrate
from spoils.service.db.models import Base

__all__ = ["Base", "Database", "migrate"]
