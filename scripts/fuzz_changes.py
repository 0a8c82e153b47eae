"""Random damage to sound files: in bytes, in elements of DICOM, in values of JSON and in the members of archives."""

from __future__ import annotations

import json
import random
import warnings
import zipfile
from io import BytesIO
from typing import Any

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

__all__ = ["changed_archive", "changed_bytes", "changed_dicom", "changed_json"]

HEADER_BYTES = 2048
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_TEXTS = (b"1e308", b"-1e308", b"NaN", b"null", b"[]", b"{}", b'""', b"99999999999999999999", b"\xff\xfe", b"[" * 5000)

_PIXELS = Tag("PixelData")

_KEYWORDS = (
    "AcquisitionNumber", "AnatomicRegionSequence", "BitsAllocated", "BitsStored", "BodyPartExamined", "Columns",
    "EchoTime", "FrameOfReferenceUID", "HighBit", "ImageOrientationPatient", "ImagePositionPatient", "ImageType",
    "InstanceNumber", "Modality", "NumberOfFrames", "PatientAge", "PatientBirthDate", "PatientID", "PatientName",
    "PatientSex", "PerFrameFunctionalGroupsSequence", "PhotometricInterpretation", "PixelPaddingRangeLimit",
    "PixelPaddingValue", "PixelRepresentation", "PixelSpacing", "RepetitionTime", "RescaleIntercept", "RescaleSlope",
    "Rows", "SamplesPerPixel", "ScanningSequence", "SeriesDescription", "SeriesInstanceUID", "SeriesNumber",
    "SharedFunctionalGroupsSequence", "SliceThickness", "SOPClassUID", "SOPInstanceUID", "SpacingBetweenSlices",
    "SpecificCharacterSet", "StudyDate", "StudyInstanceUID", "TemporalPositionIdentifier",
)  # fmt: skip
"""Elements that decide what a DICOM image is: they may also be added."""

_VALUES = (
    b"", b"0", b"-1", b"1", b"1e308", b"1e-320", b"-1e308", b"NaN", b"inf", b"1,5", b"99999999999999999999", b"0\\0",
    b"1\\0\\0\\0\\1\\0", b"0\\1\\0\\0\\0\\-1", b"1e200\\1e200\\1e200", b"\\" * 40, b"x" * 5000, b"\xff\xfe\x80",
    b"ISO 2022 IR 87", b"20240101-20250101", b"<b>&\x1b[31m", b"../../x", b"\x00", b"\x00\x00", b"\x01\x00",
    b"\xff\xff", b"\x00\x80", b"\xff\xff\xff\xff", b"\xfe\xff\x00\xe0\x00\x00\x00\x00",
)  # fmt: skip

_JSON_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, -1e308, 1e-320, float("nan"), float("inf"), 10**40, 10**400, 2**63, "", "x" * 5000,
    "\ud800", "\x00", "<script>", "{0}", "{level:d}", "1e308", [], {}, [[]], {"": None}, "L9-L10", "2024-13-45",
)  # fmt: skip


def changed_bytes(content: bytes, chance: random.Random) -> bytes:
    """Return the content with one to six changes, most of them in its first bytes, some in its last."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        size = len(changed)
        place = _place(size, chance)
        kind = chance.randrange(7)
        if kind == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            width = chance.choice((1, 2, 4))
            number = chance.choice(_NUMBERS) & (256**width - 1)
            changed[place : place + width] = number.to_bytes(width, chance.choice(("little", "big")))
        elif kind == 2:
            changed[place : place + chance.randrange(1, 64)] = b""
        elif kind == 3:
            changed[place:place] = changed[place : place + chance.randrange(1, 200)] * chance.choice((1, 2, 50))
        elif kind == 4:
            changed[place : place + chance.randrange(12)] = chance.choice(_TEXTS)
        elif kind == 5:
            changed[place : place + 16] = chance.randbytes(16)
        elif chance.random() < 0.3:
            del changed[place:]
        if not changed:
            return b""
    return bytes(changed)


def _place(size: int, chance: random.Random) -> int:
    where, near = chance.random(), min(size, HEADER_BYTES)
    return chance.randrange(near) if where < 0.7 else size - 1 - chance.randrange(near if where < 0.85 else size)


def changed_dicom(content: bytes, chance: random.Random) -> bytes:
    """Return a DICOM file of which one to three elements hold what they must not, or are missing."""
    if chance.random() < 0.4 or content[128:132] != b"DICM":
        return changed_bytes(content, chance)
    dataset = pydicom.dcmread(BytesIO(content))
    for _ in range(chance.randint(1, 3)):
        present = [tag for tag in dataset.keys() if tag != _PIXELS]  # noqa: SIM118 - iteration would parse all values
        tag = Tag(chance.choice(_KEYWORDS)) if chance.random() < 0.5 else chance.choice(present)
        if tag in dataset and chance.random() < 0.2:
            del dataset[tag]
        else:
            value = chance.choice(_VALUES) if chance.random() < 0.8 else chance.randbytes(chance.randrange(64))
            dataset[tag] = RawDataElement(tag, "UN", len(value), value, 0, False, True)
    saved = BytesIO()
    try:
        with warnings.catch_warnings(action="ignore"):
            dataset.save_as(saved, enforce_file_format=True)
    except (ValueError, TypeError, AttributeError, KeyError):  # the library does not write every nonsense
        return changed_bytes(content, chance)
    return saved.getvalue()


def changed_json(content: bytes, chance: random.Random) -> bytes:
    """Return JSON in which one to three values are extreme, of another type, missing, repeated or nested deeply."""
    if chance.random() < 0.2:
        return changed_bytes(content, chance)
    document = json.loads(content)
    for _ in range(chance.randint(1, 3)):
        parent, key = chance.choice(list(_values(document)) or [({}, "")])
        what = chance.random()
        if what < 0.15 and isinstance(parent, dict):
            parent.pop(key, None)
        elif what < 0.25 and isinstance(parent, list):
            parent.extend([parent[key]] * chance.choice((1, 3, 1000)))
        elif what < 0.3 and isinstance(parent, dict):
            parent[chance.choice(("unknown", "", "\ud800", "x" * 5000))] = parent[key]
        elif what < 0.35:
            parent[key] = "(deep)"
        elif what < 0.5:
            other, name = chance.choice(list(_values(document)))
            parent[key] = json.loads(json.dumps(other[name]))
        else:
            parent[key] = chance.choice(_JSON_VALUES)
    depth = chance.choice((50, 2000, 200_000))
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    return text.replace('"(deep)"', "[" * depth + "]" * depth).encode("utf-8", "surrogatepass")


def _values(document: object) -> list[tuple[Any, Any]]:
    """Return the places of all values, each as what holds it and its key or index."""
    places: list[tuple[Any, Any]] = []
    held: list[Any] = [document]
    while held:
        one = held.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        places += [(one, key) for key in keys]
        held += [one[key] for key in keys]
    return places


def changed_archive(content: bytes, chance: random.Random) -> bytes:
    """Return a ZIP archive with damaged bytes, or with members that are damaged or have names that lead elsewhere."""
    if chance.random() < 0.4:
        return changed_bytes(content, chance)
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as sound, zipfile.ZipFile(packed, "w") as archive:
        for info in sound.infolist():
            member, name = sound.read(info), info.filename
            what = chance.random()
            if what < 0.15:
                member = changed_dicom(member, chance)
            elif what < 0.2:
                member = chance.choice((b"", b"\0" * 10**7, content))
            elif what < 0.25:
                name = chance.choice(("../x", "/x", "C:\\x", "a/" * 500 + "x", "\x01", "ü", name))
            entry = zipfile.ZipInfo(name)
            entry.external_attr = chance.choice((0, 0, 0, 0, 0o120777 << 16, 0o010644 << 16))
            archive.writestr(entry, member, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)))
    return packed.getvalue()
