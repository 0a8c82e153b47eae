"""Series of a study, tried one after the other until one can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spoils.errors import InputUnreadable, SpoilsError, UnsuitableInput
from spoils.images import Note
from spoils.io.limits import MAX_SERIES_TRIED
from spoils.io.source import Candidate, PassedOver, SourceSeries
from spoils.messages import message

__all__ = ["first_series", "next_series"]


def first_series(candidates: Sequence[Candidate]) -> SourceSeries:
    """Read the first of some candidates that can be read.

    Raises:
        InputUnreadable: no candidate can be read.
        UnsuitableInput: some can be read, but none is suited.
    """
    return _read_one(candidates, (), None)


def next_series(source: SourceSeries, error: UnsuitableInput) -> SourceSeries:
    """Read the next series of a study, after one proved unsuited by its content.

    Args:
        source: the series that was tried.
        error: why it is unsuited.

    Returns:
        The next series of the study. Its source line and its notes say what was passed over and why.

    Raises:
        UnsuitableInput: there is none, or enough were tried. It is ``error`` itself where ``source`` was the only one.
    """
    return _read_one(source.others, (*source.passed_over, PassedOver(source.name, error.message)), error)


def _read_one(
    candidates: Sequence[Candidate], passed_over: tuple[PassedOver, ...], error: SpoilsError | None
) -> SourceSeries:
    for place, candidate in enumerate(candidates):
        if len(passed_over) >= MAX_SERIES_TRIED:
            break
        try:
            found = candidate.read()
        except (InputUnreadable, UnsuitableInput) as raised:
            error = raised if not isinstance(error, UnsuitableInput) else error
            passed_over = (*passed_over, PassedOver(candidate.name, raised.message))
            continue
        return _with_history(replace(found, others=tuple(candidates[place + 1 :]), passed_over=passed_over))
    if error is None:
        raise InputUnreadable(message("dicom-without-image"))
    if len(passed_over) == 1:
        raise error
    tried = [message("series-refused", series=one.name, why=one.why) for one in passed_over]
    raise type(error)(message("no-series-suited", tried=[*tried]))


def _with_history(source: SourceSeries) -> SourceSeries:
    """Let source line and notes say what was passed over."""
    if not source.passed_over:
        return source
    notes = tuple(
        Note("series-passed-over", message("series-passed-over", series=one.name, why=one.why))
        for one in source.passed_over
    )
    tried = [one.name for one in source.passed_over]
    line = message("dicom-source-tried", source=source.source, tried=[*tried])
    return replace(source, source=line, notes=notes + source.notes)
