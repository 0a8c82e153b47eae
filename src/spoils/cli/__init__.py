"""The ``spoils`` program: maps arguments to the rooms, prints results, and turns errors into sentences and exit codes.

One module per command. Modules here are light to import: what a command needs is imported when it runs, so
that ``spoils --help`` answers at once. To add a command, write ``cli/<name>.py`` and register it below.
Results go to standard output; notes, progress and errors go to standard error.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from spoils import __version__
from spoils.cli import dataset, evaluate, policy, reference_values, train
from spoils.cli.assess import assess
from spoils.cli.bench import bench
from spoils.cli.compare import compare
from spoils.cli.deidentify import deidentify
from spoils.cli.fhir import fhir
from spoils.cli.info import info
from spoils.cli.measure import measure
from spoils.cli.phantom import demo, phantom
from spoils.cli.reassess import reassess
from spoils.cli.segment import segment
from spoils.cli.study import study
from spoils.cli.triage import triage
from spoils.errors import SpoilsError

__all__ = ["app", "main"]

_logger = logging.getLogger(__name__)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("assess")(assess)
app.command("reassess")(reassess)
app.command("segment")(segment)
app.command("measure")(measure)
app.command("triage")(triage)
app.command("compare")(compare)
app.command("fhir")(fhir)
app.command("deidentify")(deidentify)
app.add_typer(policy.app, name="policy")
app.add_typer(reference_values.app, name="reference-values")
app.command("demo")(demo)
app.command("phantom")(phantom)
app.add_typer(dataset.app, name="dataset")
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.command("study")(study)
app.command("bench")(bench)
app.command("info")(info)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with ``arguments`` (None: those of the process) and end it with the exit code.

    Raises:
        SystemExit: always; see ``spoils.errors`` for the codes.
    """
    # A run makes many objects and next to no cycles: looking for cycles as often as Python does takes 5 % of its time.
    gc.set_threshold(50_000, 20, 20)
    try:
        app(arguments if arguments is None else list(arguments), prog_name="spoils")
    except SpoilsError as error:
        _logger.debug("Stopped by an error.", exc_info=True)
        _stop(str(error), error.exit_code)
    except Exception as error:
        _logger.debug("Stopped by a fault.", exc_info=True)
        _stop(f"SPOILS failed unexpectedly ({type(error).__name__}); 'spoils --debug ...' shows where.", 1)


def _stop(sentence: str, exit_code: int) -> None:
    typer.echo(f"Error: {sentence}", err=True)
    sys.exit(exit_code)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spoils {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show what happens inside, and tracebacks of errors.")] = False,
) -> None:
    """Grade the discs of a lumbar spine MR study and suggest a treatment pathway, with reasons.

    Research use only. Not a medical device. Not for diagnosis or treatment decisions.
    """
    logging.basicConfig(level=logging.WARNING if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    if debug:
        logging.getLogger("spoils").setLevel(logging.DEBUG)
    logging.captureWarnings(capture=True)
