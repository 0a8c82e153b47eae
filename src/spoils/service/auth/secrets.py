"""Secrets of cookies, tokens and links: random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["new_secret", "secret_hash"]


def new_secret() -> str:
    """Return a new secret of 256 random bits, in letters that a URL may hold."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Return the hash by which a secret is kept. A fast hash is enough: a random secret can't be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
