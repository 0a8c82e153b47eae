"""A message as data: an id with values, put into words only where a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Message", "MessageValue", "message", "verbatim"]

VERBATIM_ID = "verbatim"
"""Id of a message whose only value, ``text``, is a sentence from outside, such as one of a site's own policy."""


@dataclass(frozen=True)
class Message:
    """What is to be said: the ``id`` of a sentence in the message catalogues, and the values that fill its places.

    ``str()`` gives the English sentence; ``Translator.render`` gives it in any language. A value may be a message
    itself, or a list of values.

    >>> str(message("levels-missing", levels=["L1", "L2"]))
    'Not found: L1, L2.'
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - read by pydantic, not a field

    id: str
    values: Mapping[str, MessageValue] = field(default_factory=dict)

    def __str__(self) -> str:
        # Catalogues are read only when a sentence is needed.
        from spoils.messages.translator import translator_for  # noqa: PLC0415

        return translator_for().render(self)


MessageValue = str | int | float | Message | list[str | int | float | Message]


def message(id: str, /, **values: MessageValue) -> Message:  # noqa: A002 - the field's own name
    """Return the message with this id and these values."""
    return Message(id, values)


def verbatim(text: str) -> Message:
    """Return the message for a sentence that has no id: it is translated as a whole where a catalogue knows it."""
    return Message(VERBATIM_ID, {"text": text})
