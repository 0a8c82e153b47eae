"""Accounts: setting up the first user, signing in and out, and tokens. Everything is written to the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from spoils.errors import UsageError
from spoils.messages import message
from spoils.service.auth.passwords import hash_password, is_password
from spoils.service.auth.secrets import new_secret, secret_hash
from spoils.service.context import Context
from spoils.service.db.repositories import AuditLog, Users
from spoils.service.viewer import ROLE_SCOPES, Role, Scope, Viewer

__all__ = ["SETUP", "Accounts", "SignedIn"]

SETUP: Final = "setup"
_SETUP_HOURS: Final = 24
_TOKEN_DAYS: Final = 365


@dataclass(frozen=True)
class SignedIn:
    """A new sign-in: the secret for the cookie, and the viewer."""

    secret: str
    viewer: Viewer


class Accounts:
    """Users of an installation."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def setup_secret(self) -> str | None:
        """Return the secret of a new set-up link; None if there is a user already."""
        now, secret = self._context.now(), new_secret()
        with self._context.database.write() as session:
            users = Users(session)
            if users.any():
                return None
            users.add_link(secret_hash(secret), SETUP, now, now + timedelta(hours=_SETUP_HOURS))
        return secret

    def is_setup_secret(self, secret: str) -> bool:
        """Say whether a set-up link still works."""
        with self._context.database.read() as session:
            users = Users(session)
            return not users.any() and users.has_link(secret_hash(secret), SETUP, self._context.now())

    def set_up(self, secret: str, name: str, password: str) -> None:
        """Create the first user, an admin, by the set-up link.

        Raises:
            UsageError: the link does not work any more; the name or password can't be used.
        """
        hashed, now = hash_password(password), self._context.now()
        with self._context.database.write() as session:
            users = Users(session)
            if users.any() or not users.has_link(secret_hash(secret), SETUP, now):
                raise UsageError(message("setup-link-ended"))
            users.use_link(secret_hash(secret))
            user = users.add(_checked_name(name), Role.ADMIN, hashed, now)
            AuditLog(session).append(now, user.name, "user.create", user.id, role=user.role, how="setup")

    def create(self, name: str, role: Role, password: str, *, by: str) -> None:
        """Create a user.

        Raises:
            UsageError: there is a user of this name; the name or password can't be used.
        """
        hashed, now = hash_password(password), self._context.now()
        with self._context.database.write() as session:
            user = Users(session).add(_checked_name(name), role, hashed, now)
            AuditLog(session).append(now, by, "user.create", user.id, role=role.value)

    def sign_in(self, name: str, password: str) -> SignedIn | None:
        """Return a new sign-in; None if name and password do not belong together."""
        now, secret = self._context.now(), new_secret()
        with self._context.database.read() as session:
            user = Users(session).named(name)
            kept = None if user is None or user.disabled is not None else user.password_hash
        if not is_password(password, kept) or user is None:  # takes long, so it holds no transaction
            with self._context.database.write() as session:
                # Who fails to sign in may have typed the password as the name: it is not written down.
                AuditLog(session).append(now, "", "user.sign-in-failed", user.id if user is not None else "")
            return None
        with self._context.database.write() as session:
            expires = now + timedelta(hours=self._context.settings.session_hours)
            Users(session).add_sign_in(user, secret_hash(secret), new_secret(), now, expires)
            AuditLog(session).append(now, user.name, "user.sign-in", user.id)
        return SignedIn(secret, Viewer.of(user.id, user.name, Role(user.role)))

    def sign_out(self, secret: str, viewer: Viewer) -> None:
        """End a sign-in."""
        with self._context.database.write() as session:
            Users(session).end_sign_in(secret_hash(secret))
            AuditLog(session).append(self._context.now(), viewer.name, "user.sign-out", viewer.user_id)

    def signed_in(self, secret: str) -> tuple[Viewer, str] | None:
        """Return the viewer of a cookie's secret, and the CSRF token of the sign-in; None if it has ended."""
        with self._context.database.read() as session:
            return Users(session).signed_in(secret_hash(secret), self._context.now())

    def of_token(self, token: str) -> Viewer | None:
        """Return the viewer of an access token; None if it does not work."""
        with self._context.database.read() as session:
            return Users(session).of_token(secret_hash(token), self._context.now())

    def issue_token(self, name: str, scopes: frozenset[Scope], *, by: str, days: float = _TOKEN_DAYS) -> str:
        """Return a new access token of a user.

        Raises:
            UsageError: there is no such user; the role does not have a scope.
        """
        now, secret = self._context.now(), new_secret()
        with self._context.database.write() as session:
            user = Users(session).named(name)
            if user is None or user.disabled is not None:
                raise UsageError(message("user-unknown", name=name))
            beyond = sorted(scope.value for scope in scopes - ROLE_SCOPES[Role(user.role)])
            if beyond or not scopes:
                raise UsageError(message("role-lacks-scope", role=user.role, scopes=[*beyond]))
            token = Users(session).add_token(user, secret_hash(secret), scopes, now, now + timedelta(days=days))
            AuditLog(session).append(now, by, "token.create", token.id, user=user.id, scopes=token.scopes)
        return secret


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise UsageError(message("user-name-odd"))
    return name
