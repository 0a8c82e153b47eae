"""DICOM headers as plain values: one ``DicomFrame`` per image, of single-frame and enhanced multi-frame objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable
from spoils.io.dicom_objects import DAMAGED_DICOM, DicomObject, read_header
from spoils.io.library_warnings import warnings_logged
from spoils.messages import message

__all__ = ["DicomFrame", "SequenceParameters", "read_frames"]

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_TAGS = [
    "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "ImageType", "InstanceNumber",
    "SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName", "BodyPartExamined",
    "ScanningSequence", "ScanOptions", "EchoPulseSequence", "InversionRecovery", "SpectrallySelectedSuppression",
    "EchoTime", "EffectiveEchoTime", "RepetitionTime", "InversionTime", "InversionTimes",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation",
    "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "ImagePositionPatient", "ImageOrientationPatient",
    "RescaleSlope", "RescaleIntercept", _SHARED, _PER_FRAME,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """How an image was acquired, as far as its header says.

    ``kinds`` are DICOM terms such as SE, GR and IR. ``words`` are the lower-case words of its descriptions, used for
    recognition only and never shown.
    """

    echo_time_ms: float | None
    repetition_time_ms: float | None
    inversion_time_ms: float | None
    kinds: frozenset[str]
    options: frozenset[str]
    image_type: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class DicomFrame:
    """One image: the object that stores it, where it lies (LPS, mm) and what its stored values mean.

    ``index`` is the frame of the object, from 0.
    ``orientation`` holds the direction along a row, then along a column. ``spacing_mm`` is (row, column);
    ``slice_mm`` is the spacing between slices that the header claims. What a header lacks is None.
    """

    source: DicomObject
    index: int
    instance: tuple[int, str]
    series_uid: str
    series_number: int | None
    modality: str
    shape: tuple[int, int]
    position_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing_mm: tuple[float, ...] | None
    slice_mm: float | None
    slope: float
    intercept: float
    photometric: str
    acquisition: SequenceParameters


def read_frames(source: DicomObject) -> tuple[DicomFrame, ...]:
    """Read the header of a DICOM object and describe its frames; an object without an image has none.

    Raises:
        InputUnreadable: the header is damaged.
    """
    try:
        with warnings_logged():
            header = read_header(source, _TAGS)
            if "SeriesInstanceUID" not in header:
                raise InputUnreadable(message("dicom-without-series"))
            if "Rows" not in header or "Columns" not in header:
                return ()
            return tuple(_frame(source, index, flat) for index, flat in enumerate(_flattened(header)))
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-damaged")) from error


def _flattened(header: Dataset) -> Iterator[Dataset]:
    """Yield one dataset per frame, with the functional groups that apply to it lifted to the top level."""
    if _PER_FRAME not in header:
        yield header
        return
    shared = header.get(_SHARED) or [Dataset()]
    for own in header[_PER_FRAME].value:
        flat = Dataset()
        flat.update({e.tag: e for e in header if e.keyword not in (_SHARED, _PER_FRAME)})
        for group in chain(shared[0], own):
            if group.VR == "SQ" and group.value:
                flat.update({element.tag: element for element in group.value[0]})
        yield flat


def _frame(source: DicomObject, index: int, flat: Dataset) -> DicomFrame:
    number = flat.get("InstanceNumber")
    series_number = flat.get("SeriesNumber")
    slope, intercept = _number(flat, "RescaleSlope"), _number(flat, "RescaleIntercept")
    return DicomFrame(
        source=source,
        index=index,
        instance=(0 if number is None else int(number), str(flat.get("SOPInstanceUID", ""))),
        series_uid=str(flat.SeriesInstanceUID),
        series_number=None if series_number is None else int(series_number),
        modality=str(flat.get("Modality", "")).upper(),
        shape=(int(flat.Rows), int(flat.Columns)),
        position_mm=_numbers(flat, "ImagePositionPatient", 3),
        orientation=_orientation(flat),
        spacing_mm=_positive(_numbers(flat, "PixelSpacing", 2)),
        slice_mm=_slice_spacing(flat),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        photometric=str(flat.get("PhotometricInterpretation", "MONOCHROME2")),
        acquisition=_acquisition(flat),
    )


def _acquisition(flat: Dataset) -> SequenceParameters:
    kinds = set(_terms(flat, "ScanningSequence"))
    pulse = str(flat.get("EchoPulseSequence", ""))
    kinds |= {"SPIN": {"SE"}, "GRADIENT": {"GR"}, "BOTH": {"SE", "GR"}}.get(pulse, set())
    if flat.get("InversionRecovery") == "YES":
        kinds.add("IR")
    options = set(_terms(flat, "ScanOptions"))
    if "FAT" in str(flat.get("SpectrallySelectedSuppression", "")):
        options.add("FS")
    texts = ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName", "BodyPartExamined")
    return SequenceParameters(
        echo_time_ms=_first(flat, "EffectiveEchoTime", "EchoTime"),
        repetition_time_ms=_number(flat, "RepetitionTime"),
        inversion_time_ms=_first(flat, "InversionTimes", "InversionTime"),
        kinds=frozenset(kinds),
        options=frozenset(options),
        image_type=_terms(flat, "ImageType"),
        words=frozenset(chain.from_iterable(_words(str(flat.get(name, "") or "")) for name in texts)),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _terms(flat: Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(str(term).strip().upper() for term in _values(flat, keyword) if str(term).strip())


def _values(flat: Dataset, keyword: str) -> list[Any]:
    value = flat.get(keyword)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str | int | float) else list(value)


def _numbers(flat: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    numbers = tuple(float(value) for value in _values(flat, keyword))
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _number(flat: Dataset, keyword: str) -> float | None:
    values = _values(flat, keyword)
    return float(values[0]) if values and np.isfinite(float(values[0])) else None


def _first(flat: Dataset, *keywords: str) -> float | None:
    numbers = (_number(flat, keyword) for keyword in keywords)
    return next((number for number in numbers if number is not None), None)


def _positive(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return numbers if numbers is not None and min(numbers) > 0 else None


def _slice_spacing(flat: Dataset) -> float | None:
    claims = (_number(flat, "SpacingBetweenSlices"), _number(flat, "SliceThickness"))
    return next((abs(claim) for claim in claims if claim), None)


def _orientation(flat: Dataset) -> tuple[float, ...] | None:
    """Return the row and column directions, made exactly perpendicular unit vectors; None where there is no plane."""
    given = _numbers(flat, "ImageOrientationPatient", 6)
    if given is None:
        return None
    along_row, along_column = np.array(given).reshape(2, 3)
    normal = np.cross(along_row, along_column)
    if np.linalg.norm(normal) < 0.9:
        return None
    along_row = along_row / np.linalg.norm(along_row)
    along_column = np.cross(normal / np.linalg.norm(normal), along_row)
    return (*along_row.tolist(), *along_column.tolist())
