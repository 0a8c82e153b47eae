"""A study of a fictitious patient with identity wherever DICOM has room for it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, SecondaryCaptureImageStorage, generate_uid

from spoils.io import Cleaning, Deidentification, Pseudonyms

from ..conftest import make_series

SECRET = b"a secret of 20 bytes"
NAMES = ("Weatherby", "Cordelia", "Quillfeather", "St. Mildred", "4711-XQ", "ACC998877", "Mole Lane", "19611104")
"""What must be nowhere: parts of names, the hospital, ID, accession number, address, birth date."""
HEADER = {
    "PatientName": "Weatherby^Cordelia",
    "PatientID": "4711-XQ",
    "PatientBirthDate": "19611104",
    "PatientSex": "F",
    "PatientAge": "058Y",
    "PatientAddress": "3 Mole Lane",
    "OtherPatientNames": ["Quillfeather^Cordelia"],
    "PatientComments": "Mrs Weatherby is claustrophobic",
    "ReferringPhysicianName": "Quillfeather^Ambrose^^Dr.",
    "InstitutionName": "St. Mildred Hospital",
    "InstitutionAddress": "1 Mole Lane",
    "StationName": "MILDREDMR2",
    "DeviceSerialNumber": "SN-778899",
    "AccessionNumber": "ACC998877",
    "StudyID": "S4711",
    "StudyDescription": "L-spine, Cordelia Weatherby",
    "SeriesDescription": "T2 sag Weatherby",
    "ImageComments": "seen by Dr. Quillfeather",
    "StudyDate": "20200131",
    "SeriesDate": "20200131",
    "AcquisitionDateTime": "20200131235959.5",
    "ContentDate": "20200201",
    "StudyTime": "235900",
    "TimezoneOffsetFromUTC": "+0100",
    "Manufacturer": "Makers",
    "SoftwareVersions": "7",
}


def add_hidden_identity(dataset):
    """Put identity into sequences, private attributes, an overlay, a curve, and the file meta information."""
    request = Dataset()
    request.RequestingPhysician, request.RequestedProcedureID = "Quillfeather^Ambrose", "ACC998877"
    dataset.RequestAttributesSequence = [request]
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = dataset.SOPClassUID, dataset.StudyInstanceUID
    reference.add_new(0x00091001, "LO", "Weatherby")
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = "121311", "DCM", "Localizer"
    purpose.PersonName = "Quillfeather^Ambrose"
    reference.PurposeOfReferenceCodeSequence = [purpose]
    dataset.ReferencedImageSequence = [reference]
    equipment = Dataset()
    equipment.Manufacturer, equipment.InstitutionName = "Makers", "St. Mildred Hospital"
    dataset.ContributingEquipmentSequence = [equipment]
    block = dataset.private_block(0x0009, "MAKERS HEADER", create=True)
    block.add_new(1, "LO", "Cordelia Weatherby")
    block.add_new(2, "OB", b"xx4711-XQxx")
    dataset.add_new(0x60000010, "US", 8)
    dataset.add_new(0x60000011, "US", 8)
    dataset.add_new(0x60003000, "OW", b"WEATHERBY^C.")
    dataset.add_new(0x60004000, "LT", "Weatherby")
    dataset.add_new(0x50003000, "OW", b"WEATHERBY^C.")
    sealed = Dataset()
    sealed.EncryptedContentTransferSyntaxUID, sealed.EncryptedContent = dataset.file_meta.TransferSyntaxUID, b"4711-XQ "
    dataset.EncryptedAttributesSequence = [sealed]
    dataset.RetrieveURL = "https://mildred.example/4711-XQ"
    dataset.add_new(0x00081FFF, "LO", "Cordelia")  # an element that the standard does not know
    dataset.DerivationDescription = "made for Mrs Weatherby"
    dataset.file_meta.SourceApplicationEntityTitle = "MILDREDMR2"
    dataset.preamble = b"WEATHERBY".ljust(128, b"\0")


@dataclass(frozen=True)
class NamedStudy:
    """A folder with two series, and the datasets that were written."""

    folder: Path
    datasets: list


def write_named_study(folder, header=HEADER, study=None):
    datasets = []
    study, frame = study or generate_uid(), generate_uid()
    for number in (1, 2):
        series = make_series(
            (3, 40, 30), SeriesNumber=number, StudyInstanceUID=study, FrameOfReferenceUID=frame, **header
        )
        target = folder / "Weatherby_Cordelia" / f"series {number}"
        target.mkdir(parents=True)
        for index in range(3):
            dataset = series.dataset(index, index + 1)
            add_hidden_identity(dataset)
            dataset.save_as(target / f"4711-XQ_{index}.dcm", enforce_file_format=True)
            datasets.append(dataset)
    return NamedStudy(folder, datasets)


def with_other_objects(folder):
    """Add a document and a secondary capture of the patient to a study."""
    for name, storage in (("report.dcm", EncapsulatedPDFStorage), ("capture.dcm", SecondaryCaptureImageStorage)):
        dataset = make_series((1, 40, 30), **HEADER).dataset(0)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = storage
        dataset.StudyInstanceUID = generate_uid()
        if storage == EncapsulatedPDFStorage:
            del dataset.PixelData
            dataset.EncapsulatedDocument = b"%PDF Weatherby"
        dataset.save_as(folder / name, enforce_file_format=True)


def write_text(pixels, text="WEATHERBY C. 1961", *, rows=14, at=(6, 6), level=1.0):
    """Draw text into pixels (rows, columns), as scanners and viewers do."""
    mask = Image.new("L", pixels.shape[::-1])
    ImageDraw.Draw(mask).text(at, text, fill=255, font=ImageFont.load_default(rows))
    strength = np.asarray(mask) / 255.0
    return (pixels * (1 - strength) + level * pixels.max() * strength).astype(pixels.dtype)


@pytest.fixture
def how():
    return Deidentification(Cleaning(Pseudonyms(SECRET)))


@pytest.fixture
def named_study(tmp_path):
    return write_named_study(tmp_path / "in")
