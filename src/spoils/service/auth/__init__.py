"""Passwords, secrets, sign-in and tokens."""

from spoils.service.auth.accounts import Accounts, SignedIn
from spoils.service.auth.secrets import new_secret, secret_hash

__all__ = ["Accounts", "SignedIn", "new_secret", "secret_hash"]
