"""The DICOM images of a result: headers from which results are built, and the orientation of rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from warnings import WarningMessage

import numpy as np
import numpy.typing as npt
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VM
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName, validate_value

from spoils.errors import UnsuitableInput
from spoils.io import BROKEN_DICOM_VALUE, SourceSeries, header_of, warnings_recorded
from spoils.messages import message

__all__ = ["SourceDicom", "is_multi_frame", "merged", "result_headers"]

_REQUIRED = {
    "StudyInstanceUID": "dicom-reference-study",
    "SeriesInstanceUID": "dicom-reference-series",
    "SOPClassUID": "dicom-reference-kind",
    "SOPInstanceUID": "dicom-reference-instance",
    "FrameOfReferenceUID": "dicom-reference-frame",
}
"""Attributes that every result refers to, with the message id of their name."""

_MAY_BE_EMPTY = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex",
    "AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName",
)  # fmt: skip
"""Attributes that every DICOM object must have, possibly without a value (type 2)."""

_SEXES = ("M", "F", "O")
_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_SHARED_GROUPS = ("PixelMeasuresSequence", "PlaneOrientationSequence")


@dataclass(frozen=True, eq=False)
class SourceDicom:
    """The headers of the slices of a canonical series, and the orientation of their rows and columns in it.

    ``images`` has one header per slice in canonical slice order, or one for each multi-frame object that holds slices.
    For each slice, ``frames`` is its frame in the object, counted from 0, and ``objects`` is the index of the object in
    ``images``. ``objects`` can be left out if each slice has its own object, or if all share one. Transposing slice,
    row and column of the input by ``order`` and then reversing the ``flipped`` axes gives the canonical array, as in
    ``io.SourceLayout``.

    Raises:
        UnsuitableInput: there is no DICOM image, or the slices are not whole frames.
    """

    images: tuple[Dataset, ...]
    frames: tuple[int, ...]
    order: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)
    objects: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.images:
            raise UnsuitableInput(message("dicom-source-missing"))
        if not self.objects:
            each = range(len(self.frames)) if len(self.images) > 1 else [0] * len(self.frames)
            object.__setattr__(self, "objects", tuple(each))
        fits = len(self.objects) == len(self.frames) and set(self.objects) == set(range(len(self.images)))
        if not fits or self.order[0] != 0:
            raise UnsuitableInput(message("dicom-slices-not-referable"))

    @classmethod
    def of(cls, source: SourceSeries) -> SourceDicom:
        """Return the DICOM images of a series that was read.

        Raises:
            UnsuitableInput: as for the class.
        """
        return cls(
            source.dicom_headers, source.dicom_frames, source.layout.order, source.layout.flipped, source.dicom_objects
        )

    def planes(self, canonical: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the slices of ``canonical`` (slices, rows, columns) in the rows and columns of the source's frames.

        The slices stay in canonical order.

        >>> turned = SourceDicom((Dataset(),), (0,), flipped=(True, False, True))
        >>> turned.planes(np.array([[[1, 2]]])).tolist()
        [[[2, 1]]]
        """
        reversed_axes = tuple(axis for axis in (1, 2) if self.flipped[axis])
        return np.flip(canonical, reversed_axes).transpose(np.argsort(self.order))


def result_headers(source: SourceDicom, slice_mm: float) -> tuple[Dataset, ...]:
    """Return copies of the source's headers from which results can be built, one for each object.

    Text is decoded, invalid values are left out, and attributes of type 2 are present. All slices share
    the orientation of the first, from which they may differ by rounding. A multi-frame header keeps only the frames of
    the slices, in canonical order. ``slice_mm`` is the slice thickness if a header has none.

    Raises:
        UnsuitableInput: an image lacks an attribute that a DICOM result must refer to.
    """
    headers = tuple(_prepared(header_of(image)) for image in source.images)
    if is_multi_frame(headers[0]):
        for place, header in enumerate(headers):
            own = tuple(f for f, of in zip(source.frames, source.objects, strict=True) if of == place)
            _keep_frames(header, own)
        measures = [header[_SHARED][0].PixelMeasuresSequence[0] for header in headers]
    else:
        measures = list(headers)
    for header in measures:
        if not header.get("SliceThickness"):
            header.SliceThickness = slice_mm
    for header in () if is_multi_frame(headers[0]) else headers[1:]:
        header.ImageOrientationPatient = headers[0].ImageOrientationPatient
        header.PixelSpacing = headers[0].PixelSpacing
    return headers


def is_multi_frame(header: Dataset) -> bool:
    """Return whether an object has frames with their own functional groups."""
    return _PER_FRAME in header


def merged(headers: tuple[Dataset, ...], source: SourceDicom) -> tuple[Dataset, ...]:
    """Return headers for a segmentation. Those of several multi-frame objects are merged into one, in slice order.

    Args:
        headers: those of ``result_headers(source)``.
        source: the object of each slice.
    """
    if len(headers) == 1 or not is_multi_frame(headers[0]):
        return headers
    groups = [iter(header[_PER_FRAME].value) for header in headers]
    whole = header_of(headers[0])
    whole[_PER_FRAME].value = [next(groups[of]) for of in source.objects]
    whole.NumberOfFrames = len(source.objects)
    return (whole,)


def _prepared(header: Dataset) -> Dataset:
    fit = Dataset()
    fit.update({element.tag: element for element in _sound_elements(header)})
    missing = [message(name) for keyword, name in _REQUIRED.items() if not fit.get(keyword)]
    if missing:
        raise UnsuitableInput(message("dicom-reference-missing", missing=missing[0]))
    if "PatientID" in header and "PatientID" not in fit:
        raise UnsuitableInput(message("dicom-patient-id-invalid"))
    if fit.get("PatientSex") not in _SEXES:
        fit.PatientSex = None
    for keyword in _MAY_BE_EMPTY:
        if keyword not in fit:
            setattr(fit, keyword, None)
    fit.SpecificCharacterSet = "ISO_IR 192"
    return fit


def _sound_elements(header: Dataset) -> list[DataElement]:
    """Return the public elements with valid values, with their text decoded."""
    sound = []
    with warnings_recorded() as caught:
        for tag in header.keys():  # noqa: SIM118 - a dataset iterates over its elements
            if tag.is_private:
                continue
            caught.clear()
            try:
                element = header[tag]
                _require_sound(element)
            except (*BROKEN_DICOM_VALUE, UserWarning):
                continue
            if not any(_is_of_dicom(warning) for warning in caught):
                sound.append(_decoded(element) if element.VR == "PN" else element)
    return sound


def _is_of_dicom(warning: WarningMessage) -> bool:
    """Return whether a warning is about a value of a header.

    Other threads may issue other warnings at the same time.
    """
    return "pydicom" in Path(warning.filename).parts or warning.filename == __file__


def _require_sound(element: DataElement) -> None:
    """Raise the error of pydicom if a value is invalid.

    In sequences, text is decoded and private elements are removed.
    """
    if element.VM > 1 and element.VR != "SQ" and dictionary_VM(element.tag) == "1":
        raise ValueError("several values stand where one must")
    if element.VR == "SQ":
        for item in element.value:
            item.remove_private_tags()
            item.decode()
    for value in _values(element):
        if isinstance(value, str | PersonName):
            validate_value(element.VR, str(value), RAISE)


def _decoded(element: DataElement) -> DataElement:
    """Return person names as plain text, so that they are written in the character set of the result."""
    names = [PersonName(str(name)) for name in _values(element)]
    return DataElement(element.tag, element.VR, names if len(names) > 1 else next(iter(names), None))


def _values(element: DataElement) -> list[Any]:
    if element.VR == "SQ" or element.is_empty:
        return []
    return [element.value] if element.VM == 1 else list(element.value)


def _keep_frames(header: Dataset, frames: tuple[int, ...]) -> None:
    groups = header[_PER_FRAME].value
    header[_PER_FRAME].value = [groups[frame] for frame in frames]
    header.NumberOfFrames = len(frames)
    if not header.get(_SHARED):
        setattr(header, _SHARED, [Dataset()])
    shared, first = header[_SHARED][0], groups[frames[0]]
    for name in _SHARED_GROUPS:
        if name not in shared:
            setattr(shared, name, first[name].value)
