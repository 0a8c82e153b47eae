"""Documents for the image archive: the report as encapsulated PDF, and the overlay as secondary capture."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from highdicom import CoordinateSystemNames, PhotometricInterpretationValues, SOPClass
from highdicom.sc import SCImage
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian, JPEG2000Lossless
from pydicom.valuerep import DA, TM

from spoils.findings import RESEARCH_USE
from spoils.report.dicom.instance import DocumentKind, Run

__all__ = ["build_pdf", "build_picture"]

_TITLE = "SPOILS report"


def build_pdf(pdf: bytes, headers: tuple[Dataset, ...], run: Run) -> SOPClass:
    """Build an encapsulated PDF. It is marked as burned in, because the report names its patient.

    Args:
        pdf: the document.
        headers: headers of the source images.
        run: time and digest of the inputs.
    """
    document = SOPClass(
        sop_class_uid=EncapsulatedPDFStorage,
        modality="DOC",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        study_instance_uid=headers[0].StudyInstanceUID,
        patient_id=headers[0].PatientID,
        patient_name=headers[0].PatientName,
        patient_birth_date=headers[0].PatientBirthDate,
        patient_sex=headers[0].PatientSex,
        accession_number=headers[0].AccessionNumber,
        study_id=headers[0].StudyID,
        study_date=headers[0].StudyDate,
        study_time=headers[0].StudyTime,
        referring_physician_name=headers[0].ReferringPhysicianName,
        specific_character_set=headers[0].SpecificCharacterSet,
        **run.identity(DocumentKind.DOCUMENT),
    )
    document.copy_patient_and_study_information(headers[0])
    document.ConversionType = "WSD"
    document.AcquisitionDateTime = None
    document.BurnedInAnnotation = "YES"
    document.VerificationFlag = "UNVERIFIED"
    document.DocumentTitle = f"{_TITLE}. {RESEARCH_USE}"
    document.ConceptNameCodeSequence = []
    document.SourceInstanceSequence = [_reference(header) for header in headers]
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    run.dated(document)
    return document


def build_picture(png: bytes, headers: tuple[Dataset, ...], run: Run) -> SCImage:
    """Build a colour secondary capture with lossless compression.

    Args:
        png: an image of sagittal slices that does not identify the patient.
        headers: headers of the source images.
        run: time and digest of the inputs.
    """
    with Image.open(BytesIO(png)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    capture = SCImage.from_ref_dataset(
        ref_dataset=headers[0],
        pixel_array=pixels,
        photometric_interpretation=PhotometricInterpretationValues.YBR_RCT,
        bits_allocated=8,
        coordinate_system=CoordinateSystemNames.PATIENT,
        patient_orientation=("P", "F"),
        transfer_syntax_uid=JPEG2000Lossless,
        specific_character_set=headers[0].SpecificCharacterSet,
        **run.identity(DocumentKind.PICTURE),
    )
    capture.copy_patient_and_study_information(headers[0])
    capture.DateOfSecondaryCapture = DA(run.created.date())
    capture.TimeOfSecondaryCapture = TM(run.created.time())
    capture.BodyPartExamined = "LSPINE"
    capture.BurnedInAnnotation = "NO"
    capture.ImageComments = RESEARCH_USE
    capture.SourceImageSequence = [_reference(header) for header in headers]
    run.dated(capture)
    return capture


def _reference(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = header.SOPClassUID
    item.ReferencedSOPInstanceUID = header.SOPInstanceUID
    return item
