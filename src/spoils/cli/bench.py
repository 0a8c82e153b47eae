"""``spoils bench``: wall time, peak memory and the share of each stage, measured in a fresh process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from spoils.cli.inputs import existing
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, print_json, print_lines

__all__ = ["bench"]

OptionalInput = Annotated[
    Path | None,
    typer.Argument(
        metavar="[INPUT]", callback=existing, help="What to assess; a phantom study of 15 slices by default."
    ),
]

_MEASURED = """
import json, re, resource, sys
from pathlib import Path
from time import perf_counter
began = perf_counter()
import spoils
imported = perf_counter() - began
from spoils.errors import SpoilsError
sys.excepthook = lambda kind, error, trace: print(
    error if isinstance(error, SpoilsError) else kind.__name__, file=sys.stderr
)
from spoils.io import read_input
from spoils.pipeline import Resources, assess
libraries = perf_counter() - began - imported
spacing = float(sys.argv[2]) if len(sys.argv) > 2 else None
mark = perf_counter()
source = read_input(Path(sys.argv[1]), spacing_mm=spacing)
read = perf_counter() - mark
mark = perf_counter()
resources = Resources.load()
loaded = perf_counter() - mark
stages = dict(assess(source, resources).seconds)
status = Path("/proc/self/status")
if status.is_file():
    peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
else:
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sys.stdout.write(json.dumps({
    "import_spoils_s": imported,
    "stages_s": {"import libraries": libraries, "read": read, "load models": loaded, **stages},
    "peak_memory_mb": peak_kb / 1024,
}))
"""
"""Run in a process of its own, so that nothing this program has loaded already is given away for free.

Linux hands the peak of ``getrusage`` down from the parent process; its own peak stands in ``/proc``. Of an error
that is not ours only the class is printed, as its words may quote the input.
"""


def bench(source: OptionalInput = None, *, spacing: SpacingOption = None, as_json: JsonOption = False) -> None:
    """Measure one assessment: wall time with start-up and model load, peak memory, share of each stage."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        figures = _measure(source or _phantom_study(Path(folder)), spacing)
    if as_json:
        print_json(figures)
        return
    wall = figures["wall_s"]
    print_lines(
        [
            f"import spoils    {figures['import_spoils_s']:6.2f} s",
            *(f"{name:16} {value:6.2f} s {value / wall:5.0%}" for name, value in figures["stages_s"].items()),
            f"wall             {wall:6.2f} s",
            f"peak memory      {figures['peak_memory_mb']:6.0f} MB",
        ]
    )


def _phantom_study(folder: Path) -> Path:
    from spoils.phantom import PhantomSpec, draw_phantom, write_study

    return write_study(draw_phantom(PhantomSpec()), folder)


def _measure(source: Path, spacing: float | None) -> dict[str, Any]:
    import json
    import subprocess
    import sys
    from time import perf_counter

    from spoils.errors import SpoilsError

    arguments = [str(source), *([str(spacing)] if spacing is not None else [])]
    began = perf_counter()
    run = subprocess.run(  # noqa: S603 - this interpreter, a program of ours
        [sys.executable, "-c", _MEASURED, *arguments], capture_output=True, text=True, check=False
    )
    wall = perf_counter() - began
    if run.returncode != 0:
        raise SpoilsError(f"The assessment failed: {(run.stderr.strip().splitlines() or ['it was stopped'])[-1]}")
    return {"wall_s": wall, **json.loads(run.stdout)}
