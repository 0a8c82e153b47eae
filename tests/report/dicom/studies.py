"""A phantom study as scanners might store it: any slice order, rows and columns turned about, tilted, multi-frame."""

from dataclasses import dataclass, replace

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from spoils.images import LabelMap
from spoils.io import read_input
from spoils.phantom import PhantomSpec, draw_phantom
from spoils.phantom.dicom import sagittal_scans, to_dataset
from spoils.report import SourceDicom

SPEC = PhantomSpec(n_slices=5, rows=100, columns=72, spacing_mm=2.0, seed=4)
"""Coarse, so that tests are quick; rows and columns differ, so that none is taken for the other."""


@dataclass(frozen=True)
class Arrangement:
    """How a study is stored; ``tilt_deg`` turns the patient about the long axis and then to the side."""

    transposed: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False
    tilt_deg: float = 0.0
    order: tuple[int, ...] = (0, 1, 2, 3, 4)


ARRANGEMENTS = {
    "plain": Arrangement(),
    "numbered backward": Arrangement(order=(4, 3, 2, 1, 0)),
    "shuffled": Arrangement(order=(2, 4, 0, 3, 1)),
    "rows reversed, so the normal too": Arrangement(rows_reversed=True),
    "columns reversed": Arrangement(columns_reversed=True, order=(3, 1, 4, 0, 2)),
    "upside down": Arrangement(rows_reversed=True, columns_reversed=True),
    "rows for columns": Arrangement(transposed=True, order=(1, 0, 3, 2, 4)),
    "rows for columns, reversed": Arrangement(transposed=True, rows_reversed=True),
    "oblique": Arrangement(tilt_deg=14.0, order=(2, 4, 0, 3, 1)),
    "oblique and turned about": Arrangement(True, True, True, -9.0, (4, 0, 3, 1, 2)),
}


@dataclass(frozen=True, eq=False)
class Study:
    """A study as read back from disk, with labels on its canonical grid."""

    source: SourceDicom
    labels: LabelMap

    @property
    def headers(self):
        return self.source.images


PHANTOM = draw_phantom(SPEC)


def datasets(arrangement=ARRANGEMENTS["plain"]):
    """Return one dataset per slice, from the patient's right to left."""
    return [to_dataset(arranged(scan, arrangement), SPEC) for scan in sagittal_scans(PHANTOM)]


def arranged(scan, how):
    pixels, at = scan.pixels, np.array(scan.origin_mm)
    along_row, along_column = np.array(scan.along_row), np.array(scan.along_column)
    if how.columns_reversed:
        at, along_row, pixels = at + along_row * (pixels.shape[1] - 1) * SPEC.spacing_mm, -along_row, pixels[:, ::-1]
    if how.rows_reversed:
        at, along_column = at + along_column * (pixels.shape[0] - 1) * SPEC.spacing_mm, -along_column
        pixels = pixels[::-1]
    if how.transposed:
        along_row, along_column, pixels = along_column, along_row, pixels.T
    turn = rotation(how.tilt_deg)
    return replace(
        scan,
        instance=how.order[scan.instance - 1] + 1,
        pixels=pixels,
        origin_mm=tuple(turn @ at),
        along_row=tuple(turn @ along_row),
        along_column=tuple(turn @ along_column),
    )


def rotation(tilt_deg):
    sine, cosine = np.sin(np.deg2rad(tilt_deg)), np.cos(np.deg2rad(tilt_deg))
    return np.array(((cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1))) @ np.array(
        ((cosine, 0, sine), (0, 1, 0), (-sine, 0, cosine))
    )


def enhanced(singles, echo_times=(12.0, 100.0)):
    """Turn single images into one multi-frame object, echo by echo, in reverse slice order."""
    first = singles[0]
    dataset = pydicom.dcmread(first.filename) if first.filename else first
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    plane, measures, timing, shared = Dataset(), Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = dataset.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = dataset.PixelSpacing, dataset.SliceThickness
    timing.RepetitionTime = 3500.0
    dataset.EchoPulseSequence = "SPIN"
    frames, stored = [], []
    for single in reversed(singles):
        for echo_time in echo_times:
            position, echo, own = Dataset(), Dataset(), Dataset()
            position.ImagePositionPatient = single.ImagePositionPatient
            echo.EffectiveEchoTime = echo_time
            own.PlanePositionSequence, own.MREchoSequence = [position], [echo]
            own.PlaneOrientationSequence = [plane]
            frames.append(own)
            stored.append(single.pixel_array)
    for keyword in (
        "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "ImageOrientationPatient", "ImagePositionPatient",
        "EchoTime", "ScanningSequence", "RepetitionTime",
    ):  # fmt: skip
        delattr(dataset, keyword)
    shared.PixelMeasuresSequence, shared.MRTimingAndRelatedParametersSequence = [measures], [timing]
    dataset.SharedFunctionalGroupsSequence, dataset.PerFrameFunctionalGroupsSequence = [shared], frames
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = np.array(stored).astype("<u2").tobytes()
    return dataset


def stored(images, folder, labels=None):
    """Write ``images`` and read them as SPOILS does; ``labels`` are random unless given."""
    for image in images:
        image.save_as(folder / f"{image.InstanceNumber}.dcm", enforce_file_format=True)
    read = read_input(folder)
    grid = read.series.grid
    values = np.random.default_rng(3).integers(0, 14, grid.shape) if labels is None else labels
    return Study(SourceDicom.of(read), LabelMap(values, grid))
