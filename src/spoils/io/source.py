"""Result of reading: the canonical series, the layout of its input, the subject, and notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from pydicom.dataset import Dataset

from spoils.findings import Person, Sex
from spoils.images import Note, SagittalSeries
from spoils.messages import Message, message
from spoils.spatial import Grid

__all__ = ["Candidate", "PassedOver", "SourceLayout", "SourceSeries", "Subject"]


@dataclass(frozen=True, eq=False)
class SourceLayout:
    """How the array of the input lies, so that results can go back.

    ``grid`` is the input's own, in its own array order (slowest axis first). Transposing the input by ``order`` and
    then reversing the ``flipped`` axes gives the canonical array.
    """

    grid: Grid
    order: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)

    @property
    def canonical_grid(self) -> Grid:
        """The grid of the canonical array."""
        return self.grid.rearranged(self.order, self.flipped)


@dataclass(frozen=True)
class Subject:
    """Who was imaged, when and in which study; what the input does not give is empty or None."""

    person: Person = field(default_factory=Person)
    sex: Sex | None = None
    age_years: int | None = None
    acquired: date | None = None
    study_uid: str | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A series of a study that may be assessed: what it is called, and what reads it.

    ``read`` raises ``InputUnreadable`` or ``UnsuitableInput``; the result of each call is a new one.
    """

    name: Message
    series_uid: str
    read: Callable[[], SourceSeries]


@dataclass(frozen=True)
class PassedOver:
    """A series that was tried before and proved unsuited, and why."""

    name: Message
    why: Message


@dataclass(frozen=True, eq=False)
class SourceSeries:
    """A canonical sagittal series as it was read.

    ``source`` says in plain words what kind of input it was and why this series was chosen; it never holds a path or
    a name. ``dicom_headers`` has the header of each slice in canonical slice order, without pixel data, or the
    headers of multi-frame objects; it is empty when the input is not DICOM. Nothing may change these headers.
    ``dicom_frames`` is the frame of its object, from 0, that each slice is; ``dicom_objects`` says which of the headers
    is that of its object. ``instance_numbers`` has the number by which an archive shows each slice: its DICOM
    InstanceNumber, or within a multi-frame object the frame, from 1.

    ``name`` is what the series is called. ``others`` are further series of the study, the best first, that
    ``next_series`` reads where this one proves unsuited; ``passed_over`` are those that did so before.
    """

    series: SagittalSeries
    layout: SourceLayout
    modality: str
    series_uid: str | None
    source: Message
    notes: tuple[Note, ...] = ()
    dicom_headers: tuple[Dataset, ...] = ()
    dicom_frames: tuple[int, ...] = ()
    dicom_objects: tuple[int, ...] = ()
    subject: Subject = field(default_factory=Subject)
    instance_numbers: tuple[int | None, ...] = ()
    name: Message = field(default_factory=lambda: message("series-unnumbered"))
    others: tuple[Candidate, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
