"""``spoils deidentify``, and what ``spoils assess`` tells about the patient: nothing."""

import json
import logging

import pydicom
import pytest
import typer
from typer.testing import CliRunner

from spoils.cli import main
from spoils.cli.deidentify import deidentify
from spoils.errors import InputUnreadable, UsageError
from spoils.findings import RESEARCH_USE
from spoils.phantom import PhantomSpec, draw_phantom, write_study

from ..io.deidentify.conftest import HEADER, NAMES, add_hidden_identity, write_named_study

program = typer.Typer()
program.command()(deidentify)


def run(*arguments):
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("a secret of 20 bytes\n")
    return path


def test_the_outcome_is_told_in_one_line(tmp_path, secret):
    write_named_study(tmp_path / "in")
    done = run(tmp_path / "in", "--out", tmp_path / "out", "--secret", secret)
    assert done.exit_code == 0
    assert done.stdout == "6 files written without identity.\n"
    assert done.stderr == ""


def test_json_counts_what_was_left_out(tmp_path, secret):
    (write_named_study(tmp_path / "in").folder / "notes.txt").write_text("x")
    done = run(tmp_path / "in", "--out", tmp_path / "out", "--secret", secret, "--json")
    assert json.loads(done.stdout) == {"notice": RESEARCH_USE, "files": 6, "left_out": {"not DICOM": 1}}


def test_without_a_secret_runs_differ_and_say_so(tmp_path):
    write_named_study(tmp_path / "in")
    notes = [run(tmp_path / "in", "--out", tmp_path / name).stderr for name in ("a", "b")]
    assert all("--secret" in text for text in notes)
    assert not {path.name for path in (tmp_path / "a").iterdir()} & {path.name for path in (tmp_path / "b").iterdir()}


def test_dates_are_moved_by_the_days_given(tmp_path, secret):
    write_named_study(tmp_path / "in")
    done = run(tmp_path / "in", "--out", tmp_path / "out", "--secret", secret, "--shift-days", "-31")
    assert done.exit_code == 0
    copy = pydicom.dcmread(next((tmp_path / "out").rglob("*.dcm")))
    assert copy.StudyDate == "20191231"


def test_a_secret_must_be_long_and_there(tmp_path):
    write_named_study(tmp_path / "in")
    (tmp_path / "short").write_text("short")
    short = run(tmp_path / "in", "--out", tmp_path / "out", "--secret", tmp_path / "short")
    assert isinstance(short.exception, UsageError)
    missing = run(tmp_path / "in", "--out", tmp_path / "out", "--secret", tmp_path / "nothing")
    assert isinstance(missing.exception, InputUnreadable)
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def named_phantom(tmp_path_factory):
    """A phantom study with the identity of a patient in headers and names."""
    folder = tmp_path_factory.mktemp("phantom") / "Weatherby_Cordelia"
    phantom = draw_phantom(PhantomSpec(grades=(1, 1, 2, 3, 5, 4), n_slices=7, noise_sd=0.02))
    write_study(phantom, folder)
    for path in folder.rglob("*.dcm"):
        image = pydicom.dcmread(path)
        for keyword in HEADER.keys() - {"Manufacturer", "SeriesDescription", "PatientSex", "PatientAge"}:
            setattr(image, keyword, HEADER[keyword])
        add_hidden_identity(image)
        image.save_as(path)
    return folder


def assessed(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 0
    return capsys.readouterr()


def test_a_cleaned_study_is_assessed_as_before_and_names_nobody(named_phantom, tmp_path, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    assert run(named_phantom, "--out", tmp_path / "clean", "--keep-sex-age").exit_code == 0
    printed = {
        name: assessed(capsys, "--debug", "assess", folder, "--odi", "44", "--nrs", "7", "--json")
        for name, folder in (("named", named_phantom), ("clean", tmp_path / "clean"))
    }
    before, after = (json.loads(printed[name].out) for name in ("named", "clean"))
    for part in ("quality", "discs", "vertebrae", "canal", "clinical", "recommendation", "provenance"):
        assert after[part] == before[part], part
    told = "\n".join([printed["named"].out, printed["named"].err, caplog.text]).lower()
    assert [name for name in NAMES if name.lower() in told] == []


def test_results_name_nobody_in_file_names_and_data(named_phantom, tmp_path, capsys):
    assessed(capsys, "assess", named_phantom, "--odi", "44", "--nrs", "7", "--out", tmp_path / "out")
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    data = (tmp_path / "out" / "assessment.json").read_text(encoding="utf-8").lower()
    for name in NAMES:
        assert not [path.name for path in written if name.lower() in path.name.lower()]
        assert name.lower() not in data
