"""Sentences, figures and dates in the language of the reader, from gettext catalogues.

A catalogue is the set of files ``catalogues/LANGUAGE/*.po``. Two kinds of entry stand in them:

- Messages: context ``message``, ``msgid`` is the id. English has a catalogue for these too.
- Words of pages and policies: ``msgid`` is the English wording, as gettext has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from babel.core import Locale
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from spoils.messages.message import VERBATIM_ID, Message, MessageValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MESSAGE_CONTEXT", "Language", "Translator", "translator_for"]

MESSAGE_CONTEXT = "message"

_LONGEST_IN_FULL = 10**15
"""Numbers from here on are written with a power of ten: no quantity of a patient is so large, but input may be."""


class Language(StrEnum):
    """The languages of reports; English is the one that sentences are written in."""

    ENGLISH = "en"
    GERMAN = "de"
    HINDI = "hi"


class _LocalFormatter(Formatter):
    """Fills the places of a template: numbers as the language writes them, messages in its words.

    Specifications: ``.2f`` and ``.0%`` for numbers; ``and``, ``or`` and ``;`` for lists. Without one, lists are joined
    by commas.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - a message value, as Formatter has it
        return self._translator.write(value, format_spec)


@dataclass(frozen=True, eq=False)
class Translator:
    """Words and figures of one language; safe to share between threads."""

    language: Language
    catalogue: Catalog

    def render(self, message: Message) -> str:
        """Return the sentence of a message in this language.

        The value called ``count`` selects between singular and plural where the catalogue has both.

        Raises:
            KeyError: no catalogue has the id, or a value is missing.

        >>> from spoils.messages.message import message
        >>> translator_for(Language.GERMAN).render(message("levels-missing", levels=["L1", "L2"]))
        'Nicht gefunden: L1, L2.'
        """
        if message.id == VERBATIM_ID:
            return self.gettext(str(message.values["text"]))
        return _LocalFormatter(self).vformat(self._template(message), (), message.values)

    def gettext(self, words: str, /, *, context: str | None = None, **values: object) -> str:
        """Return ``words`` translated, with ``values`` in the places that have their names in braces.

        Words that the catalogue lacks, such as those of a site's own policy, stay as they are. ``context`` tells apart
        equal words that are translated differently.

        >>> translator_for(Language.ENGLISH).gettext("{count} discs", count=6)
        '6 discs'
        """
        found = self.catalogue.get(words, context)
        translated = str(found.string) if found is not None and found.string and not found.fuzzy else words
        return translated.format(**values) if values else translated

    def text(self, english: str, wording: Message | None) -> str:
        """Return a sentence of a result: from its message, or as it was written.

        A result has no message for a sentence from outside, and one that this version can't render where another
        program wrote it.
        """
        try:
            return english if wording is None else self.render(wording)
        except (LookupError, RecursionError):
            return english

    def texts(self, english: Sequence[str], wordings: Sequence[Message]) -> list[str]:
        """Return sentences of a result: from their messages, or as they were written; see ``text``."""
        try:
            return [self.render(wording) for wording in wordings] if wordings else list(english)
        except (LookupError, RecursionError):
            return list(english)

    def write(self, value: MessageValue, specification: str = "") -> str:
        """Write one value of a message; see ``_LocalFormatter`` for the specifications."""
        if isinstance(value, Message):
            return self.render(value)
        if isinstance(value, list):
            return self._listed([self.write(one) for one in value], specification)
        if isinstance(value, str):
            return value
        if specification.endswith("%"):
            space = "\N{NO-BREAK SPACE}" if self.language is Language.GERMAN else ""
            return f"{self.number(100 * value, int(specification[1:-1]))}{space}%"
        if specification.endswith("f"):
            return self.number(value, int(specification[1:-1]))
        return self._decimal(value, "0.####")

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with so many decimals, as the language separates them.

        >>> translator_for(Language.GERMAN).number(0.3149, 2)
        '0,31'
        """
        return self._decimal(value, "0." + "0" * decimals if decimals else "0")

    def day(self, day: date) -> str:
        """Write a date in full, so that day and month can't be mistaken for each other.

        >>> translator_for(Language.GERMAN).day(date(2026, 3, 4))
        '4. März 2026'
        """
        from babel.dates import format_date  # noqa: PLC0415 - slow to import, and few sentences have a date

        return format_date(day, format="long", locale=self.language.value)

    def _decimal(self, value: float, pattern: str) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415 - slow to import; an error sentence seldom needs it

        if abs(value) >= _LONGEST_IN_FULL:
            return f"{Decimal(value).normalize(Context(prec=6)):g}"
        return format_decimal(value, format=pattern, locale=self.language.value, decimal_quantization=True)

    def _listed(self, items: Sequence[str], style: str) -> str:
        if style in {"", ";"}:
            return f"{style or ','} ".join(items)
        styles: Mapping[str, Literal["standard", "or"]] = {"and": "standard", "or": "or"}
        return format_list(items, style=styles[style], locale=self.language.value)

    def _template(self, message: Message) -> str:
        found = self.catalogue.get(message.id, MESSAGE_CONTEXT)
        if found is None or not found.string or found.fuzzy:
            if self.language is Language.ENGLISH:
                raise KeyError(message.id)
            return translator_for(Language.ENGLISH)._template(message)  # noqa: SLF001 - another of this class
        if isinstance(found.string, str):
            return found.string
        count = message.values["count"]
        form = Locale.parse(self.language.value).plural_form(count if isinstance(count, int | float) else 1)
        return found.string[0 if form == "one" else 1]


@cache
def translator_for(language: Language = Language.ENGLISH) -> Translator:
    """Return the translator of a language; its catalogues are read once.

    >>> translator_for(Language.ENGLISH).gettext("Suggestion")
    'Suggestion'
    """
    catalogue = Catalog(locale=language.value)
    for file in sorted((resources.files("spoils.messages") / "catalogues" / language.value).iterdir(), key=str):
        if file.name.endswith(".po"):
            with file.open("rb") as opened:
                for entry in read_po(opened, locale=language.value, ignore_obsolete=True):
                    if entry.id:
                        catalogue[entry.id] = entry
    return Translator(language, catalogue)
