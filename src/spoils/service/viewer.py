"""Who asks: roles, scopes, and the viewer that every query takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["ROLE_SCOPES", "Role", "Scope", "Viewer"]


class Role(StrEnum):
    """What a user is."""

    VIEWER = "viewer"
    CLINICIAN = "clinician"
    RESEARCHER = "researcher"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a viewer may do."""

    READ_STUDIES = "studies:read"
    WRITE_STUDIES = "studies:write"
    READ_COHORT = "cohort:read"
    ADMIN = "admin"


ROLE_SCOPES: Final[dict[Role, frozenset[Scope]]] = {
    Role.VIEWER: frozenset({Scope.READ_STUDIES}),
    Role.CLINICIAN: frozenset({Scope.READ_STUDIES, Scope.WRITE_STUDIES, Scope.READ_COHORT}),
    Role.RESEARCHER: frozenset({Scope.READ_COHORT}),
    Role.ADMIN: frozenset(Scope),
}
"""An admin may do everything: in a small clinic the person who sets the application up also reads the studies."""


@dataclass(frozen=True)
class Viewer:
    """A signed-in user, or a program with a token of this user.

    ``scopes`` are those of the role, for a token no more than it was given.
    """

    user_id: str
    name: str
    role: Role
    scopes: frozenset[Scope]

    @classmethod
    def of(cls, user_id: str, name: str, role: Role, given: frozenset[Scope] | None = None) -> Viewer:
        """Return the viewer with the scopes of the role that are also ``given``; all of them by default."""
        scopes = ROLE_SCOPES[role]
        return cls(user_id, name, role, scopes if given is None else scopes & given)

    def may(self, scope: Scope) -> bool:
        """Say whether the viewer has a scope; who may write studies may also read them."""
        return scope in self.scopes or (scope is Scope.READ_STUDIES and Scope.WRITE_STUDIES in self.scopes)
