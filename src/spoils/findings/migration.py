"""Reads ``assessment.json`` of this version of the schema and of all earlier ones, from 1.0 on.

A minor version only adds fields, with these exceptions, which are migrated here:

- 1.4 renamed a field and a code of a flag.
- 1.4 put a ``wording`` beside each sentence. Earlier results hold the English sentence alone; those that this version
  knows, by ``earlier_sentences.json``, get their wording. The others keep a wording of null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pydantic import ValidationError

from spoils.errors import InputUnreadable
from spoils.findings.assessment import SCHEMA_VERSION, Assessment
from spoils.findings.faults import place_of, quoted
from spoils.messages import Message, MessageValue, message

__all__ = ["read_assessment"]

_FIRST_WITH_WORDING = 4
"""Minor version of the schema from which sentences have a wording."""

_RENAMED_FIELDS = {"what-if": "counterfactuals"}
"""By the earlier name, hyphenated."""

_RENAMED_CODES = {"unfamiliar-image": "out-of-distribution"}

_WORDING_OF = {
    "method": "wording",
    "not_measured": "wording",
    "message": "wording",
    "group": "group_wording",
    "source": "source_wording",
}
"""Fields that hold a sentence, and the field beside it that holds its wording."""

_LISTS = {"levels", "looks", "contours", "names"}
_MESSAGES = {"fault", "cohort"}
"""Values that are lists, and values that are messages themselves."""


def read_assessment(content: bytes | Mapping[str, Any], name: str = "assessment.json") -> Assessment:
    """Read an assessment of any minor version of the schema up to this one.

    Args:
        content: the JSON text or what was parsed from it.
        name: of the file, for the messages of errors.

    Raises:
        InputUnreadable: the content is no JSON, no assessment, or of a version that this program does not know.
    """
    if isinstance(content, bytes):
        content = _parsed(content, name)
    if "schema_version" not in content or "discs" not in content:
        raise InputUnreadable(message("not-an-assessment", file=name))
    minor = _known_minor_version(content["schema_version"])
    if minor is None:
        known = {"oldest": f"{SCHEMA_VERSION.split('.')[0]}.0", "newest": SCHEMA_VERSION}
        version = quoted(content["schema_version"])
        raise InputUnreadable(message("assessment-of-other-version", file=name, version=version, **known))
    try:
        migrated = _migrated(content) if minor < _FIRST_WITH_WORDING else content
        return Assessment.model_validate_json(json.dumps({**migrated, "schema_version": SCHEMA_VERSION}))
    except ValidationError as error:
        raise InputUnreadable(message("assessment-invalid", file=name, place=place_of(error))) from error
    except RecursionError as error:
        raise InputUnreadable(message("assessment-not-json", file=name)) from error


def _parsed(content: bytes, name: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputUnreadable(message("assessment-not-json", file=name)) from error
    if not isinstance(parsed, dict):
        raise InputUnreadable(message("not-an-assessment", file=name))
    return parsed


def _known_minor_version(version: object) -> int | None:
    own_major, own_minor = SCHEMA_VERSION.split(".")
    major, _, minor = version.partition(".") if isinstance(version, str) else ("", "", "")
    known = [str(number) for number in range(int(own_minor) + 1)]
    return known.index(minor) if major == own_major and minor in known else None


def _migrated(content: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    if isinstance(content, list):
        return [_migrated(part) for part in content]
    if not isinstance(content, Mapping):
        return content
    migrated = {_RENAMED_FIELDS.get(name.replace("_", "-"), name): _migrated(part) for name, part in content.items()}
    if isinstance(migrated.get("code"), str):
        migrated["code"] = _RENAMED_CODES.get(migrated["code"], migrated["code"])
    for name, wording in _WORDING_OF.items():
        found = _message_of(migrated[name]) if isinstance(migrated.get(name), str) else None
        if found is not None:
            migrated[wording] = _as_json(found)
    return migrated


def _message_of(sentence: str) -> Message | None:
    """Return the message of a sentence of an earlier version; None where it is not known."""
    for pattern, id_ in _earlier_sentences():
        if found := pattern.fullmatch(sentence):
            values = {name: _value(name, text) for name, text in found.groupdict().items()}
            if all(isinstance(values[name], Message) for name in _MESSAGES & set(values)):
                return Message(id_, values)
    return None


def _value(name: str, text: str) -> MessageValue:
    if name in _LISTS:
        return [*text.split(", ")]
    if name in _MESSAGES:
        return _message_of(text) or text
    if re.fullmatch(r"\d+%", text):
        return int(text[:-1]) / 100
    if re.fullmatch(r"\d+\.\d+", text):
        return float(text)
    return int(text) if text.isdecimal() else text


def _as_json(found: Message) -> dict[str, Any]:
    values = {name: _as_json(value) if isinstance(value, Message) else value for name, value in found.values.items()}
    return {"id": found.id, "values": values}


@cache
def _earlier_sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the pattern and the message id of each sentence of earlier versions, the closer one first."""
    entries = json.loads((resources.files("spoils.findings") / "earlier_sentences.json").read_bytes())
    return tuple((_pattern(entry["was"]), entry["id"]) for entry in entries)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)))
