"""The web application: receives studies, queues them, shows, corrects and remembers results.

It needs the extra ``service``. Nothing happens on import: ``create_app`` builds the application of an opened
``Context``. Names are imported at their first use, so that a command loads only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoils.service.app import create_app
    from spoils.service.auth import Accounts
    from spoils.service.context import Context
    from spoils.service.db.repositories import AuditLog
    from spoils.service.server import serve, work
    from spoils.service.settings import ServiceSettings
    from spoils.service.viewer import Role, Scope

_HOME_OF = {
    "Accounts": "auth",
    "AuditLog": "db.repositories",
    "Context": "context",
    "Role": "viewer",
    "Scope": "viewer",
    "ServiceSettings": "settings",
    "create_app": "app",
    "serve": "server",
    "work": "server",
}

__all__ = [
    "Accounts",
    "AuditLog",
    "Context",
    "Role",
    "Scope",
    "ServiceSettings",
    "create_app",
    "serve",
    "work",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
