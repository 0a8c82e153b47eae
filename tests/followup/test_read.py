import json
from pathlib import Path

import pytest

from spoils.errors import InputUnreadable
from spoils.findings import SCHEMA_VERSION
from spoils.followup import read_assessment

from .builders import assessment


def write(path, **changes):
    content = json.loads(assessment(1).model_dump_json()) | changes
    path.write_text(json.dumps(content))
    return path


def test_an_assessment_is_read_back(tmp_path):
    assert read_assessment(write(tmp_path / "assessment.json")) == assessment(1)


def test_earlier_minor_versions_lack_fields_only(tmp_path):
    path = write(tmp_path / "assessment.json", schema_version="1.0")
    content = json.loads(path.read_text())
    for later in ("language", "notice"):
        del content[later]
    for later in ("acquired", "sex", "age_years"):
        del content["study"][later]
    for part in ("discs", "vertebrae", "canal"):
        for finding in content[part]:
            del finding["normal"]
    path.write_text(json.dumps(content))
    assert read_assessment(path).schema_version == SCHEMA_VERSION
    found, expected = (
        [(disc.level, disc.label, {name: one.value for name, one in disc.measurements.items()}) for disc in one.discs]
        for one in (read_assessment(path), assessment(1))
    )
    assert found == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema_version": "2.0"}, "schema version 2.0; this program reads versions 1.0 to"),
        ({"schema_version": "1.99"}, "schema version 1.99"),
        ({"schema_version": 1}, "schema version 1;"),
        ({"schema_version": "1.x"}, "schema version 1.x"),
        ({"created": "yesterday"}, "no valid assessment: see created"),
        ({"surplus": 1}, "no valid assessment: see surplus"),
    ],
)
def test_what_can_not_be_understood_is_refused(changes, words, tmp_path):
    with pytest.raises(InputUnreadable, match=words):
        read_assessment(write(tmp_path / "assessment.json", **changes))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "can't be read as JSON"),
        (b"\xff", "can't be read as JSON"),
        (b"[]", "is no assessment"),
        (b"{}", "is no"),
    ],
)
def test_other_files_are_refused(content, words, tmp_path):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(InputUnreadable, match=words):
        read_assessment(path)
    with pytest.raises(InputUnreadable, match="can't be read"):
        read_assessment(Path(tmp_path / "missing.json"))
