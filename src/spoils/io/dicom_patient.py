"""Who was imaged and when, from a DICOM header."""

from __future__ import annotations

import re
from datetime import date

from pydicom.dataset import Dataset
from pydicom.valuerep import DA

from spoils.errors import InputUnreadable
from spoils.findings import Person, Sex
from spoils.io.dicom_objects import DAMAGED_DICOM
from spoils.io.library_warnings import warnings_logged
from spoils.io.limits import MAX_AGE_YEARS, MAX_NAME_CHARACTERS
from spoils.io.source import Subject
from spoils.messages import message

__all__ = ["subject_of"]

_DATES = ["AcquisitionDate", "SeriesDate", "StudyDate"]
_SEXES: dict[str, Sex] = {"M": "M", "F": "F"}


def subject_of(header: Dataset) -> Subject:
    """Return the patient of a DICOM header; what the header lacks, or says in no valid form, stays unknown.

    Raises:
        InputUnreadable: the header is damaged.
    """
    try:
        with warnings_logged():
            return _subject(header)
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-damaged")) from error


def _subject(header: Dataset) -> Subject:
    born = _day(header, "PatientBirthDate")
    acquired = next((day for day in (_day(header, keyword) for keyword in _DATES) if day), None)
    return Subject(
        person=Person(
            name=_shown(_name_words(str(header.get("PatientName") or ""))),
            patient_id=_shown(str(header.get("PatientID") or "")),
            born=born,
            accession=_shown(str(header.get("AccessionNumber") or "")),
        ),
        sex=_SEXES.get(str(header.get("PatientSex", "")).upper()),
        age_years=_age_years(str(header.get("PatientAge") or ""), born, acquired),
        acquired=acquired,
        study_uid=str(header.get("StudyInstanceUID") or "") or None,
    )


def _shown(text: str) -> str:
    r"""Return a text that fits into a line of a report: no control characters, and no longer than DICOM allows.

    >>> _shown("a\tb"), len(_shown("9" * 5000))
    ('a b', 128)
    """
    line = "".join(sign if sign.isprintable() else " " for sign in text[: MAX_NAME_CHARACTERS + 1])
    return line if len(line) <= MAX_NAME_CHARACTERS else line[: MAX_NAME_CHARACTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _name_words(name: str) -> str:
    """Return a name of DICOM as family name, comma, given names; of several scripts the first that is there.

    >>> _name_words("Muster^Erika^^Dr."), _name_words("Erika Muster"), _name_words("=\u5c71\u7530^\u592a\u90ce")
    ('Muster, Erika', 'Erika Muster', '\u5c71\u7530, \u592a\u90ce')
    """
    group = next((group for group in name.split("=") if group.strip("^ ")), "")
    return ", ".join(part.strip() for part in group.split("^")[:2] if part.strip())


def _day(header: Dataset, keyword: str) -> date | None:
    value = header.get(keyword)
    if not value:
        return None
    try:
        day = DA(value)
    except ValueError:
        return None
    return date(day.year, day.month, day.day) if day else None


def _age_years(stated: str, born: date | None, acquired: date | None) -> int | None:
    """Return the age in whole years: as stated (``045Y``), else from both dates."""
    age: int | None = None
    if re.fullmatch(r"\d{3}Y", stated):
        age = int(stated[:3])
    elif re.fullmatch(r"\d{3}[DWM]", stated):
        age = int(int(stated[:3]) / {"D": 365.25, "W": 52.18, "M": 12}[stated[3]])
    elif born is not None and acquired is not None:
        age = acquired.year - born.year - ((acquired.month, acquired.day) < (born.month, born.day))
    return age if age is not None and 0 <= age <= MAX_AGE_YEARS else None
