"""The assessment as a Comprehensive 3D structured report (TID 1500), preliminary and unverified."""

from __future__ import annotations

from babel import Locale
from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import (
    CodedConcept,
    Comprehensive3DSR,
    ContentSequence,
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as public

from spoils import __version__
from spoils.anatomy import STRUCTURES
from spoils.codes import LUMBAR_MR, Scheme
from spoils.findings import Assessment
from spoils.images import LabelMap
from spoils.messages import Language, translator_for
from spoils.report.dicom.concepts import concept, with_children
from spoils.report.dicom.conclusions import conclusions
from spoils.report.dicom.groups import Groups
from spoils.report.dicom.instance import MANUFACTURER, DocumentKind, Run, tracking_uid

__all__ = ["build_report"]


def build_report(
    assessment: Assessment, labels: LabelMap, segmentation: Dataset, headers: tuple[Dataset, ...], run: Run
) -> Comprehensive3DSR:
    """Build the report: every measurement and grade of ``assessment``, on the segments of ``segmentation``.

    Args:
        assessment: the assessment.
        labels: the label map of ``segmentation``.
        segmentation: the DICOM segmentation.
        headers: headers of the source images.
        run: time and digest of the inputs.
    """
    present = frozenset(structure.name for structure in STRUCTURES if labels.has(structure.name))
    translator = translator_for(Language(assessment.language))
    groups = Groups(segmentation, str(headers[0].SeriesInstanceUID), present, translator, assessment.alarms)
    content = MeasurementReport(
        observation_context=_observer(),
        procedure_reported=concept(LUMBAR_MR),
        imaging_measurements=[
            *(groups.disc(disc) for disc in assessment.discs),
            *(groups.body(body) for body in assessment.vertebrae),
            *(groups.canal(canal) for canal in assessment.canal),
            *(groups.alignment(assessment.alignment) if assessment.alignment else ()),
        ],
        title=public.DCM.ImagingMeasurementReport,
        language_of_content_item_and_descendants=_language(assessment.language),
    )
    root = content[0]
    with_children(root, conclusions(assessment, translator))
    items, root.ContentSequence = root.ContentSequence, ContentSequence()
    report = Comprehensive3DSR(
        evidence=[*headers, segmentation],
        content=root,
        is_complete=True,
        is_final=False,
        is_verified=False,
        coding_schemes=[CodingSchemeIdentificationItem(Scheme.SPOILS.value, name="SPOILS", version=__version__)],
        **run.identity(DocumentKind.REPORT),
    )
    # Items are added afterwards: the constructor would copy and search all of them, which is slower than building them.
    report.ContentSequence = items
    run.dated(report)
    return report


def _observer() -> ObservationContext:
    device = DeviceObserverIdentifyingAttributes(
        uid=tracking_uid(MANUFACTURER, __version__),
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=MANUFACTURER,
        serial_number=__version__,
    )
    context = ObserverContext(observer_type=public.DCM.Device, observer_identifying_attributes=device)
    return ObservationContext(observer_device_context=context)


def _language(language: str) -> LanguageOfContentItemAndDescendants:
    """Return the language of the sentences, an RFC 5646 code. Concepts have English meanings."""
    meaning = Locale(language).english_name
    return LanguageOfContentItemAndDescendants(CodedConcept(language, "RFC5646", str(meaning)))
