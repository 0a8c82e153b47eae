"""Builders of small synthetic inputs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from spoils.spatial import Grid

SAGITTAL_T2 = {
    "Modality": "MR",
    "ScanningSequence": "SE",
    "EchoTime": "110",
    "RepetitionTime": "3500",
    "ImageType": ["ORIGINAL", "PRIMARY", "M"],
}


@dataclass(frozen=True)
class DicomSeries:
    """A series to be written: stored ``pixels`` (slice, row, column) on ``grid``, any orientation."""

    pixels: np.ndarray
    grid: Grid
    header: dict[str, Any]
    uid: str
    syntax: UID = ExplicitVRLittleEndian

    def with_header(self, **changes: Any) -> "DicomSeries":
        """Change header values; None removes one. The copy is a series of its own."""
        return replace(self, header=self.header | changes, uid=generate_uid())

    def write(self, folder: Path, order: list[int] | None = None) -> list[Path]:
        """Write one file per slice, in ``order``; file k of the result holds slice k."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{self.uid[-6:]}-{slice_index}.dcm" for slice_index in range(len(self.pixels))]
        for instance, slice_index in enumerate(order or range(len(self.pixels)), start=1):
            dataset = self.dataset(slice_index, instance)
            if self.syntax != ExplicitVRLittleEndian:
                dataset.compress(self.syntax, generate_instance_uid=False)
            dataset.save_as(paths[slice_index], enforce_file_format=True)
        return paths

    def dataset(self, slice_index: int, instance: int = 1) -> FileDataset:
        """Return the DICOM object of one slice."""
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID = MRImageStorage
        dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        dataset.SeriesInstanceUID, dataset.InstanceNumber = self.uid, instance
        place(dataset, self.grid, slice_index)
        describe_pixels(dataset, self.pixels[slice_index])
        for keyword, value in self.header.items():
            if value is None:
                if keyword in dataset:
                    delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        return dataset


def place(dataset: Dataset, grid: Grid, slice_index: int) -> None:
    _, along_column, along_row = grid.axes
    slice_mm, row_mm, column_mm = grid.spacing_mm
    dataset.PixelSpacing = [f"{row_mm:.6g}", f"{column_mm:.6g}"]
    dataset.SliceThickness = f"{slice_mm:.6g}"
    dataset.ImageOrientationPatient = [f"{value:.10f}" for value in (*along_row, *along_column)]
    dataset.ImagePositionPatient = [f"{value:.8f}"[:16] for value in grid.to_patient((slice_index, 0, 0))]


def describe_pixels(dataset: Dataset, stored: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = stored.astype("<u2").tobytes()


def make_series(shape: tuple[int, int, int] = (5, 40, 30), axes: Any = None, **header: Any) -> DicomSeries:
    """Build a sagittal T2 series of random pixels, 160 x 120 mm, with slices to the left unless ``axes`` say else."""
    pixels = np.random.default_rng(7).integers(10, 4000, shape).astype(np.uint16)
    given = {} if axes is None else {"axes": axes}
    grid = Grid.from_axes(shape, (4.4, 160 / shape[1], 120 / shape[2]), origin_mm=(-9.0, 20.0, 70.0), **given)
    return DicomSeries(pixels, grid, SAGITTAL_T2 | {"SeriesNumber": 3} | header, generate_uid())


@pytest.fixture(scope="session")
def dicom_series() -> Callable[..., DicomSeries]:
    return make_series
