"""The basic application level confidentiality profile of DICOM PS3.15 E.1, on one dataset and all it nests.

The table of attributes and their actions is that of edition 2026c in ``dicom-anonymizer``. Its own engine is not used:
it does not reach into sequences, draws UIDs at random and makes all dates one. Stricter than the table: attributes that
are private or unknown, free text and people's names that it does not list, overlays and curves all go. Of people, only
a pseudonym stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dicomanonymizer.simpledicomanonymizer import initialize_actions, replace_element
from pydicom.datadict import dictionary_has_tag, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sr.coding import Code
from pydicom.tag import BaseTag

from spoils import __version__
from spoils.io.deidentify.pseudonyms import Pseudonyms, shifted

__all__ = ["PROFILE_EDITION", "Cleaning", "cleaned", "patient_key"]

PROFILE_EDITION: Final = "2026c"

_ACTIONS: Final[dict[tuple[int, ...], str]] = {
    tag: action.__name__ for tag, action in initialize_actions(f"dicomfields_{PROFILE_EDITION}").items()
}
"""For each (group, element) that the profile lists, the name of its action, e.g. ``delete_or_empty``."""

_BASIC_PROFILE = Code("113100", "DCM", "Basic Application Confidentiality Profile")
_MODIFIED_DATES = Code("113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option")
_PATIENT_CHARACTERISTICS = Code("113108", "DCM", "Retain Patient Characteristics Option")

_PATIENT_GROUP = 0x0010
_CURVES, _OVERLAYS = 0x5000, 0x6000
_ADMINISTRATIVE_GROUPS = frozenset({0x0010, 0x0032, 0x0038, 0x2000, 0x2100, 0x2110, 0x2200, 0x4008, 0x4010})
"""Patient, request, visit, printing, result and security screening: what the table does not list of them goes too.

So do birth and death dates in other calendars, and numbers and places that a hospital gave."""
_ADMINISTRATIVE = frozenset(
    {
        "ContactDisplayName",
        "FillerOrderNumberImagingServiceRequestRetired",
        "FillerOrderNumberProcedure",
        "OtherStudyNumbers",
        "PatientSetupLabel",
        "PerformedProcedureTypeDescription",
        "PlacerOrderNumberImagingServiceRequestRetired",
        "PlacerOrderNumberProcedure",
        "ReportNumber",
        "RequestedProcedureDescriptionTrial",
    }
)
"""The same in other groups."""
_FREE_TEXT = frozenset({"AE", "LT", "ST", "UR", "UT"})
"""Value representations of texts, addresses and names of machines that go even where the table does not list them."""
_ENCRYPTED_ORIGINALS = frozenset({"EncryptedAttributesSequence", "ModifiedAttributesSequence"})
_TIMES = frozenset({"DA", "DT", "TM"})
_SEX_AND_AGE = frozenset({"PatientSex", "PatientAge"})
_OLDEST_YEARS = 89

_REMOVED = "delete"
_EMPTIED = frozenset({"empty", "delete_or_empty"})
_REFERENCES = "delete_or_empty_or_replace_UID"


@dataclass(frozen=True)
class Cleaning:
    """How to clean: the pseudonyms, and whether sex and age stay (ages above 89 become 90)."""

    pseudonyms: Pseudonyms
    keep_sex_age: bool = False


def patient_key(dataset: Dataset) -> str:
    """Return what identifies the patient: the ID, else name and birth date, else the study."""
    named = (
        f"{dataset.get('PatientName', '')}{dataset.get('PatientBirthDate', '')}",
        dataset.get("StudyInstanceUID", ""),
    )
    return str(dataset.get("PatientID") or "").strip() or next((str(name) for name in named if name), "")


def cleaned(image: FileDataset, how: Cleaning) -> FileDataset:
    """Return ``image`` without identity; the given dataset is changed.

    Raises:
        the exceptions of ``DAMAGED_DICOM``: a value can't be read.
    """
    patient = patient_key(image)
    _clean(image, how, how.pseudonyms.days_of(patient))
    pseudonym = how.pseudonyms.name_of("patient", patient)
    image.PatientID, image.PatientName = f"SPOILS-{pseudonym}", f"SPOILS^{pseudonym}"
    _record_method(image, how)
    return _with_new_file_meta(image)


def _record_method(image: Dataset, how: Cleaning) -> None:
    codes = [_BASIC_PROFILE, _MODIFIED_DATES, *([_PATIENT_CHARACTERISTICS] if how.keep_sex_age else [])]
    image.PatientIdentityRemoved = "YES"
    image.DeidentificationMethod = f"SPOILS {__version__}: PS3.15 {PROFILE_EDITION} basic profile"
    image.DeidentificationMethodCodeSequence = [_item(code) for code in codes]
    image.LongitudinalTemporalInformationModified = "MODIFIED"


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def _with_new_file_meta(image: FileDataset) -> FileDataset:
    """Return the dataset with a new preamble and file meta information; only the transfer syntax stays."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = image.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return FileDataset("", image, file_meta=meta, preamble=b"\0" * 128)


def _clean(dataset: Dataset, how: Cleaning, days: int) -> None:
    for tag in list(dataset.keys()):
        if _may_stay(tag):
            _clean_element(dataset, dataset[tag], how, days)
        else:
            del dataset[tag]


def _may_stay(tag: BaseTag) -> bool:
    """Return False for private, unknown and administrative attributes, group lengths, curves, overlays and the like."""
    if tag.is_private or tag.element == 0 or tag.group & 0xFF00 in {_CURVES, _OVERLAYS}:
        return False
    if tag.group in _ADMINISTRATIVE_GROUPS and (tag.group, tag.element) not in _ACTIONS:
        return False
    return bool(dictionary_has_tag(tag)) and keyword_for_tag(tag) not in _ENCRYPTED_ORIGINALS | _ADMINISTRATIVE


def _clean_element(dataset: Dataset, element: DataElement, how: Cleaning, days: int) -> None:
    action = _ACTIONS.get((element.tag.group, element.tag.element))
    if how.keep_sex_age and element.keyword in _SEX_AND_AGE:
        _cap_age(element)
    elif element.VR == "SQ":
        _clean_sequence(dataset, element, action, how, days)
    elif element.VR in _TIMES and element.tag.group != _PATIENT_GROUP:
        _change(element, _time_of_day if element.VR == "TM" else lambda stamp: shifted(stamp, days))
    elif action == _REMOVED or element.VR == "UN" or (element.VR in _FREE_TEXT and action is None):
        del dataset[element.tag]
    elif element.VR == "UI":
        _change(element, how.pseudonyms.uid)
    elif action in _EMPTIED or element.VR in _TIMES or (element.VR == "PN" and action is None):
        element.clear()
    elif action is not None:
        _put_dummy(dataset, element)


def _clean_sequence(dataset: Dataset, element: DataElement, action: str | None, how: Cleaning, days: int) -> None:
    """Clean the items of a sequence; one that the profile lists is about people or places and goes, references stay."""
    if action in (None, _REFERENCES):
        for item in element.value:
            _clean(item, how, days)
    elif action in _EMPTIED:
        element.value = []
    else:
        del dataset[element.tag]


def _change(element: DataElement, change: Callable[[str], str]) -> None:
    value = element.value
    many = isinstance(value, MultiValue | list)
    changed = [change(str(part)) for part in (value if many else [value or ""])]
    element.value = changed if many else changed[0]


def _time_of_day(stamp: str) -> str:
    return stamp if re.fullmatch(r"[0-9]{2,6}(\.[0-9]{1,6})?", stamp) else ""


def _cap_age(element: DataElement) -> None:
    """Replace ages above 89 years by 90: so few people are older that an exact age could identify them."""
    age = str(element.value or "")
    if element.VR == "AS" and age.endswith("Y") and age[:-1].isdigit() and int(age[:-1]) > _OLDEST_YEARS:
        element.value = f"{_OLDEST_YEARS + 1:03}Y"


def _put_dummy(dataset: Dataset, element: DataElement) -> None:
    try:
        replace_element(element)
    except NotImplementedError:
        del dataset[element.tag]
