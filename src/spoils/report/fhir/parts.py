"""Parts of resources: coded concepts, quantities, references and notes, as JSON objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from html import escape
from typing import Any, Final
from uuid import UUID, uuid5

from spoils.codes import UNITS, Code, Scheme
from spoils.errors import UsageError
from spoils.findings import RESEARCH_USE, Assessment
from spoils.messages import Language, Translator, message, translator_for

__all__ = ["BundleContext", "Json", "concept", "narrative", "quantity", "text_concept"]

Json = dict[str, Any]
"""A JSON object."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes on a command line that are not UTF-8: no character, so it can't be written."""

_NAMESPACE: Final = UUID("8f0b2b1e-5c0f-5a55-9d1b-3a8c2f6d7e10")
_SYSTEMS: Final = {
    Scheme.SCT: "http://snomed.info/sct",
    Scheme.LOINC: "http://loinc.org",
    Scheme.DICOM: "http://dicom.nema.org/resources/ontology/DCM",
    Scheme.UCUM: "http://unitsofmeasure.org",
    Scheme.SPOILS: "urn:spoils:codes",
}


@dataclass(frozen=True)
class BundleContext:
    """What all resources of one bundle have in common.

    ``patient`` is a FHIR search token, ``VALUE`` or ``SYSTEM|VALUE``, or None if the patient must not be named.
    Identifiers are derived from assessment and patient, so that the same input gives the same bundle. The identifier of
    the program is derived from its parts only, and that of the examination from the images, so that a server stores
    each of them once.

    Raises:
        UsageError: ``patient`` is empty, begins or ends with a blank, or is not Unicode text.
    """

    assessment: Assessment
    patient: str | None = None

    def __post_init__(self) -> None:
        if self.patient is not None:
            value = self.patient.rpartition("|")[2]
            if not value or self.patient != self.patient.strip() or _SURROGATE.search(self.patient):
                raise UsageError(message("fhir-patient-invalid"))

    def urn(self, *path: str) -> str:
        """Return the identifier of the resource at ``path``, e.g. ``("disc", level)``."""
        return uuid5(self._roots.get(path, self._root), "/".join(path)).urn

    def reference(self, *path: str) -> Json:
        """Refer to the resource at ``path``."""
        return {"reference": self.urn(*path)}

    @cached_property
    def _root(self) -> UUID:
        return uuid5(_NAMESPACE, f"{self.patient}\n{self.assessment.model_dump_json(exclude={'report_text'})}")

    @cached_property
    def _roots(self) -> dict[tuple[str, ...], UUID]:
        """Roots of the identifiers of resources that several assessments share."""
        program, images = self.assessment.provenance.model_dump_json(), self.assessment.study.model_dump_json()
        return {
            ("device",): uuid5(_NAMESPACE, f"{self.assessment.language}\n{program}"),
            ("imaging-study",): uuid5(_NAMESPACE, f"{self.assessment.language}\n{self.patient}\n{images}"),
        }

    @property
    def about(self) -> Json:
        """The member ``subject`` with the patient's identifier; empty if no patient is named."""
        return {} if self.patient is None else {"subject": self.subject}

    @property
    def subject(self) -> Json:
        """Refer to the patient, in words if none is named, because some resources require a subject."""
        if self.patient is None:
            return {"type": "Patient", "display": self.translator.gettext("The patient is not named here.")}
        system, _, value = self.patient.rpartition("|")
        return {"type": "Patient", "identifier": {**({"system": system} if system else {}), "value": value}}

    @property
    def translator(self) -> Translator:
        """The language of the assessment."""
        return translator_for(Language(self.assessment.language))

    @property
    def moment(self) -> str:
        """When the assessment was made."""
        return self.assessment.created.astimezone(UTC).isoformat()

    def resource(self, kind: str, *path: str) -> Json:
        """Return the beginning of the resource of ``kind`` at ``path``: type, identifier and language."""
        return {
            "resourceType": kind,
            "language": self.assessment.language,
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": self.urn(*path)}],
        }


def concept(*codes: Code) -> Json:
    """Return a concept with its codes, the most specific first. The text is that of the first code."""
    coding = [{"system": _SYSTEMS[code.scheme], "code": code.value, "display": code.meaning} for code in codes]
    return {"coding": coding, "text": codes[0].meaning}


def text_concept(text: str) -> Json:
    """Return a concept with text only."""
    return {"text": text}


def quantity(value: float, unit: str) -> Json:
    """Return a value with its UCUM unit; ``unit`` is a key of ``codes.UNITS``.

    >>> quantity(8.5, "mm")["code"]
    'mm'
    """
    code = UNITS[unit]
    return {"value": value, "unit": code.meaning, "system": _SYSTEMS[Scheme.UCUM], "code": code.value}


def narrative(*paragraphs: str) -> Json:
    """Return the narrative of a resource, beginning with the notice."""
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in (RESEARCH_USE, *paragraphs))
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}
