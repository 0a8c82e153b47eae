"""The ``spoils`` program: maps arguments to the rooms, prints results, and turns errors into sentences and exit codes.

One module per command. Modules here are light to import: what a command needs is imported when it runs, so that
``spoils --help`` answers at once. To add a command, write ``cli/<name>.py``, register it below, and give it an example
in ``examples.py``. Results go to standard output; notes, progress and errors go to standard error.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Sequence
from errno import ENOSPC
from typing import Annotated

import typer

from spoils import __version__
from spoils.cli import dataset, evaluate, policy, reference_values, service, train
from spoils.cli.assess import assess
from spoils.cli.bench import bench
from spoils.cli.compare import compare
from spoils.cli.deidentify import deidentify
from spoils.cli.examples import epilog
from spoils.cli.fhir import fhir
from spoils.cli.info import info
from spoils.cli.measure import measure
from spoils.cli.output import set_quiet
from spoils.cli.phantom import demo, phantom
from spoils.cli.process import abandon_output, configure_log, printable_streams, tidy_end_on_signals
from spoils.cli.reassess import reassess
from spoils.cli.segment import segment
from spoils.cli.serve import serve, worker
from spoils.cli.study import study
from spoils.cli.triage import triage
from spoils.errors import SpoilsError

__all__ = ["app", "main"]

_logger = logging.getLogger(__name__)

_HELP = {"help_option_names": ["-h", "--help"]}
_RESULTS, _TOOLS, _RESEARCH = "Results", "Tools", "Research (extra 'train')"
_APPLICATION = "Web application (extra 'service')"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, context_settings=_HELP)


def _add(command: Callable[..., None], name: str, panel: str) -> None:
    app.command(name, epilog=epilog(name), rich_help_panel=panel, context_settings=_HELP)(command)


def _add_group(group: typer.Typer, name: str, panel: str) -> None:
    for command in group.registered_commands:
        command.epilog = epilog(f"{name} {command.name}")
        command.context_settings = _HELP
    app.add_typer(group, name=name, rich_help_panel=panel, context_settings=_HELP)


_add(assess, "assess", _RESULTS)
_add(reassess, "reassess", _RESULTS)
_add(compare, "compare", _RESULTS)
_add(triage, "triage", _RESULTS)
_add(demo, "demo", _RESULTS)
_add(segment, "segment", _TOOLS)
_add(measure, "measure", _TOOLS)
_add(fhir, "fhir", _TOOLS)
_add(deidentify, "deidentify", _TOOLS)
_add_group(policy.app, "policy", _TOOLS)
_add(phantom, "phantom", _TOOLS)
_add(bench, "bench", _TOOLS)
_add(info, "info", _TOOLS)
_add(serve, "serve", _APPLICATION)
_add(worker, "worker", _APPLICATION)
_add_group(service.app, "service", _APPLICATION)
_add_group(dataset.app, "dataset", _RESEARCH)
_add_group(train.app, "train", _RESEARCH)
_add_group(evaluate.app, "evaluate", _RESEARCH)
_add_group(reference_values.app, "reference-values", _RESEARCH)
_add(study, "study", _RESEARCH)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with ``arguments`` (None: those of the process) and end it with the exit code.

    Raises:
        SystemExit: always; see ``spoils.errors`` for the codes.
    """
    if arguments is None:
        # A run makes many objects and next to no cycles: looking for cycles as often as Python does takes 5 % of its
        # time. A program that calls this function keeps its own thresholds.
        gc.set_threshold(50_000, 20, 20)
    printable_streams()
    with tidy_end_on_signals():
        try:
            _run(arguments)
        finally:
            _flush_output()


def _run(arguments: Sequence[str] | None) -> None:
    try:
        app(arguments if arguments is None else list(arguments), prog_name="spoils")
    except SpoilsError as error:
        _logger.debug("Stopped by an error.", exc_info=True)
        _stop(str(error), error.exit_code)
    except MemoryError:
        _logger.debug("Stopped for lack of memory.", exc_info=True)
        _stop("The memory of this computer does not suffice.", 1)
    except Exception as error:
        _logger.debug("Stopped by a fault.", exc_info=True)
        if isinstance(error, OSError) and error.errno == ENOSPC:
            abandon_output()
            _stop(f"The text can't be printed: {error.strerror}.", 1)
        _stop(f"SPOILS failed unexpectedly ({type(error).__name__}); 'spoils --debug ...' shows where.", 1)


def _flush_output() -> None:
    """Notice now what could not be printed: Python itself would say so with a traceback when the process ends."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        abandon_output()
        if not isinstance(error, BrokenPipeError):
            _stop(f"The text can't be printed: {error.strerror or type(error).__name__}.", 1)


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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors only: no progress, no notes.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show what happens inside, and tracebacks of errors.")] = False,
) -> None:
    """Grade the discs of a lumbar spine MR study and suggest a treatment pathway, with reasons.

    Research use only. Not a medical device. Not for diagnosis or treatment decisions.
    """
    set_quiet(quiet)
    configure_log(debug=debug)
