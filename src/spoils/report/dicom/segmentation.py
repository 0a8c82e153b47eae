"""The label map as a BINARY DICOM segmentation on the frames of its source."""

from __future__ import annotations

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as public
from pydicom.uid import ExplicitVRLittleEndian
from skimage.color import rgb2lab

from spoils import __version__
from spoils.anatomy import STRUCTURES, Structure
from spoils.canvas import to_rgb
from spoils.codes import ORGAN
from spoils.errors import UnsuitableInput
from spoils.findings import RESEARCH_USE
from spoils.images import LabelMap
from spoils.report.dicom.concepts import concept
from spoils.report.dicom.instance import MANUFACTURER, NOTICE, DocumentKind, Run, tracking_uid
from spoils.report.dicom.source import SourceDicom
from spoils.report.sites import structure_code

__all__ = ["build_segmentation"]


def build_segmentation(labels: LabelMap, source: SourceDicom, headers: tuple[Dataset, ...], run: Run) -> Segmentation:
    """Build the segmentation: segment number is label value, all 13 are described, a frame for each slice they lie in.

    Args:
        labels: the canonical label map.
        source: the headers of its slices.
        headers: those of ``result_headers(source)``.
        run: when and of what it is made.

    Raises:
        UnsuitableInput: the label map has other slices, rows or columns than the source.
    """
    planes = np.ascontiguousarray(source.planes(labels.labels))
    if planes.shape != (len(source.frames), headers[0].Rows, headers[0].Columns):
        raise UnsuitableInput("The label map does not lie on the frames of the DICOM images.")
    series_uid = str(headers[0].SeriesInstanceUID)
    segmentation = Segmentation(
        source_images=headers,
        pixel_array=planes,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(structure, series_uid) for structure in STRUCTURES],
        transfer_syntax_uid=ExplicitVRLittleEndian,
        content_label="LUMBAR_SPINE",
        content_description=f"Lumbar spine, {NOTICE}",
        **run.identity(DocumentKind.SEGMENTATION),
    )
    segmentation.ImageComments = RESEARCH_USE
    segmentation.DimensionOrganizationSequence[0].DimensionOrganizationUID = run.uid("dimensions")
    for index in segmentation.DimensionIndexSequence:
        index.DimensionOrganizationUID = run.uid("dimensions")
    if len(source.images) < len(source.frames):
        _point_at_frames(segmentation, source.frames)
    run.dated(segmentation)
    return segmentation


def _described(structure: Structure, series_uid: str) -> SegmentDescription:
    return SegmentDescription(
        segment_number=structure.label,
        segment_label=structure.name,
        segmented_property_category=concept(ORGAN),
        segmented_property_type=concept(structure_code(structure.name)),
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=MANUFACTURER, family=public.DCM.ArtificialIntelligence, version=__version__, source=MANUFACTURER
        ),
        tracking_uid=tracking_uid(series_uid, structure.name),
        tracking_id=structure.name,
        display_color=CIELabColor(*(float(value) for value in rgb2lab(to_rgb(structure.colour)))),
    )


def _point_at_frames(segmentation: Dataset, frames: tuple[int, ...]) -> None:
    """Let references name the frames of the file: highdicom saw a header with the frames of the slices alone."""
    references = {
        id(image): image  # highdicom shares them among segments
        for group in segmentation.PerFrameFunctionalGroupsSequence
        for derivation in group.DerivationImageSequence
        for image in derivation.SourceImageSequence
    }
    for image in references.values():
        image.ReferencedFrameNumber = frames[int(image.ReferencedFrameNumber) - 1] + 1
