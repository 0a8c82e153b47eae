"""Limits of what is read, each with its unit, its meaning and where it comes from."""

from __future__ import annotations

import math
from typing import Final

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "MAX_AGE_YEARS",
    "MAX_ANISOTROPY",
    "MAX_DAMAGED_FRACTION",
    "MAX_DICOM_BYTES",
    "MAX_DICOM_ITEMS",
    "MAX_DICOM_NESTING",
    "MAX_FOLDER_FILES",
    "MAX_HEIGHT_MM",
    "MAX_IN_PLANE_MM",
    "MAX_NAME_CHARACTERS",
    "MAX_OBLIQUITY_DEG",
    "MAX_POSITION_SCATTER",
    "MAX_SERIES_TRIED",
    "MAX_SHEAR_DEG",
    "MAX_SHIFT_MM",
    "MAX_SIGNAL",
    "MAX_VOXELS",
    "MAX_ZIP_BYTES",
    "MAX_ZIP_MEMBERS",
    "MAX_ZIP_RATIO",
    "MIN_CONTRAST",
    "MIN_HEIGHT_MM",
    "MIN_OMITTED_GAPS",
    "MIN_SAGITTAL_COSINE",
    "MIN_STATION_MM",
    "MIN_T2_ECHO_MS",
    "MIN_T2_REPETITION_MS",
    "MIN_WIDTH_MM",
    "NOMINAL_SLICE_MM",
    "ROUNDING_SHEAR_DEG",
    "SAME_PLANE_TOLERANCE",
]

# Size of the input

DEFAULT_MAX_PIXELS: Final = 4096 * 4096
"""Pixels of one slice, unless the caller sets another limit. Clinical MR matrices have at most 1024 x 1024."""

MAX_VOXELS: Final = 2**28
"""Voxels of a series: 1 GiB once they are 32-bit floats, as 256 slices of 1024 x 1024. A lumbar series has about 10
million."""

MAX_DICOM_BYTES: Final = 2**30
"""Bytes of one DICOM file, and of one that was deflated. Slices have about half a megabyte, multi-frame images up to a
few hundred."""

MAX_DICOM_ITEMS: Final = 200_000
"""Sequence items of one DICOM file: each costs about a kilobyte once it is read. Multi-frame images have about ten a
frame."""

MAX_DICOM_NESTING: Final = 32
"""Levels of sequences within sequences. Images have up to five, structured reports rarely more than ten."""

MAX_FOLDER_FILES: Final = 100_000
"""Files in a folder with all its subfolders. A study has up to some thousands."""

MAX_ZIP_MEMBERS: Final = 20_000
"""Files in a ZIP archive. A study has up to some thousands."""

MAX_ZIP_BYTES: Final = 2**33
"""Bytes of all files of a ZIP archive once decompressed (8 GiB). A study has up to some gigabytes."""

MAX_ZIP_RATIO: Final = 100
"""Decompressed size of a ZIP archive over its packed size. Images shrink to a half or a third, rarely more."""

# Signal

MAX_SIGNAL: Final = 1e15
"""Largest magnitude of a pixel. Scanners give numbers up to some thousands; the squares of larger ones can't be
summed up in 32 bits."""

MIN_CONTRAST: Final = 1e-15
"""Least difference between the brightest and the darkest pixel, for the same reason."""

# Field of view

MIN_HEIGHT_MM: Final = 100.0
"""Extent from top to bottom: L1 to S1 of an adult does not fit into less."""

MAX_HEIGHT_MM: Final = 700.0
"""Extent from top to bottom: MR scanners have fields of view up to about 500 mm, composed images up to 700 mm."""

MIN_WIDTH_MM: Final = 40.0
"""Extent from front to back: vertebral bodies alone take 35 mm."""

# Plane and resolution

MAX_OBLIQUITY_DEG: Final = 30.0
"""Angle between the normal of a slice and the left-right axis: beyond, the plane is not called sagittal."""

MIN_SAGITTAL_COSINE: Final = math.cos(math.radians(MAX_OBLIQUITY_DEG))
"""The same limit as a cosine."""

MAX_IN_PLANE_MM: Final = 2.5
"""Pixel spacing in the sagittal plane: a disc is 5 to 15 mm high, so coarser pixels can't measure it."""

MAX_ANISOTROPY: Final = 2.0
"""Ratio of the coarser in-plane spacing to the finer one and to the slice spacing: beyond, the volume was acquired in
another plane."""

NOMINAL_SLICE_MM: Final = 1.0
"""Slice spacing put into the grid where the input has none. A note says so; volumes then mean nothing."""

ROUNDING_SHEAR_DEG: Final = 0.003
"""Deviation of the axes of a volume from right angles that single-precision numbers make: 0.05 per mille."""

MAX_SHEAR_DEG: Final = 0.6
"""Deviation of the axes of a volume from right angles up to which the nearest right angles are taken: one per cent."""

# Slices of one DICOM series

SAME_PLANE_TOLERANCE: Final = 5e-3
"""Difference of pixel spacing (mm) or direction cosine up to which two frames have the same plane: writers round."""

MAX_SHIFT_MM: Final = 1.0
"""Shift within the plane from the first to the last slice up to which the slices make up one rectangular volume."""

MAX_DAMAGED_FRACTION: Final = 0.2
"""Part of the slices that may be left out at the ends because their pixel data are damaged. The middle slice and those
beside it then still are what they were."""

MAX_POSITION_SCATTER: Final = 0.05
"""Distance of a slice from its place in an even spacing, as a share of the spacing: scanners and exports round."""

MIN_OMITTED_GAPS: Final = 1.8
"""Spacing of the slices over their SpacingBetweenSlices from which slices between them must be missing."""

MIN_STATION_MM: Final = 10.0
"""Distance within the plane between frames of two table positions: stations overlap by far less than they advance."""

# Choice of the series

MAX_SERIES_TRIED: Final = 4
"""Series of a study whose images are looked at before it is refused: each costs less than a second."""

# T2 weighting

MIN_T2_ECHO_MS: Final = 60.0
"""TE of a spin echo below which it is T1- or proton-density-weighted. Lumbar T2 protocols use 80 to 130 ms."""

MIN_T2_REPETITION_MS: Final = 1500.0
"""TR of a spin echo below which it is T1-weighted. Lumbar T2 protocols use 2000 to 5000 ms."""

# Patient

MAX_AGE_YEARS: Final = 130
"""A header that states a higher age is wrong."""

MAX_NAME_CHARACTERS: Final = 128
"""Of names and numbers of a patient that are shown. DICOM allows 64 in each component of a name."""
