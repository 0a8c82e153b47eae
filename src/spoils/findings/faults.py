"""Where a file departs from its schema, in words that fit into a sentence."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

__all__ = ["place_of", "quoted"]

_LONGEST: Final = 80
"""Characters of a file that a sentence quotes at most."""


def quoted(value: Any) -> str:  # noqa: ANN401 - any part of a JSON document
    r"""Return a value of a file as it may stand in a sentence: printable and short.

    >>> quoted("1.4\x1b[31m\n"), len(quoted("9" * 5000))
    ('1.4[31m', 80)
    """
    text = "".join(character for character in str(value) if character.isprintable())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def place_of(error: ValidationError) -> str:
    """Return the place of the first fault, such as ``discs.0.level``; the whole file is ``$``, as in JSONPath."""
    return quoted(".".join(str(part) for part in error.errors()[0]["loc"])) or "$"
