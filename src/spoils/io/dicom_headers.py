"""DICOM headers as plain values: one ``DicomFrame`` per image, of single-frame and enhanced multi-frame objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from spoils.errors import InputUnreadable
from spoils.io.dicom_objects import DAMAGED_DICOM, DicomObject, read_header, sop_class_of
from spoils.io.dicom_owner import OWNER_TAGS, Owner, owner_of
from spoils.io.dicom_words import words_of
from spoils.io.library_warnings import warnings_logged
from spoils.messages import message

__all__ = ["DicomFrame", "SequenceParameters", "read_frames"]

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "ImageType", "InstanceNumber",
    "FrameType", "ComplexImageComponent", "AcquisitionNumber", "TemporalPositionIdentifier", "EchoNumbers",
    "DiffusionBValue", "EchoPlanarPulseSequence",
    "SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName", "BodyPartExamined",
    "ScanningSequence", "ScanOptions", "EchoPulseSequence", "InversionRecovery", "SpectrallySelectedSuppression",
    "EchoTime", "EffectiveEchoTime", "RepetitionTime", "InversionTime", "InversionTimes",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation",
    "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "ImagePositionPatient", "ImageOrientationPatient",
    "RescaleSlope", "RescaleIntercept", *OWNER_TAGS, _SHARED, _PER_FRAME,
]  # fmt: skip

_MODALITY_OF_CLASS: Final = (
    ("MR ", "MR"), ("CT ", "CT"), ("Computed Radiography", "CR"), ("Digital X-Ray", "DX"), ("Ultrasound", "US"),
    ("Positron", "PT"), ("Nuclear Medicine", "NM"), ("Angiographic", "XA"), ("Radiofluoroscopic", "RF"),
    ("Secondary Capture", "OT"),
)  # fmt: skip
"""What the name of a SOP class says of the modality."""


_SPLITTING: Final = ("TemporalPositionIdentifier", "AcquisitionNumber", "EchoNumbers")
"""What tells volumes of one series apart that lie in the same place."""


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """How an image was acquired, as far as its header says.

    ``kinds`` are DICOM terms such as SE, GR and IR. ``words`` are the lower-case words of its descriptions with their
    canonical terms, used for recognition only and never shown. ``component`` is MAGNITUDE, PHASE, REAL, IMAGINARY or
    empty. ``acquired`` holds the numbers of temporal position, acquisition and echo, None where there is none.
    """

    echo_time_ms: float | None
    repetition_time_ms: float | None
    inversion_time_ms: float | None
    kinds: frozenset[str]
    options: frozenset[str]
    image_type: tuple[str, ...]
    words: frozenset[str]
    component: str = ""
    is_diffusion: bool = False
    acquired: tuple[int | None, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class DicomFrame:
    """One image: the object that stores it, where it lies (LPS, mm) and what its stored values mean.

    ``index`` is the frame of the object, from 0.
    ``orientation`` holds the direction along a row, then along a column. ``spacing_mm`` is (row, column);
    ``slice_mm`` is the spacing between slices that the header claims, and ``gap_mm`` its SpacingBetweenSlices alone.
    ``modality_is_given`` says whether the header names the modality, rather than the class of the object alone.
    What a header lacks is None.
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
    owner: Owner = field(default_factory=Owner)
    modality_is_given: bool = True
    gap_mm: float | None = None


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
            owner, sop_class = owner_of(header), sop_class_of(header)
            return tuple(_frame(source, index, flat, owner, sop_class) for index, flat in enumerate(_flattened(header)))
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-damaged")) from error


def _flattened(header: Dataset) -> Iterator[Dataset]:
    """Yield one dataset per frame, with the functional groups that apply to it lifted to the top level."""
    if _PER_FRAME not in header:
        yield from _without_groups(header)
        return
    shared = header.get(_SHARED) or [Dataset()]
    for own in header[_PER_FRAME].value:
        flat = Dataset()
        flat.update({e.tag: e for e in header if e.keyword not in (_SHARED, _PER_FRAME)})
        for group in chain(shared[0], own):
            if group.VR == "SQ" and group.value:
                flat.update({element.tag: element for element in group.value[0]})
        yield flat


def _without_groups(header: Dataset) -> Iterator[Dataset]:
    """Yield the header of a single image. Several frames without functional groups have no places of their own.

    Two of them are enough to say so, however many the header claims.
    """
    if int(header.get("NumberOfFrames") or 1) < 2:
        yield header
        return
    placeless = Dataset()
    placeless.update({element.tag: element for element in header if element.keyword != "ImagePositionPatient"})
    yield from (placeless, placeless)


def _frame(source: DicomObject, index: int, flat: Dataset, owner: Owner, sop_class: str) -> DicomFrame:
    number = flat.get("InstanceNumber")
    series_number = flat.get("SeriesNumber")
    slope, intercept = _number(flat, "RescaleSlope"), _number(flat, "RescaleIntercept")
    modality = str(flat.get("Modality") or "").strip().upper()
    return DicomFrame(
        source=source,
        index=index,
        instance=(0 if number is None else int(number), str(flat.get("SOPInstanceUID", ""))),
        series_uid=str(flat.SeriesInstanceUID),
        series_number=None if series_number is None else int(series_number),
        modality=modality or _modality_of_class(sop_class),
        shape=(int(flat.Rows), int(flat.Columns)),
        position_mm=_numbers(flat, "ImagePositionPatient", 3),
        orientation=_orientation(flat),
        spacing_mm=_positive(_numbers(flat, "PixelSpacing", 2)),
        slice_mm=_slice_spacing(flat),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        photometric=str(flat.get("PhotometricInterpretation", "MONOCHROME2")),
        acquisition=_acquisition(flat),
        owner=owner,
        modality_is_given=bool(modality),
        gap_mm=_gap(flat),
    )


def _modality_of_class(sop_class: str) -> str:
    """Return the modality of a SOP class, empty where its name does not say one.

    >>> _modality_of_class("1.2.840.10008.5.1.4.1.1.4.1")
    'MR'
    """
    name = UID(sop_class).name
    return next((modality for words, modality in _MODALITY_OF_CLASS if words in name), "")


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
    if flat.get("EchoPlanarPulseSequence") == "YES":
        kinds.add("EP")
    return SequenceParameters(
        echo_time_ms=_first(flat, "EffectiveEchoTime", "EchoTime"),
        repetition_time_ms=_number(flat, "RepetitionTime"),
        inversion_time_ms=_first(flat, "InversionTimes", "InversionTime"),
        kinds=frozenset(kinds),
        options=frozenset(options),
        image_type=_terms(flat, "FrameType") or _terms(flat, "ImageType"),
        words=words_of(str(flat.get(name, "") or "") for name in texts),
        component=str(flat.get("ComplexImageComponent") or "").upper(),
        is_diffusion=bool(_number(flat, "DiffusionBValue")),
        acquired=tuple(_whole(flat, keyword) for keyword in _SPLITTING),
    )


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


def _whole(flat: Dataset, keyword: str) -> int | None:
    number = _number(flat, keyword)
    return None if number is None else int(number)


def _first(flat: Dataset, *keywords: str) -> float | None:
    numbers = (_number(flat, keyword) for keyword in keywords)
    return next((number for number in numbers if number is not None), None)


def _positive(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return numbers if numbers is not None and min(numbers) > 0 else None


def _gap(flat: Dataset) -> float | None:
    claim = _number(flat, "SpacingBetweenSlices")
    return abs(claim) if claim else None


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
