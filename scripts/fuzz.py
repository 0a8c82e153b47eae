"""Feed damaged files to SPOILS: images, archives, policies, results and corrections, to readers and whole commands.

Each case is a sound file with a few random changes. It is read in a process of its own, under limits of memory and
time. It must be read, or be refused with a promised error. Nothing else may be printed, no file may be left, and the
process must not die.

    python scripts/fuzz.py --seconds 60 --seed 1
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ |= {"SPOILS_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a process that was copied has no threads but one

from fuzz_targets import Refused, Target, run_command, targets

from spoils.errors import SpoilsError

MEMORY_BYTES = 2 * 2**30
"""Of address space, beyond what the process has when the case begins."""
SECONDS_EACH, WAITING_SECONDS_EACH = 20, 300
"""Of the processor, and by the clock: a process may also stand still."""
_FAULT, _PROMISED = 10, {2, 3, 4, 5}


def outcome(target: Target, path: Path, report: Path) -> str:
    """Read one case in a process of its own; return how it ended, ``ok`` or ``refused N`` being right."""
    child = os.fork()
    if child == 0:
        os._exit(_read_under_limits(target, path, report))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    code = os.WEXITSTATUS(status)
    if report.stat().st_size:
        return "fault" if code == _FAULT else "printed"
    return "ok" if code == 0 else f"refused {code}"


def _read_under_limits(target: Target, path: Path, report: Path) -> int:
    descriptor = os.open(report, os.O_WRONLY | os.O_TRUNC | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BYTES, now + MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_EACH, SECONDS_EACH + 1))
    signal.alarm(WAITING_SECONDS_EACH)
    try:
        target.read(path)
    except Refused as error:
        return error.exit_code if error.exit_code in _PROMISED else _fault()
    except SpoilsError as error:
        return error.exit_code if error.exit_code in _PROMISED and "\n" not in str(error) else _fault()
    except BaseException:  # noqa: BLE001 - whatever else comes is what is sought
        return _fault()
    return 0


def _fault() -> int:
    os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    return _FAULT


def require_that_faults_are_noticed(path: Path, report: Path) -> None:
    """Stop where a fault, a dead process or too much memory would go unnoticed."""
    path.write_bytes(b"")
    for expected, read in (
        ("fault", lambda _: {}["missing"]),
        ("fault", lambda _: bytearray(2 * MEMORY_BYTES)),
        ("fault", lambda _: run_command(["triage", "--class", "L5-S1=5H"], path.with_name("missing"))),
        ("printed", lambda _: os.write(2, b"chatter")),
        ("killed by SIGABRT", lambda _: os.abort()),
    ):
        found = outcome(Target("check", (), "", read), path, report)
        if found != expected:
            raise SystemExit(f"The fuzzer does not notice '{expected}': it found '{found}'.")


def main() -> None:
    """Run for a time, print the counts, and end with 1 if anything but a promised outcome was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the cases that fail")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - nothing secret
    counts, failures, slowest = Counter[str](), 0, 0.0
    with tempfile.TemporaryDirectory() as name:
        folder, tempfile.tempdir = Path(name), name
        report = folder / "report"
        require_that_faults_are_noticed(folder / "case", report)
        kinds = targets(folder)
        before, end = set(folder.iterdir()), time.monotonic() + options.seconds
        while time.monotonic() < end:
            target = kinds[counts.total() % len(kinds)]
            path = folder / f"case{target.suffix}"
            path.write_bytes(target.change(chance.choice(target.sound), chance))
            began = time.monotonic()
            found = outcome(target, path, report)
            slowest = max(slowest, time.monotonic() - began)
            left = {one for one in folder.iterdir() if not one.name.startswith("case")} - before
            counts[f"{target.name:20} {found}"] += 1
            if left or not found.startswith(("ok", "refused")):
                failures += 1
                print(f"case {counts.total()} ({target.name}): {found}, {len(left)} files left")
                print(report.read_text(errors="replace")[-2000:], flush=True)
                for one in left:
                    shutil.rmtree(one) if one.is_dir() else one.unlink()
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{counts.total()}{target.suffix}").write_bytes(path.read_bytes())
            path.unlink()
    for line, count in sorted(counts.items()):
        print(f"{line:40} {count:6}")
    print(f"{counts.total()} cases, {failures} failures, slowest {slowest:.1f} s, seed {options.seed}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
