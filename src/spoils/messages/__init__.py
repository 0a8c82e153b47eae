"""Messages as data, and their words in the language of the reader.

Translation is imported when it is first used: every error is a message, but few are ever put into words.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spoils.messages.message import Message, MessageValue, message, verbatim

if TYPE_CHECKING:
    from spoils.messages.translator import Language, Translator, translator_for

__all__ = ["Language", "Message", "MessageValue", "Translator", "message", "translator_for", "verbatim"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class or a function
    if name not in __all__:
        raise AttributeError(f"module 'spoils.messages' has no attribute {name!r}")
    return getattr(import_module("spoils.messages.translator"), name)
