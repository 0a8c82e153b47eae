"""Whose images they are: patients and studies of an input are told apart, so that they are never mixed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from spoils.errors import UnsuitableInput, UsageError
from spoils.images import Note
from spoils.messages import message

if TYPE_CHECKING:
    from spoils.io.dicom_headers import DicomFrame

__all__ = ["OWNER_TAGS", "Owner", "Selection", "choose_study", "owner_of"]

OWNER_TAGS = (
    "PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID", "StudyDate", "StudyTime", "SeriesDate",
    "AcquisitionDate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """Patient and study of an image, as written in a form that can be compared; what is not given is empty."""

    patient_id: str = ""
    name: str = ""
    born: str = ""
    study_uid: str = ""
    day: str = ""
    time: str = ""


@dataclass(frozen=True)
class Selection:
    """What the user picks of an input: a patient by ID or name, a study by UID or date, a series by UID."""

    patient: str | None = None
    study: str | None = None
    series_uid: str | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is picked."""
        return self.patient is None and self.study is None and self.series_uid is None


def owner_of(header: Dataset) -> Owner:
    """Return patient and study of a header."""
    day = next((text for key in ("StudyDate", "SeriesDate", "AcquisitionDate") if (text := _text(header, key))), "")
    return Owner(
        patient_id=_text(header, "PatientID").casefold(),
        name=_plain_name(_text(header, "PatientName")),
        born=_digits(_text(header, "PatientBirthDate")),
        study_uid=_text(header, "StudyInstanceUID"),
        day=_digits(day),
        time=_text(header, "StudyTime"),
    )


def choose_study(frames: Sequence[DicomFrame], selection: Selection) -> tuple[Sequence[DicomFrame], tuple[Note, ...]]:
    """Return the frames of one study of one patient, and a note where others were left out.

    Without a selection the newest study of a patient is taken.

    Raises:
        UsageError: no image is of the selected patient, study or series.
        UnsuitableInput: several patients or series with images of several, or studies of which the newest, or whose
            patient, is not known.
    """
    frames = _selected(frames, selection)
    patients = _patients({frame.owner for frame in frames})
    if patients > 1:
        _refuse_mixed_series(frames)
        raise UnsuitableInput(message("input-several-patients", count=patients))
    studies: dict[str, list[Owner]] = {}
    for owner in {frame.owner for frame in frames}:
        studies.setdefault(owner.study_uid, []).append(owner)
    if len(studies) < 2:
        return frames, ()
    newest = _newest(studies)
    kept = [frame for frame in frames if frame.owner.study_uid == newest]
    return kept, (Note("several-studies", message("newest-study-used", count=len(studies))),)


def _selected(frames: Sequence[DicomFrame], selection: Selection) -> Sequence[DicomFrame]:
    if selection.patient is not None:
        wanted, name = selection.patient.strip().casefold(), _plain_name(selection.patient)
        by_id = [frame for frame in frames if frame.owner.patient_id == wanted]
        frames = by_id or [frame for frame in frames if name and frame.owner.name == name]
        _require_any(frames, "patient-not-found")
    if selection.study is not None:
        study = selection.study.strip()
        day = _digits(study) if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", study) else None
        frames = [f for f in frames if f.owner.study_uid == study or (day is not None and f.owner.day == day)]
        _require_any(frames, "study-not-found")
    if selection.series_uid is not None:
        frames = [frame for frame in frames if frame.series_uid == selection.series_uid.strip()]
        _require_any(frames, "series-not-found")
    return frames


def _require_any(frames: Sequence[DicomFrame], id_: str) -> None:
    if not frames:
        raise UsageError(message(id_))


def _patients(owners: Iterable[Owner]) -> int:
    """Return how many patients the owners are; of a hostile input, not more than are needed to refuse it."""
    known: list[Owner] = []
    for owner in sorted(owners, key=lambda one: (not one.patient_id, one.patient_id, one.name, one.born)):
        if not any(_may_be_same(owner, other) for other in known):
            known.append(owner)
        if len(known) > _COUNTED_PATIENTS:
            break
    return len(known)


_COUNTED_PATIENTS = 99


def _may_be_same(one: Owner, other: Owner) -> bool:
    """Say whether nothing speaks against one patient. A name may change where ID and date of birth agree."""
    if _differ(one.patient_id, other.patient_id) or _differ(one.born, other.born):
        return False
    agree = bool(one.patient_id and other.patient_id and one.born and other.born)
    return agree or not _differ(one.name, other.name)


def _is_surely_same(one: Owner, other: Owner) -> bool:
    """Say whether two owners that may be one patient have the identity in common."""
    if one.patient_id and other.patient_id:
        return True
    return bool(one.name and other.name and one.born and other.born)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _refuse_mixed_series(frames: Sequence[DicomFrame]) -> None:
    """Refuse a single series whose slices carry several patients with a sentence of its own."""
    series: dict[str, set[Owner]] = {}
    for frame in frames:
        series.setdefault(frame.series_uid, set()).add(frame.owner)
    if any(_patients(owners) > 1 for owners in series.values()):
        raise UnsuitableInput(message("series-several-patients"))


def _newest(studies: dict[str, list[Owner]]) -> str:
    owners = [group[0] for group in studies.values()]
    if not all(_is_surely_same(owners[0], other) for other in owners[1:]):
        raise UnsuitableInput(message("input-studies-unnamed", count=len(studies)))
    times = {uid: max((owner.day, owner.time) for owner in group) for uid, group in studies.items()}
    ordered = sorted(times, key=lambda uid: times[uid])
    if not all(day for day, _ in times.values()) or times[ordered[-1]] == times[ordered[-2]]:
        raise UnsuitableInput(message("input-studies-undated", count=len(studies)))
    return ordered[-1]


def _text(header: Dataset, keyword: str) -> str:
    return str(header.get(keyword) or "").strip(" \0")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _plain_name(name: str) -> str:
    """Return a name without case, accents and punctuation.

    >>> _plain_name("M\u00fcller^Anna ") == _plain_name("MUELLER, ANNA") == _plain_name("Muller Anna")
    True
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    words = re.findall(r"\w+", letters)
    return " ".join(re.sub(r"([aou])e", r"\1", word) for word in words)
