"""All DICOM objects of one result, and the segmentation alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from logging import getLogger

from pydicom.charset import default_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.valuerep import VR

from spoils.errors import UnsuitableInput
from spoils.findings import Assessment
from spoils.images import LabelMap
from spoils.io import BROKEN_DICOM_VALUE
from spoils.messages import message
from spoils.report.dicom.documents import build_pdf, build_picture
from spoils.report.dicom.instance import Run
from spoils.report.dicom.segmentation import build_segmentation
from spoils.report.dicom.source import SourceDicom, result_headers
from spoils.report.dicom.structured_report import build_report

_log = getLogger(__name__)

__all__ = ["DicomContent", "dicom_files", "dicom_objects", "segmentation_file"]


@dataclass(frozen=True, eq=False)
class DicomContent:
    """The content of the DICOM objects: assessment, canonical label map, report as PDF and overlay as PNG.

    The overlay must not identify the patient.
    """

    assessment: Assessment
    labels: LabelMap
    pdf: bytes
    overlay: bytes


def dicom_objects(content: DicomContent, source: SourceDicom) -> dict[str, Dataset]:
    """Return ``seg.dcm``, ``sr.dcm``, ``report.dcm`` and ``overlay.dcm``, each in a new series of the source's study.

    The same content and source give the same objects with the same UIDs. An assessment without any structure has no
    structured report.

    Raises:
        UnsuitableInput: the source lacks what a DICOM object must refer to, or the label map lies on other frames.
    """
    assessment, labels = content.assessment, content.labels
    headers = result_headers(source, labels.grid.spacing_mm[0])
    parts = (assessment.model_dump_json().encode(), labels.labels.tobytes(), content.pdf, content.overlay)
    run = Run.of(assessment.created, headers[0], _names(headers), *parts)
    segmentation = build_segmentation(labels, source, headers, run)
    objects: dict[str, Dataset] = {"seg.dcm": segmentation}
    if assessment.discs or assessment.vertebrae or assessment.canal:
        objects["sr.dcm"] = build_report(assessment, labels, segmentation, headers, run)
    objects["report.dcm"] = build_pdf(content.pdf, headers, run)
    objects["overlay.dcm"] = build_picture(content.overlay, headers, run)
    return objects


def dicom_files(content: DicomContent, source: SourceDicom) -> dict[str, bytes]:
    """Return the objects of ``dicom_objects`` as DICOM files, by name.

    Raises:
        UnsuitableInput: as ``dicom_objects``.
    """
    with _refused_if_not_carried():
        return {name: _encoded(dataset) for name, dataset in dicom_objects(content, source).items()}


def segmentation_file(labels: LabelMap, source: SourceDicom) -> bytes:
    """Return a label map as a DICOM segmentation of the source's slices, created at the current time.

    Raises:
        UnsuitableInput: the source lacks what a segmentation must refer to, or the label map lies on other frames.
    """
    headers = result_headers(source, labels.grid.spacing_mm[0])
    run = Run.of(datetime.now(UTC), headers[0], _names(headers), labels.labels.tobytes())
    with _refused_if_not_carried():
        return _encoded(build_segmentation(labels, source, headers, run))


@contextmanager
def _refused_if_not_carried() -> Iterator[None]:
    """Convert errors of highdicom and pydicom on values of the source's headers into a reason for missing objects.

    Headers are checked before, but not every value can be foreseen, and the assessment must not be lost.
    """
    try:
        yield
    except BROKEN_DICOM_VALUE as error:
        # Only the class is logged: the words of the error may quote the header.
        _log.debug("The headers of the source can't be carried over: %s", type(error).__name__)
        raise UnsuitableInput(message("dicom-headers-not-carried")) from error


def _names(headers: tuple[Dataset, ...]) -> bytes:
    return " ".join(str(header.SOPInstanceUID) for header in headers).encode()


def _encoded(dataset: Dataset) -> bytes:
    _settle_items(dataset)
    target = BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def _settle_items(dataset: Dataset) -> None:
    """Mark the items of ``dataset`` whose values need no conversion as already in the encoding of the file.

    Otherwise pydicom searches every item for values to convert, again at each level of nesting. Items with undecoded
    values of a source image are left to pydicom.
    """
    for element in dataset.elements():
        if isinstance(element, DataElement) and element.VR == VR.SQ:
            for item in element.value:
                if all(isinstance(below, DataElement) for below in item.elements()):
                    item.set_original_encoding(False, True, default_encoding)
                _settle_items(item)
