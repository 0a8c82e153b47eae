"""English sentences that other rooms put into an assessment, in the language of the reader.

Reading, segmentation and measurement speak English, with figures in their sentences; programs rely on that. Here the
known ones are recognised again. What is not known stays English: a wrong sentence would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from spoils.anatomy import BODIES, DISCS
from spoils.findings import Flag
from spoils.messages import Language, Translator

__all__ = ["GROUPS", "REASONS", "flag_words", "group_words", "reason_words"]

_NUMBER = re.compile(r"\d+")
_LEVELS = re.compile("|".join(map(re.escape, sorted((*BODIES, *DISCS), key=len, reverse=True))))

REASONS: tuple[str, ...] = (
    "no CSF is outlined on slice {slice}",
    "the canal is not outlined on slice {slice}",
    "the canal does not reach {level} on slice {slice}",
    "{level} is not outlined on slice {slice}",
    "{level} is not outlined",
    "{level} goes on beyond the slices",
    "{level} holds too few pixels",
    "the border of the image cuts {level}",
    "one slice holds no volume",
    "no image was given",
    "not found on the image",
    "Not part of this assessment.",
)
"""Why something was not measured, the closer form before the looser one."""

GROUPS: tuple[str, ...] = (
    "{count} patients with back pain",
    "{count} women with back pain",
    "{count} men with back pain",
)
"""Who the others are that a measurement is placed among."""


def flag_words(flag: Flag, translator: Translator, besides: str = "") -> str:
    """Return what a flag says: its own words in English, else a sentence for its code with the levels it names.

    Where a flag stands beside a level, that one (``besides``) is not named again.

    >>> from spoils.messages import translator_for
    >>> flag_words(Flag(code="levels-missing", message="Not found: L1."), translator_for())
    'Not found: L1.'
    """
    if translator.language is Language.ENGLISH or translator.catalogue.get(flag.code, "flag") is None:
        return flag.message
    levels = ", ".join(level for level in dict.fromkeys(_LEVELS.findall(flag.message)) if level != besides)
    sentence = translator.gettext(flag.code, context="flag")
    return f"{levels}: {sentence}" if levels else sentence


def reason_words(reason: str, translator: Translator) -> str:
    """Return why something was not measured.

    >>> from spoils.messages import translator_for
    >>> reason_words("the border of the image cuts L5", translator_for())
    'the border of the image cuts L5'
    """
    return _translated(reason, REASONS, translator)


def group_words(groups: Iterable[str], translator: Translator) -> str:
    """Return who the cohort is, without the healthy ones; groups that differ in their numbers alone are told once.

    >>> from spoils.messages import translator_for
    >>> group_words(["159 men with back pain", "171 men with back pain; z from 60 of them"], translator_for())
    '159-171 men with back pain'
    """
    alike: dict[str, list[list[int]]] = {}
    for group in (words.split(";")[0] for words in groups):
        alike.setdefault(_NUMBER.sub("{}", group), []).append([int(number) for number in _NUMBER.findall(group)])
    told = [words.format(*(_range(numbers) for numbers in zip(*rows, strict=True))) for words, rows in alike.items()]
    return " / ".join(_translated(words, GROUPS, translator) for words in told)


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}-{high}"


def _translated(words: str, templates: tuple[str, ...], translator: Translator) -> str:
    """Replace ``words``, and in them what fills a place, by the translation of the template that they follow."""
    core = words.strip()
    for template in templates:
        if found := _pattern(template).fullmatch(core):
            values = {name: _translated(value, templates, translator) for name, value in found.groupdict().items()}
            return words.replace(core, translator.gettext(template, **values))
    return words


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Turn a template such as ``{count} slices`` into the pattern of the sentences made from it."""
    literal = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(literal))
    )
