"""``spoils study``: a quick study as a user starts it, from phantoms to the page."""

import json
import resource
import subprocess

import pytest
from typer.testing import CliRunner

from spoils.cli import app
from spoils.errors import InputUnreadable, UsageError
from spoils.training.study.experiment import IMAGE_MODELS, TABULAR_MODELS

from .program import PROGRAM

LONGEST_S = 180


def processor_s():
    """Return the processor time of ended children: unlike a clock, it does not count what else the machine is at."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
def test_a_quick_study_needs_no_data_and_less_than_three_minutes(tmp_path):
    out, began_s = tmp_path / "study", processor_s()
    command = [*PROGRAM, "study", "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert processor_s() - began_s < LONGEST_S
    assert done.stdout.splitlines() == [str(out / "study.html")]
    assert "0% starting" in done.stderr
    assert "elapsed" in done.stderr
    assert "may hold patients' images" in done.stderr
    files = {path.name for path in out.iterdir() if path.is_file()}
    assert files == {"study.html", "study.json", "label-issues.csv", "label-issues.html", "discs.parquet"}

    results = json.loads((out / "study.json").read_text())
    assert set(results["protocols"]) == {"patients", "slices"}
    for of in results["protocols"].values():
        assert set(of["graders"]) == {*IMAGE_MODELS, *TABULAR_MODELS}
        assert set(of["ensembles"]) == {"published"}
    assert set(results["epochs"].values()) == {1}

    page = (out / "study.html").read_text()
    assert "This is a quick test run with few patients and short fits. Its figures are meaningless." in page
    assert f"{results['demographics']['discs']} discs of {results['demographics']['patients']} patients" in page
    for name in (*IMAGE_MODELS, *TABULAR_MODELS):
        assert f'<th scope="row">{name}</th>' in page


def refused(*arguments):
    return CliRunner().invoke(app, ["study", *arguments]).exception


def test_a_study_without_data_is_refused_with_a_sentence(tmp_path):
    error = refused("--out", str(tmp_path / "study"))
    assert isinstance(error, UsageError)
    assert "except with --quick" in str(error)
    assert not (tmp_path / "study").exists()


def test_figures_of_another_file_are_refused_before_anything_is_measured(tmp_path):
    scores = tmp_path / "scores.json"
    scores.write_text('{"summary": {}}')
    error = refused("--quick", "--out", str(tmp_path / "study"), "--segmentation", str(scores))
    assert isinstance(error, InputUnreadable)
    assert "scores.json does not hold the figures of 'spoils evaluate segmentation'" in str(error)
    assert not (tmp_path / "study" / "phantoms").exists()
