"""Check of written files for protected health information (PHI): names, numbers and UIDs of the originals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import pydicom
from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from spoils.io.deidentify.pseudonyms import is_registered

__all__ = ["Identity", "identity_of"]

_NAMING_KEYWORDS: Final = frozenset(
    {
        "PatientID",
        "OtherPatientIDs",
        "PatientBirthDate",
        "PatientAddress",
        "PatientTelephoneNumbers",
        "PatientMotherBirthName",
        "MedicalRecordLocator",
        "MilitaryRank",
        "InsurancePlanIdentification",
        "IssuerOfPatientID",
        "CountryOfResidence",
        "RegionOfResidence",
        "AccessionNumber",
        "StudyID",
        "AdmissionID",
        "ServiceEpisodeID",
        "RequestedProcedureID",
        "ScheduledProcedureStepID",
        "PerformedProcedureStepID",
        "PlacerOrderNumberImagingServiceRequest",
        "FillerOrderNumberImagingServiceRequest",
        "PlacerOrderNumberProcedure",
        "FillerOrderNumberProcedure",
        "InstitutionName",
        "InstitutionAddress",
        "InstitutionalDepartmentName",
        "StationName",
        "DeviceSerialNumber",
        "CurrentPatientLocation",
        "RequestingService",
        "PerformedStationAETitle",
        "PerformedStationName",
        "PerformedLocation",
        "ScheduledStationAETitle",
        "ScheduledStationName",
        "ClinicalTrialSubjectID",
        "ClinicalTrialSiteName",
        "PhysicianOfRecord",
        "PatientComments",
    }
)
_TEXT_VRS = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_DEVICE_WORDS = ("Manufacturer", "ManufacturerModelName")
_OWN_WORDS = frozenset({"anonymized", "spoils"})
"""What cleaning writes itself, and may find where a study was cleaned before."""
_UID = re.compile(rb"[0-9]+(?:\.[0-9]+){3,}")
_MIN_IN_TEXT, _MIN_IN_BYTES, _MIN_IN_PIXELS = 3, 6, 8
_MIN_OTHER_SCRIPTS = 2
"""In scripts other than ours, as of Chinese and Japanese names, two characters may be a whole name."""
_PIXEL_DATA = 0x7FE00010


@dataclass(frozen=True)
class Identity:
    """What identified someone in the originals: whole texts, parts of people's names, and UIDs.

    ``encodings`` are Python's names of the character sets that the originals use.
    """

    texts: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()
    encodings: frozenset[str] = field(default=frozenset({"utf-8", "latin-1"}))

    def __or__(self, other: Identity) -> Identity:
        return Identity(self.texts | other.texts, self.uids | other.uids, self.encodings | other.encodings)

    def is_in_name(self, path: Path) -> bool:
        """Say whether a path, relative to the folder written to, holds any of it."""
        name = path.as_posix()
        return bool(_UID.findall(name.encode()) and self._uid_in(name.encode())) or self._text_in(name)

    def is_in_dicom(self, path: Path) -> bool:
        """Say whether a DICOM file still holds any of it: in a text of the header, or in its bytes.

        Short texts are looked for as whole words of header texts, longer ones in all bytes of the header, and those of
        8 characters and more in the pixel data as well: there a shorter one would be met by chance.
        """
        raw = path.read_bytes()
        dataset = pydicom.dcmread(path)
        pixels = dataset.get_item(_PIXEL_DATA)
        start = getattr(pixels, "value_tell", len(raw)) if pixels is not None else len(raw)
        end = start + len(getattr(pixels, "value", None) or b"")
        header = raw[:start] + b"\0" + raw[end:]
        if self._uid_in(header) or self._found(self._long, header) or self._found(self._very_long, raw[start:end]):
            return True
        return any(self._text_in(text) for element in _elements(dataset) for text in _texts(element))

    @staticmethod
    def _found(sought: re.Pattern[bytes] | None, content: bytes) -> bool:
        return sought is not None and sought.search(content) is not None

    def _uid_in(self, content: bytes) -> bool:
        return any(uid.decode() in self.uids for uid in _UID.findall(content))

    def _text_in(self, text: str) -> bool:
        return self._words is not None and self._words.search(text) is not None

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        sought = (text for text in self.texts if len(text) >= (_MIN_IN_TEXT if text.isascii() else _MIN_OTHER_SCRIPTS))
        bounded = [rf"(?<![^\W_]){re.escape(text)}(?![^\W_])" for text in sought]
        return re.compile("|".join(bounded), re.IGNORECASE) if bounded else None

    @cached_property
    def _long(self) -> re.Pattern[bytes] | None:
        return self._bytes_pattern(_MIN_IN_BYTES)

    @cached_property
    def _very_long(self) -> re.Pattern[bytes] | None:
        return self._bytes_pattern(_MIN_IN_PIXELS)

    def _bytes_pattern(self, shortest: int) -> re.Pattern[bytes] | None:
        """Seek the texts in every encoding; numbers only whole, as digits of longer ones are there by chance."""
        wanted = set()
        for text in (text for text in self.texts if len(text) >= shortest):
            for encoded in _encoded(text, self.encodings):
                pattern = re.escape(encoded)
                wanted.add(rb"(?<![0-9.])" + pattern + rb"(?![0-9.])" if encoded.isdigit() else pattern)
        return re.compile(b"|".join(sorted(wanted)), re.IGNORECASE) if wanted else None


def identity_of(dataset: Dataset) -> Identity:
    """Collect what identifies someone in a dataset and its sequences; of people's names also each single part.

    What says no more than the scanner's maker or model does not count, nor do placeholders such as ``0000``.
    """
    device = {word for name in _DEVICE_WORDS for word in _words_of(str(dataset.get(name, "")).casefold())}
    texts: set[str] = set()
    uids: set[str] = set()
    for element in _elements(dataset):
        if element.VR == "PN":
            for name in (group for names in _texts(element) for group in names.split("=")):
                texts |= {name.replace("^", " ").strip(), name.strip("^ "), *_words_of(name)}
        elif element.VR == "UI":
            uids |= {uid for uid in _texts(element) if uid and not is_registered(uid)}
        elif element.keyword in _NAMING_KEYWORDS:
            texts |= {text.strip() for text in _texts(element)}
    naming = frozenset(text for text in texts if _names_someone(text.casefold(), device))
    encodings = frozenset(convert_encodings(dataset.get("SpecificCharacterSet")))
    return Identity(naming, frozenset(uids)) | Identity(encodings=encodings)


def _words_of(text: str) -> list[str]:
    """Split into runs of letters and digits, with the vowel signs that scripts such as Devanagari write as marks.

    >>> _words_of("St. Mary_2, \u0936\u0930\u094d\u092e\u093e^\u0930\u093e\u092e") == [
    ...     "St", "Mary", "2", "\u0936\u0930\u094d\u092e\u093e", "\u0930\u093e\u092e"]
    True
    """
    return "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in text).split()


def _names_someone(text: str, device: Set[str]) -> bool:
    words = set(_words_of(text))
    return len(set("".join(words))) > 1 and not words <= device and text not in _OWN_WORDS


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)
        elif element.VR in _TEXT_VRS or element.VR in {"UI", "DA"}:
            yield element


def _texts(element: DataElement) -> list[str]:
    value = element.value
    parts = value if isinstance(value, MultiValue | list) else [value]
    return [str(part) for part in parts if part is not None]


def _encoded(text: str, encodings: Iterable[str]) -> Iterator[bytes]:
    for encoding in encodings:
        try:
            yield text.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            continue  # the text can't be there in this encoding
