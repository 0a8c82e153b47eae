"""De-identified copies of a DICOM study or file, a NIfTI volume or a PNG image: all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset

from spoils.errors import InputMissing, InputUnreadable, SpoilsError, UnsuitableInput
from spoils.files import staged_folder
from spoils.io.checks import require_size
from spoils.io.deidentify.burned_in import holds_text
from spoils.io.deidentify.image_files import IMAGE_SUFFIXES, copy_image
from spoils.io.deidentify.phi_check import Identity, identity_of
from spoils.io.deidentify.profile import Cleaning, cleaned
from spoils.io.deidentify.sop_classes import exclusion_reason
from spoils.io.dicom_objects import DAMAGED_DICOM, is_dicom, read_file
from spoils.io.dicom_pixels import decode_frame
from spoils.io.inputs import FileSource
from spoils.io.library_warnings import warnings_logged
from spoils.io.limits import DEFAULT_MAX_PIXELS
from spoils.messages import message

__all__ = ["Deidentification", "Deidentified", "write_deidentified"]

DAMAGED = "left-out-damaged"
NOT_DICOM = "left-out-not-dicom"
TEXT_IN_PIXELS = "left-out-text-in-pixels"
PIXELS_UNREADABLE = "left-out-pixels-unreadable"


@dataclass(frozen=True)
class Deidentification:
    """How to de-identify. ``pixels_checked`` says that a person looked at the pixels and found no text in them."""

    cleaning: Cleaning
    pixels_checked: bool = False


@dataclass(frozen=True)
class Deidentified:
    """What was written, and how many files were left out for which reason (the id of its message)."""

    files: int
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass
class _Survey:
    """Result of the first pass: files to clean, reasons for leaving others out, and the identity to search for."""

    accepted: dict[Path, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    with_text: set[str] = field(default_factory=set)
    identity: Identity = field(default_factory=Identity)


def write_deidentified(source: Path, out: Path, how: Deidentification) -> Deidentified:
    """Write cleaned copies of ``source`` into the new folder ``out``, then search each copy for identity.

    DICOM files are named by their new UIDs: study / series / instance.

    Raises:
        InputUnreadable: the input is missing, damaged or of no known format.
        UnsuitableInput: nothing of the input can be de-identified.
        UsageError: the folder is not empty or can't be written.
        SpoilsError: something of the identity was found in a copy; nothing is kept.
    """
    if source.is_file() and source.name.lower().endswith(IMAGE_SUFFIXES):
        with staged_folder(out) as draft:
            copy_image(source, draft, how.cleaning.pseudonyms, pixels_checked=how.pixels_checked)
        return Deidentified(1)
    with warnings_logged():
        survey = _survey_files(source, how)
        if not survey.accepted:
            reasons = [message(reason) for reason in survey.left_out or (NOT_DICOM,)]
            nothing_left = message("deidentify-nothing-left", reasons=[*reasons])
            if survey.left_out.keys() == {DAMAGED}:
                raise InputUnreadable(nothing_left)
            raise UnsuitableInput(nothing_left)
        with staged_folder(out) as draft:
            for path in survey.accepted:
                _write_copy(path, how.cleaning, draft)
            _require_no_identity(draft, survey.identity)
    return Deidentified(len(survey.accepted), dict(survey.left_out))


def _survey_files(source: Path, how: Deidentification) -> _Survey:
    survey = _Survey()
    for path in _files(source):
        if not is_dicom(FileSource(path)):
            survey.left_out[NOT_DICOM] += 1
            continue
        try:
            _survey_file(path, survey, how)
        except (InputUnreadable, *DAMAGED_DICOM):
            survey.left_out[DAMAGED] += 1
    for path, series in list(survey.accepted.items()):
        if series in survey.with_text:
            del survey.accepted[path]
            survey.left_out[TEXT_IN_PIXELS] += 1
    return survey


def _survey_file(path: Path, survey: _Survey, how: Deidentification) -> None:
    dataset = read_file(FileSource(path))
    survey.identity |= identity_of(dataset)
    reason = exclusion_reason(dataset)
    if reason is None and not how.pixels_checked:
        try:
            text = _text_in_pixels(dataset)
        except (InputUnreadable, UnsuitableInput, *DAMAGED_DICOM):
            reason = PIXELS_UNREADABLE
        else:
            survey.with_text |= {str(dataset.SeriesInstanceUID)} if text else set()
    if reason is None:
        survey.accepted[path] = str(dataset.SeriesInstanceUID)
    else:
        survey.left_out[reason] += 1


def _text_in_pixels(dataset: Dataset) -> bool:
    count = int(dataset.get("NumberOfFrames") or 1)
    require_size(int(dataset.Rows), int(dataset.Columns), 1, DEFAULT_MAX_PIXELS)
    return any(holds_text(decode_frame(dataset, index)) for index in range(count))


def _files(source: Path) -> Iterator[Path]:
    """Yield the file, or all of a folder but hidden ones and the index DICOMDIR, in a fixed order.

    Raises:
        InputMissing: there is no such file or folder.
    """
    if source.is_file():
        yield source
    elif source.is_dir():
        for path in sorted(source.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
            if path.is_file() and not hidden and path.name.upper() != "DICOMDIR":
                yield path
    else:
        raise InputMissing


def _write_copy(path: Path, how: Cleaning, folder: Path) -> None:
    """Write the cleaned copy of one file.

    Raises:
        InputUnreadable: it lacks an identifier, or a value can't be copied.
    """
    try:
        image = cleaned(read_file(FileSource(path)), how)
        series = folder / str(image.StudyInstanceUID) / str(image.SeriesInstanceUID)
        series.mkdir(parents=True, exist_ok=True)
        image.save_as(series / f"{image.SOPInstanceUID}.dcm", enforce_file_format=True, overwrite=False)
    except FileExistsError as error:
        raise InputUnreadable(message("deidentify-same-image")) from error
    except OSError:
        raise
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("deidentify-not-copied")) from error


def _require_no_identity(folder: Path, identity: Identity) -> None:
    """Read everything that was written again.

    Raises:
        SpoilsError: a copy holds a value of the originals' identity.
    """
    for path in (path for path in folder.rglob("*") if path.is_file()):
        if identity.is_in_dicom(path) or identity.is_in_name(path.relative_to(folder)):
            raise SpoilsError(message("deidentify-identity-found"))
