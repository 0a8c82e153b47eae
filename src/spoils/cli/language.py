"""The language of what is written for people, shared by the commands that write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from spoils.messages import Language

__all__ = ["LanguageOption", "language_of"]

LanguageOption = Annotated[
    Literal["en", "de", "hi"], typer.Option("--language", help="Language of report and reasons.")
]


def language_of(option: str) -> Language:
    """Return the language that the option names."""
    from spoils.messages import Language

    return Language(option)
