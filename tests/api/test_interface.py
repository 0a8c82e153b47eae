"""What ``import spoils`` offers: its names, their cost, and answers that equal those of the command line."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pydicom
import pytest

import spoils
from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.phantom import PhantomSpec, draw_phantom, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(draw_phantom(PhantomSpec()), tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def assessed(study):
    return spoils.assess(study, odi=44, nrs=7)


def test_every_public_name_exists_and_is_listed_once():
    assert sorted(set(spoils.__all__)) == sorted(spoils.__all__)
    assert all(getattr(spoils, name) is not None for name in spoils.__all__)
    assert set(spoils.__all__) <= set(dir(spoils))
    with pytest.raises(AttributeError, match="no attribute 'asses'"):
        spoils.asses  # noqa: B018 - the access is what is tested


def test_import_is_quick_and_loads_no_library():
    code = (
        "import time; began = time.process_time(); import sys, spoils; took = time.process_time() - began;"
        "print(took, sorted({'numpy', 'pydantic', 'onnxruntime', 'pydicom'} & set(sys.modules)))"
    )
    runs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True) for _ in range(3)]
    printed = [run.stdout.split(" ", 1) for run in runs]
    assert min(float(took) for took, _ in printed) < 0.1
    assert {loaded.strip() for _, loaded in printed} == {"[]"}


def test_an_assessment_has_its_findings_and_documents(assessed, tmp_path):
    assert [disc.level for disc in assessed.discs] == list(DISCS)
    assert assessed.recommendation.driving_class is not None
    assert json.loads(assessed.to_json())["clinical"]["odi"]["percent"] == 44
    written = spoils.Assessment.model_validate_json(assessed.to_json())
    assert written.report_text
    assert written.model_copy(update={"report_text": None}) == assessed.assessment
    assert assessed.save(tmp_path / "out") == []
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert files == dict(assessed.files)
    assert {"assessment.json", "report.pdf", "overlay.png", "segmentation.nii.gz", "seg.dcm", "sr.dcm"} <= set(files)


def test_an_assessment_shows_itself_in_a_notebook(assessed):
    page = assessed._repr_html_()
    assert page.count("<tr>") == 7
    assert "data:image/png;base64," in page
    assert spoils.Assessment.model_fields["notice"].default in page
    assert "L4-L5" in repr(assessed)


def test_a_notebook_shows_an_assessment_in_the_language_of_its_documents(assessed):
    german = assessed.assessment.model_copy(update={"language": "de"})
    page = spoils.Assessed(replace(assessed.study, assessment=german))._repr_html_()
    assert "<th>Segment</th><th>Klasse</th><th>Warum</th>" in page
    assert "<b>Klinische Beurteilung</b>" in page
    words = page.partition("<table>")[2]
    assert [english for english in ("Level", "Why", "signal", "clinical") if english in words] == []


def test_read_segment_and_measure_give_the_parts_of_an_assessment(study, assessed, tmp_path):
    source = spoils.read(str(study))
    assert source.series.grid.shape == assessed.series.grid.shape
    found = spoils.segment(study)
    assert (found.labels.labels == assessed.labels.labels).all()
    assessed.save(tmp_path)
    measured = spoils.measure(tmp_path / "segmentation.nii.gz", study)
    assert set(measured.discs) == {disc.level for disc in assessed.discs}
    assert set(spoils.measure(found.labels).discs) == set(measured.discs)


def test_triage_needs_no_image():
    assert spoils.triage({"L4-L5": "4M"}, odi=[3, 3, 3, 3, 3, 3, 3, 3, 3, 3], nrs_back=3, nrs_leg=7).urgent is False
    assert spoils.triage({}, red_flags=["cauda-equina"]).urgent is True


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"odii": 44}, TypeError, "unexpected keyword argument 'odii'"),
        ({"odi": 140}, UsageError, "ODI"),
        ({"language": "xx"}, UsageError, "xx can't be used as language: give en, de, hi"),
        ({"sex": "Q"}, UsageError, "Q can't be used as sex: give M, F"),
        ({"age_years": -3}, UsageError, "-3 can't be used as age_years: give whole years from 0 to 130"),
        ({"age_years": 45.5}, UsageError, "45.5 can't be used as age_years"),
        ({"age_years": True}, UsageError, "True can't be used as age_years"),
        ({"lowest_disc": "L4-L5", "level_at": (1, 1, "L4")}, UsageError, "not both"),
    ],
)
def test_options_that_can_not_be_used_are_refused(study, options, error, words):
    with pytest.raises(error, match=words):
        spoils.assess(study, **options)


@pytest.mark.slow
def test_threads_give_the_bytes_of_serial_runs(study):
    """Eight assessments on four threads share one engine, and nothing else: every file is the same to the byte."""
    engine = spoils.Engine(threads=1, clock=lambda: datetime(2026, 3, 4, tzinfo=UTC))

    def files(odi):
        return dict(engine.assess(study, odi=odi, nrs=7).files)

    serial = {odi: files(odi) for odi in (10, 70)}
    parallel = []

    def run():
        parallel.extend((odi, files(odi)) for odi in serial)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(parallel) == 8
    assert [(odi, name) for odi, found in parallel for name in found if found[name] != serial[odi][name]] == []


def test_sources_in_memory_give_the_same_result(study, assessed):
    """Datasets and an open file; arrays keep pixels and spacing, but no header."""
    files = sorted(path for path in study.rglob("*") if path.is_file() and path.suffix != ".json")
    datasets = [pydicom.dcmread(path) for path in files if pydicom.misc.is_dicom(path)]
    from_datasets = spoils.assess(datasets, odi=44, nrs=7)
    assert from_datasets.assessment.discs == assessed.assessment.discs
    assert set(from_datasets.files) == set(assessed.files)
    series = assessed.series
    from_array = spoils.assess(series.pixels, odi=44, nrs=7, spacing_mm=series.grid.spacing_mm)
    assert [disc.label for disc in from_array.discs] == [disc.label for disc in assessed.discs]
    assert "seg.dcm" not in from_array.files
