"""``spoils bench``: one assessment fits an ordinary PC."""

import json
import sys
from time import process_time

import pytest
from typer.testing import CliRunner

from spoils.cli import app
from spoils.io import read_input
from spoils.pipeline import STAGES, Resources, assess


def measured(*arguments):
    result = CliRunner().invoke(app, ["bench", *arguments, "--json"])
    assert result.exit_code == 0
    return json.loads(result.stdout)


def check(figures):
    assert figures["import_spoils_s"] < 0.5
    assert figures["wall_s"] < 10
    assert figures["peak_memory_mb"] < 1500
    assert set(STAGES) < set(figures["stages_s"])
    assert sum(figures["stages_s"].values()) <= figures["wall_s"]


def test_a_phantom_study_takes_seconds():
    check(measured())


def test_what_can_t_be_assessed_is_said_in_one_sentence(tmp_path):
    (tmp_path / "empty.nii").write_bytes(b"no volume")
    result = CliRunner().invoke(app, ["bench", str(tmp_path / "empty.nii")])
    assert str(result.exception) == (
        "The assessment failed: The file is damaged or not a volume of the format that it claims to be."
    )


@pytest.mark.data
def test_the_clinical_study_takes_seconds(data_dir):
    check(measured(str(data_dir / "dicom")))


@pytest.fixture(scope="module")
def processor_s(data_dir):
    """Processor seconds, all threads together, of each stage on the clinical study, whatever else keeps the machine."""
    source, engine = read_input(data_dir / "dicom"), Resources.load()
    assert source.series.grid.shape[0] == 15
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[assess.__module__], "perf_counter", process_time)
        return assess(source, engine).seconds


@pytest.mark.data
def test_a_series_of_15_slices_is_segmented_in_three_seconds_of_two_cores(processor_s):
    assert processor_s["segment"] < 6


@pytest.mark.data
def test_the_discs_of_a_study_are_graded_in_a_second(processor_s):
    assert processor_s["grade"] < 1
