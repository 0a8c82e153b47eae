"""Users, their sign-ins and tokens. Secrets are kept as hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from spoils.errors import UsageError
from spoils.messages import message
from spoils.service.db.models import OneTimeLink, Token, User
from spoils.service.db.models import Session as SignIn
from spoils.service.viewer import Role, Scope, Viewer

__all__ = ["Users"]


class Users:
    """Who may sign in, and who is signed in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def any(self) -> bool:
        """Say whether there is any user."""
        return self._session.scalar(select(func.count()).select_from(User)) != 0

    def all(self) -> list[User]:
        """Return all users by name."""
        return list(self._session.scalars(select(User).order_by(User.name)))

    def add(self, name: str, role: Role, password_hash: str | None, now: datetime) -> User:
        """Add a user.

        Raises:
            UsageError: there is a user of this name.
        """
        if self.named(name) is not None:
            raise UsageError(message("user-known", name=name))
        user = User(name=name, role=role.value, password_hash=password_hash, created=now)
        self._session.add(user)
        self._session.flush()
        return user

    def named(self, name: str) -> User | None:
        """Return the user of a name; None if there is none."""
        return self._session.scalar(select(User).where(User.name == name))

    def by_id(self, user_id: str) -> User | None:
        """Return a user; None if there is none."""
        return self._session.get(User, user_id)

    def set_password(self, user: User, password_hash: str) -> None:
        """Change a password; all sign-ins of the user end."""
        user.password_hash = password_hash
        self._session.execute(delete(SignIn).where(SignIn.user_id == user.id))

    def disable(self, user: User, now: datetime) -> None:
        """End all access of a user."""
        user.disabled = now
        self._session.execute(delete(SignIn).where(SignIn.user_id == user.id))
        self._session.execute(update(Token).where(Token.user_id == user.id).values(revoked=now))

    def add_sign_in(self, user: User, secret_hash: str, csrf: str, now: datetime, expires: datetime) -> None:
        """Keep a sign-in, and remove those that have ended."""
        self._session.execute(delete(SignIn).where(SignIn.expires <= now))
        self._session.add(SignIn(hash=secret_hash, user_id=user.id, csrf=csrf, created=now, expires=expires))

    def signed_in(self, secret_hash: str, now: datetime) -> tuple[Viewer, str] | None:
        """Return the viewer of a sign-in and its CSRF token; None if it ended or there is none."""
        row = self._session.execute(
            select(User, SignIn.csrf)
            .join(SignIn, SignIn.user_id == User.id)
            .where(SignIn.hash == secret_hash, SignIn.expires > now, User.disabled.is_(None))
        ).first()
        return None if row is None else (Viewer.of(row[0].id, row[0].name, Role(row[0].role)), row[1])

    def end_sign_in(self, secret_hash: str) -> None:
        """End a sign-in."""
        self._session.execute(delete(SignIn).where(SignIn.hash == secret_hash))

    def add_token(
        self, user: User, secret_hash: str, scopes: frozenset[Scope], now: datetime, expires: datetime | None
    ) -> Token:
        """Keep a token."""
        names = sorted(scope.value for scope in scopes)
        token = Token(user_id=user.id, hash=secret_hash, scopes=names, created=now, expires=expires)
        self._session.add(token)
        self._session.flush()
        return token

    def of_token(self, secret_hash: str, now: datetime) -> Viewer | None:
        """Return the viewer of a token; None if it has expired or was revoked, or there is none."""
        row = self._session.execute(
            select(User, Token)
            .join(Token, Token.user_id == User.id)
            .where(Token.hash == secret_hash, Token.revoked.is_(None), User.disabled.is_(None))
        ).first()
        if row is None or (row[1].expires is not None and row[1].expires <= now):
            return None
        user, token = row
        return Viewer.of(user.id, user.name, Role(user.role), frozenset(Scope(name) for name in token.scopes))

    def add_link(self, secret_hash: str, purpose: str, now: datetime, expires: datetime) -> None:
        """Keep a link that works once; earlier ones of the same purpose end."""
        self._session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == purpose))
        self._session.add(OneTimeLink(hash=secret_hash, purpose=purpose, created=now, expires=expires))

    def has_link(self, secret_hash: str, purpose: str, now: datetime) -> bool:
        """Say whether a link still works."""
        link = self._session.get(OneTimeLink, secret_hash)
        return link is not None and link.purpose == purpose and link.expires > now

    def use_link(self, secret_hash: str) -> None:
        """Let a link end."""
        self._session.execute(delete(OneTimeLink).where(OneTimeLink.hash == secret_hash))
