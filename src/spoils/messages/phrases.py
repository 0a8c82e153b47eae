"""Sentences and figures in the language of the reader, from gettext catalogues (``catalogues/LANGUAGE.po``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

__all__ = ["Language", "Phrases", "phrases_in"]


class Language(StrEnum):
    """The languages of reports; English is the one that sentences are written in."""

    ENGLISH = "en"
    GERMAN = "de"
    HINDI = "hi"


@dataclass(frozen=True, eq=False)
class Phrases:
    """Speaks one language."""

    language: Language
    catalogue: Catalog

    def say(self, words: str, /, *, context: str | None = None, **values: object) -> str:
        """Return ``words`` translated, with ``values`` put in where they stand in braces.

        Words that the catalogue lacks, such as those of a site's own policy, stay as they are. ``context`` tells apart
        equal words that are translated differently.

        >>> phrases_in(Language.ENGLISH).say("{count} discs", count=6)
        '6 discs'
        """
        message = self.catalogue.get(words, context)
        translated = str(message.string) if message is not None and message.string and not message.fuzzy else words
        return translated.format(**values) if values else translated

    def knows(self, words: str, *, context: str | None = None) -> bool:
        """Say whether the catalogue translates ``words``."""
        message = self.catalogue.get(words, context)
        return message is not None and bool(message.string)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with so many decimals, as the language separates them.

        >>> phrases_in(Language.GERMAN).number(0.3149, 2)
        '0,31'
        """
        pattern = "0." + "0" * decimals if decimals else "0"
        return format_decimal(value, format=pattern, locale=self.language.value, decimal_quantization=True)

    def day(self, day: date) -> str:
        """Write a date in full, so that day and month can't be mistaken for each other.

        >>> phrases_in(Language.GERMAN).day(date(2026, 3, 4))
        '4. März 2026'
        """
        return format_date(day, format="long", locale=self.language.value)


@cache
def phrases_in(language: Language = Language.ENGLISH) -> Phrases:
    """Return the phrases of a language, read once.

    >>> phrases_in(Language.ENGLISH).say("Suggestion")
    'Suggestion'
    """
    if language is Language.ENGLISH:
        return Phrases(language, Catalog(locale=language.value))
    text = resources.files("spoils.messages") / "catalogues" / f"{language.value}.po"
    with text.open("rb") as file:
        return Phrases(language, read_po(file, locale=language.value, ignore_obsolete=True))
