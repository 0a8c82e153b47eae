"""Messages as data, and their words in the language of the reader."""

from spoils.messages.message import Message, MessageValue, message, verbatim
from spoils.messages.translator import Language, Translator, translator_for

__all__ = ["Language", "Message", "MessageValue", "Translator", "message", "translator_for", "verbatim"]
