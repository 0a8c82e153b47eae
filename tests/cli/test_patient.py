"""The options about the patient, and how a command gets them."""

import pytest
import typer
from typer.testing import CliRunner

from spoils.cli.patient import PatientOptions, asking_about_patient
from spoils.decision import Answers
from spoils.findings import Deficit, RedFlag, Treatment

app = typer.Typer()
given = []


@app.command()
@asking_about_patient
def ask(name: str, *, loud: bool = False, patient: PatientOptions) -> None:
    """Remember what was given."""
    given.append((name, loud, patient))


def asked(*arguments):
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return given.pop()


def test_a_command_keeps_its_own_parameters():
    assert asked("somebody", "--loud") == ("somebody", True, PatientOptions())


def test_every_option_reaches_its_answer():
    _, _, patient = asked(
        *("somebody", "--odi-items", "1,1,1,1,1,1,1,1,1,2+3", "--nrs-back", "2", "--nrs-leg", "5"),
        *("--red-flag", "tumour", "--red-flag", "fracture", "--deficit", "stable", "--duration-weeks", "7.5"),
        *("--failed", "drugs", "--failed", "injection", "--refractory"),
    )
    assert patient.answers() == Answers(
        odi_items=[*[1] * 9, (2, 3)],
        nrs_back=2,
        nrs_leg=5,
        red_flags=("tumour", "fracture"),
        deficit="stable",
        duration_weeks=7.5,
        failed=("drugs", "injection"),
        refractory=True,
    )
    _, _, patient = asked("somebody", "--odi", "44", "--nrs", "7")
    assert patient.answers() == Answers(odi_percent=44, nrs=7)


@pytest.mark.parametrize("names", [RedFlag, Deficit, Treatment])
def test_the_help_names_every_value(names):
    printed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "400"}).output
    assert all(name in printed for name in names)
