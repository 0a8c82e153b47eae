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
from spoils.messages import message
from spoils.report.dicom.concepts import concept
from spoils.report.dicom.instance import MANUFACTURER, NOTICE, DocumentKind, Run, tracking_uid
from spoils.report.dicom.source import SourceDicom, is_multi_frame, merged
from spoils.report.sites import structure_code

__all__ = ["build_segmentation"]


def build_segmentation(labels: LabelMap, source: SourceDicom, headers: tuple[Dataset, ...], run: Run) -> Segmentation:
    """Build the segmentation of the structures that were found, with a frame for each slice that contains them.

    Segments are numbered from 1 in the order of label values, as DICOM requires. If all structures were found, the
    number of a segment is its label value.

    Args:
        labels: the canonical label map.
        source: the headers of its slices.
        headers: result of ``result_headers(source)``.
        run: time and digest of the inputs.

    Raises:
        UnsuitableInput: the label map has other slices, rows or columns than the source.
    """
    planes = np.ascontiguousarray(source.planes(labels.labels))
    if planes.shape != (len(source.frames), headers[0].Rows, headers[0].Columns):
        raise UnsuitableInput(message("dicom-frames-differ"))
    series_uid = str(headers[0].SeriesInstanceUID)
    present = [structure for structure in STRUCTURES if labels.has(structure.name)] or list(STRUCTURES)
    numbers = np.zeros(len(STRUCTURES) + 1, dtype=np.uint8)
    numbers[[structure.label for structure in present]] = np.arange(1, len(present) + 1)
    segmentation = Segmentation(
        source_images=merged(headers, source),
        pixel_array=numbers[planes],
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _described(structure, int(numbers[structure.label]), series_uid) for structure in present
        ],
        transfer_syntax_uid=ExplicitVRLittleEndian,
        content_label="LUMBAR_SPINE",
        content_description=f"Lumbar spine, {NOTICE}",
        **run.identity(DocumentKind.SEGMENTATION),
    )
    segmentation.ImageComments = RESEARCH_USE
    segmentation.DimensionOrganizationSequence[0].DimensionOrganizationUID = run.uid("dimensions")
    for index in segmentation.DimensionIndexSequence:
        index.DimensionOrganizationUID = run.uid("dimensions")
    if is_multi_frame(headers[0]):
        _point_at_frames(segmentation, headers, source)
    run.dated(segmentation)
    return segmentation


def _described(structure: Structure, number: int, series_uid: str) -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
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


def _point_at_frames(segmentation: Dataset, headers: tuple[Dataset, ...], source: SourceDicom) -> None:
    """Let references name the source files and their frames.

    highdicom saw one header with the used frames only.
    """
    references = {
        id(image): image  # highdicom shares them among segments
        for group in segmentation.PerFrameFunctionalGroupsSequence
        for derivation in group.DerivationImageSequence
        for image in derivation.SourceImageSequence
    }
    for image in references.values():
        place = int(image.ReferencedFrameNumber) - 1
        image.ReferencedSOPInstanceUID = headers[source.objects[place]].SOPInstanceUID
        image.ReferencedFrameNumber = source.frames[place] + 1
    if len(headers) > 1:
        instances = segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
        instances.clear()
        for header in headers:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
            instances.append(item)
