"""NIfTI volumes and PNG images without the text of their headers; voxels and geometry stay bit by bit."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io.checks import require_size
from spoils.io.deidentify.burned_in import holds_text
from spoils.io.deidentify.pseudonyms import Pseudonyms
from spoils.io.library_warnings import warnings_logged
from spoils.io.limits import DEFAULT_MAX_PIXELS, MAX_VOXELS
from spoils.messages import message
from spoils.volume_files import open_volume

__all__ = ["IMAGE_SUFFIXES", "copy_image"]

IMAGE_SUFFIXES: Final = (".nii", ".nii.gz", ".png", ".mha", ".nrrd")

_NIFTI_TEXTS: Final = {
    348: ((4, 14), (14, 32), (148, 228), (228, 252), (328, 344)),
    540: ((240, 320), (320, 344), (508, 524)),
}
"""By header size: data_type and db_name (NIfTI-1 alone), descrip, aux_file and intent_name, as bytes from, to."""
_PLAIN_MODES: Final = frozenset({"1", "L", "P", "I", "I;16", "LA", "RGB"})
_BROKEN = (Image.DecompressionBombError, OSError, EOFError, SyntaxError, ValueError, struct.error, zlib.error)
_MAX_BYTES: Final = 8 * MAX_VOXELS
"""Of an inflated NIfTI file: voxels of 64 bits."""


def copy_image(path: Path, folder: Path, pseudonyms: Pseudonyms, *, pixels_checked: bool) -> None:
    """Copy a NIfTI or PNG file into ``folder`` without header texts, under a name that follows from its content.

    Raises:
        InputUnreadable: the file is damaged.
        UnsuitableInput: the format's free header can't be cleaned, or text seems to be drawn into the pixels.
    """
    name = path.name.lower()
    if name.endswith((".mha", ".nrrd")):
        raise UnsuitableInput(message("deidentify-free-header"))
    try:
        if not pixels_checked and any(holds_text(plane) for plane in _planes(path)):
            raise UnsuitableInput(message("deidentify-text-in-pixels"))
        content = _clean_png(path) if name.endswith(".png") else _clean_nifti(path)
    except _BROKEN as error:
        raise InputUnreadable(message("image-damaged")) from error
    suffix = next(suffix for suffix in (".nii.gz", ".nii", ".png") if name.endswith(suffix))
    target = folder / f"{pseudonyms.name_of('image', content)}{suffix}"
    target.write_bytes(gzip.compress(content, mtime=0) if suffix == ".nii.gz" else content)


def _planes(path: Path) -> npt.NDArray[Any]:
    """Return the planes of an image along its shortest axis: (planes, rows, columns)."""
    if path.name.lower().endswith(".png"):
        with _opened_png(path) as image:
            return np.asarray(image.convert("L") if image.mode in {"P", "LA", "RGB"} else image)[np.newaxis]
    with path.open("rb") as stream:
        volume = open_volume(stream, ".nii")
        if math.prod(volume.size) > MAX_VOXELS:
            raise UnsuitableInput(message("image-too-many-voxels", voxels=math.prod(volume.size), limit=MAX_VOXELS))
        values = np.squeeze(volume.read())
    if values.ndim == 2:
        return values[np.newaxis]
    planes = np.moveaxis(values, int(np.argmin(values.shape[:3])), 0)
    return planes.reshape(-1, *planes.shape[1:3])


def _opened_png(path: Path) -> Image.Image:
    """Open a picture whose size is within the limit; its pixels are not decoded yet."""
    with warnings_logged():
        image = Image.open(path, formats=["PNG"])
    require_size(image.height, image.width, 1, DEFAULT_MAX_PIXELS)
    return image


def _clean_png(path: Path) -> bytes:
    """Return the image with its pixels and palette alone: text, time and EXIF chunks are not carried over."""
    with _opened_png(path) as image:
        if image.mode not in _PLAIN_MODES:
            raise UnsuitableInput(message("deidentify-png-kind"))
        bare = Image.frombytes(image.mode, image.size, image.tobytes())
        if image.mode == "P":
            bare.putpalette(image.getpalette() or [])
        content = BytesIO()
        bare.save(content, format="PNG")
        return content.getvalue()


def _clean_nifti(path: Path) -> bytes:
    """Return the file with its header's texts and extensions filled with zeros, and nothing behind its voxels."""
    raw = path.read_bytes()
    content = bytearray(_inflated(raw) if path.name.lower().endswith(".gz") else raw)
    order = "<" if struct.unpack_from("<i", content)[0] in _NIFTI_TEXTS else ">"
    (size,) = struct.unpack_from(f"{order}i", content)
    if size not in _NIFTI_TEXTS:
        raise InputUnreadable(message("nifti-expected"))
    voxels, end = _place_of_voxels(content, order, size)
    if not size <= voxels < end <= len(content):
        raise InputUnreadable(message("image-damaged"))
    del content[end:]
    for first, last in (*_NIFTI_TEXTS[size], (size, voxels)):
        content[first:last] = bytes(max(0, last - first))
    return bytes(content)


def _inflated(packed: bytes) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(packed)) as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise InputUnreadable(message("image-damaged"))
    return content


def _place_of_voxels(header: bytes | bytearray, order: str, size: int) -> tuple[int, int]:
    """Return at which byte the voxels begin and end, by a header of ``size`` bytes in the byte ``order``."""
    offset, shape, bits = (("f", 108), ("8h", 40), 72) if size == 348 else (("q", 168), ("8q", 16), 14)
    first = int(struct.unpack_from(order + offset[0], header, offset[1])[0])
    dimensions, *extents = struct.unpack_from(order + shape[0], header, shape[1])
    (bits_each,) = struct.unpack_from(f"{order}h", header, bits)
    return first, first + math.prod(extents[:dimensions]) * bits_each // 8
