"""The private codes are public: ``docs/dicom.md`` lists them all, and no other."""

import re
from pathlib import Path

from spoils import codes
from spoils.codes import Code, MeasurementCode, Scheme

PAGE = Path(__file__).parents[2] / "docs" / "dicom.md"
ROW = re.compile(r"^\| `([A-Z0-9-]+)` \| (.+) \|$", re.MULTILINE)


def own_codes(value):
    if isinstance(value, MeasurementCode):
        return own_codes(value.definition)
    if isinstance(value, dict):
        return [code for inner in value.values() for code in own_codes(inner)]
    return [value] if isinstance(value, Code) and value.scheme is Scheme.SPOILS else []


def test_the_page_lists_every_code_of_ours():
    offered = {code.value: code.meaning for value in vars(codes).values() for code in own_codes(value)}
    assert dict(ROW.findall(PAGE.read_text(encoding="utf-8"))) == offered
