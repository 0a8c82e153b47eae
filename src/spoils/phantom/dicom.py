"""DICOM MR images of a fictitious patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage, generate_uid
from scipy.ndimage import map_coordinates

from spoils.phantom.draw import Phantom
from spoils.phantom.spec import PhantomSpec

__all__ = ["Scan", "localiser_scans", "sagittal_scans", "to_dataset"]

_DATE, _TIME = "20200101", "120000"
_LOCALISER_PIXELS = 256
_LOCALISER_SPACING_MM = 1.4


@dataclass(frozen=True, eq=False)
class Protocol:
    """What makes a series: its number and description, sequence, times in ms, and slice geometry in mm."""

    number: int
    description: str
    sequence: str
    variant: str
    repetition_time_ms: float
    echo_time_ms: float
    echo_train: int
    flip_angle_deg: float
    thickness_mm: float
    slice_spacing_mm: float
    pixel_spacing_mm: float


@dataclass(frozen=True, eq=False)
class Scan:
    """One image of a series: ``pixels`` (rows, columns), centre of its first pixel, and its row and column directions.

    Positions are LPS in mm. ``along_row`` is the direction of rising column index, as DICOM lists it first.
    """

    protocol: Protocol
    instance: int
    pixels: npt.NDArray[np.float32]
    origin_mm: tuple[float, float, float]
    along_row: tuple[float, float, float]
    along_column: tuple[float, float, float]


def sagittal_scans(phantom: Phantom) -> Iterator[Scan]:
    """Yield the phantom's slices from the patient's right to left."""
    spec = phantom.spec
    protocol = Protocol(
        2, "T2 TSE sagittal", "SE", "SK", 3500.0, 100.0, 17, 150.0,
        spec.slice_thickness_mm, spec.slice_spacing_mm, spec.spacing_mm,
    )  # fmt: skip
    for i, pixels in enumerate(phantom.series.pixels):
        x, y, z = (float(v) for v in phantom.series.grid.to_patient((i, 0, 0)))
        yield Scan(protocol, i + 1, pixels, (x, y, z), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))


def localiser_scans(phantom: Phantom) -> Iterator[Scan]:
    """Yield a sagittal, a coronal and an axial image through the middle, coarse and cut from the phantom's volume."""
    spacing = _LOCALISER_SPACING_MM
    protocol = Protocol(1, "localizer", "GR", "SP", 8.6, 4.0, 1, 20.0, 7.0, 7.0, spacing)
    left, back, down = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)
    grid = phantom.series.grid
    middle = grid.to_patient((np.array(grid.shape) - 1) / 2)
    steps = np.arange(_LOCALISER_PIXELS) * spacing
    for i, (along_row, along_column) in enumerate(((back, down), (left, down), (left, back))):
        row, column = np.array(along_row), np.array(along_column)
        origin = middle - (row + column) * (_LOCALISER_PIXELS - 1) / 2 * spacing
        points = origin + steps[None, :, None] * row + steps[:, None, None] * column
        at = np.moveaxis(grid.to_index(points), -1, 0)
        pixels = map_coordinates(phantom.series.pixels, at, order=1, mode="constant").astype(np.float32)
        x, y, z = (float(v) for v in origin)
        yield Scan(protocol, i + 1, pixels, (x, y, z), along_row, along_column)


def to_dataset(scan: Scan, spec: PhantomSpec) -> FileDataset:
    """Return a scan as an MR Image Storage instance; every identifier follows from ``spec``."""
    protocol = scan.protocol
    uid = UID(_uid(spec, "instance", protocol.number, scan.instance))
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = generate_uid(entropy_srcs=["spoils", "implementation"])
    image = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID = MRImageStorage
    image.SOPInstanceUID = uid
    _add_patient_and_study(image, spec)
    _add_series(image, scan, spec)
    _add_acquisition(image, protocol)
    _add_plane_and_pixels(image, scan)
    return image


def _uid(spec: PhantomSpec, *parts: object) -> str:
    return str(generate_uid(entropy_srcs=["spoils phantom", repr(spec), *(str(part) for part in parts)]))


def _add_patient_and_study(image: Dataset, spec: PhantomSpec) -> None:
    image.PatientName = "Phantom^Lumbar"
    image.PatientID = f"PHANTOM-{spec.seed}"
    image.PatientBirthDate = ""
    image.PatientSex = spec.sex
    image.PatientIdentityRemoved = "YES"
    image.DeidentificationMethod = "Synthetic image of no real patient"
    image.StudyInstanceUID = _uid(spec, "study")
    image.StudyDate = image.SeriesDate = image.AcquisitionDate = image.ContentDate = _DATE
    image.StudyTime = image.SeriesTime = image.AcquisitionTime = image.ContentTime = _TIME
    image.StudyID = "1"
    image.StudyDescription = "MR lumbar spine (phantom)"
    image.AccessionNumber = ""
    image.ReferringPhysicianName = ""


def _add_series(image: Dataset, scan: Scan, spec: PhantomSpec) -> None:
    image.Modality = "MR"
    image.SeriesInstanceUID = _uid(spec, "series", scan.protocol.number)
    image.SeriesNumber = scan.protocol.number
    image.SeriesDescription = image.ProtocolName = scan.protocol.description
    image.BodyPartExamined = "LSPINE"
    image.PatientPosition = "HFS"
    image.FrameOfReferenceUID = _uid(spec, "frame of reference")
    image.PositionReferenceIndicator = ""
    image.Manufacturer = "SPOILS phantom"
    image.ManufacturerModelName = "Phantom"
    image.SoftwareVersions = "1"
    image.InstanceNumber = scan.instance
    image.AcquisitionNumber = 1


def _add_acquisition(image: Dataset, protocol: Protocol) -> None:
    image.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    image.ScanningSequence = protocol.sequence
    image.SequenceVariant = protocol.variant
    image.ScanOptions = ""
    image.MRAcquisitionType = "2D"
    image.RepetitionTime = protocol.repetition_time_ms
    image.EchoTime = protocol.echo_time_ms
    image.EchoTrainLength = protocol.echo_train
    image.FlipAngle = protocol.flip_angle_deg
    image.MagneticFieldStrength = 1.5
    image.SliceThickness = _decimal(protocol.thickness_mm)
    image.SpacingBetweenSlices = _decimal(protocol.slice_spacing_mm)


def _add_plane_and_pixels(image: Dataset, scan: Scan) -> None:
    image.PixelSpacing = [_decimal(scan.protocol.pixel_spacing_mm)] * 2
    image.ImagePositionPatient = [_decimal(x) for x in scan.origin_mm]
    image.ImageOrientationPatient = [_decimal(x) for x in (*scan.along_row, *scan.along_column)]
    pixels = np.clip(np.rint(scan.pixels), 0, 65535).astype("<u2")
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 0
    image.WindowCenter = 550
    image.WindowWidth = 1100
    image.PixelData = pixels.tobytes()


def _decimal(value: float) -> str:
    """Return a decimal string of at most 16 characters, as DICOM limits it.

    >>> _decimal(-123.456789012345)
    '-123.45678901'
    """
    return f"{value:.8f}".rstrip("0").rstrip(".") if value else "0"
