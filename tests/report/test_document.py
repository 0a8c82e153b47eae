import json

import pytest

from spoils.findings import RESEARCH_USE, Assessment
from spoils.report import assessment_json, with_report_text

from .builders import assessment, unusable_assessment

RESULTS = {"whole": assessment(), "unusable": unusable_assessment("Nur zwei Wirbelkörper.")}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_the_document_reads_back_as_the_same_assessment(result, tmp_path):
    path = tmp_path / "assessment.json"
    path.write_bytes(assessment_json(result))
    assert Assessment.model_validate_json(path.read_bytes()) == with_report_text(result)


def test_the_document_is_readable_utf8_with_the_notice(tmp_path):
    path = tmp_path / "assessment.json"
    path.write_bytes(assessment_json(unusable_assessment("Nur zwei Wirbelkörper.")))
    words = path.read_text(encoding="utf-8")
    assert "Wirbelkörper" in words
    assert words.startswith('{\n  "schema_version"')
    assert json.loads(words)["notice"] == RESEARCH_USE
