"""Feed damaged files to SPOILS: DICOM, NIfTI, MetaImage, NRRD, PNG, policies and results.

Each case is a sound file with a few random changes. It is read in a process of its own, under limits of memory and
time. It must be read, or be refused with a promised error. Nothing may be printed, and the process must not die.

    python scripts/fuzz.py --seconds 60 --seed 1
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from spoils import assess
from spoils.decision import load_policy
from spoils.errors import SpoilsError
from spoils.followup import compare, read_assessment
from spoils.io import read_input
from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

MEMORY_BYTES = 2 * 2**30
"""Of address space, beyond what the process has when the case begins."""
SECONDS_EACH = 10
HEADER_BYTES = 2048
_FAULT, _PROMISED = 10, {2, 3, 4, 5}
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_TEXTS = (b"1e308", b"-1e308", b"NaN", b"null", b"[]", b"{}", b'""', b"99999999999999999999", b"\xff\xfe", b"[" * 5000)


@dataclass(frozen=True)
class Target:
    """A kind of input: sound files by suffix, and what reads one."""

    name: str
    sound: tuple[bytes, ...]
    suffix: str
    read: Callable[[Path], object]


def targets(folder: Path) -> list[Target]:
    """Make sound files of every kind from a phantom study."""
    files = sorted(write_study(draw_phantom(PhantomSpec()), folder / "study").rglob("*.dcm"))
    dataset = pydicom.dcmread(files[len(files) // 2])
    pixels = dataset.pixel_array
    grid = Grid.from_axes((3, *pixels.shape), (4.0, 0.6, 0.6))
    volume = np.stack([pixels] * 3).astype(np.int16)
    kinds = [Target("dicom header", (_saved(dataset),), ".dcm", read_input)]
    for name, syntax in (("jpeg-ls", JPEGLSLossless), ("jpeg 2000", JPEG2000Lossless), ("rle", RLELossless)):
        packed = pydicom.dcmread(files[len(files) // 2])
        packed.compress(syntax, generate_instance_uid=False)
        kinds.append(Target(f"dicom {name}", (_saved(packed),), ".dcm", read_input))
    kinds += [
        Target(suffix[1:], (volume_bytes(volume, grid, suffix),), suffix, read_input)
        for suffix in (".nii", ".nii.gz", ".mha", ".nrrd")
    ]
    picture = BytesIO()
    Image.fromarray((pixels / max(pixels.max(), 1) * 255).astype(np.uint8)).save(picture, format="PNG")
    kinds.append(Target("png", (picture.getvalue(),), ".png", lambda path: read_input(path, spacing_mm=0.6)))
    policy = (Path(sys.modules["spoils.decision"].__file__ or "").parent / "policy.json").read_bytes()
    kinds.append(Target("policy", (policy,), ".json", load_policy))
    result = assess(folder / "study").assessment
    (folder / "sound.json").write_text(result.model_dump_json())
    content = json.dumps(json.loads(result.model_dump_json()), indent=1).encode()
    kinds.append(Target("result", (content,), ".json", lambda path: _compared(path, folder / "sound.json")))
    return kinds


def _saved(dataset: pydicom.Dataset) -> bytes:
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def _compared(path: Path, other: Path) -> object:
    return compare([read_assessment(path), read_assessment(other)])


def changed(content: bytes, chance: random.Random) -> bytes:
    """Return the content with one to six changes, most of them in its first bytes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        size = len(changed)
        place = chance.randrange(min(size, HEADER_BYTES) if chance.random() < 0.7 else size)
        kind = chance.randrange(7)
        if kind == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            width = chance.choice((1, 2, 4))
            number = chance.choice(_NUMBERS) & (256**width - 1)
            changed[place : place + width] = number.to_bytes(width, chance.choice(("little", "big")))
        elif kind == 2:
            changed[place : place + chance.randrange(1, 64)] = b""
        elif kind == 3:
            changed[place:place] = changed[place : place + chance.randrange(1, 200)] * chance.choice((1, 2, 50))
        elif kind == 4:
            changed[place : place + chance.randrange(12)] = chance.choice(_TEXTS)
        elif kind == 5:
            changed[place : place + 16] = chance.randbytes(16)
        elif chance.random() < 0.3:
            del changed[place:]
        if not changed:
            return b""
    return bytes(changed)


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
    try:
        target.read(path)
    except SpoilsError as error:
        return error.exit_code if error.exit_code in _PROMISED and "\n" not in str(error) else _FAULT
    except BaseException:  # noqa: BLE001 - whatever else comes is what is sought
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        return _FAULT
    return 0


def require_that_faults_are_noticed(path: Path, report: Path) -> None:
    """Stop where a fault, a dead process or too much memory would go unnoticed."""
    path.write_bytes(b"")
    for expected, read in (
        ("fault", lambda _: {}["missing"]),
        ("fault", lambda _: bytearray(2 * MEMORY_BYTES)),
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
        folder = Path(name)
        report = folder / "report"
        require_that_faults_are_noticed(folder / "case", report)
        kinds = targets(folder)
        before, end = set(folder.iterdir()), time.monotonic() + options.seconds
        while time.monotonic() < end:
            target = kinds[counts.total() % len(kinds)]
            path = folder / f"case{target.suffix}"
            path.write_bytes(changed(chance.choice(target.sound), chance))
            began = time.monotonic()
            found = outcome(target, path, report)
            slowest = max(slowest, time.monotonic() - began)
            left = {one for one in folder.iterdir() if not one.name.startswith("case")} - before
            counts[f"{target.name:16} {found}"] += 1
            if left or not found.startswith(("ok", "refused")):
                failures += 1
                print(f"case {counts.total()} ({target.name}): {found}\n{report.read_text(errors='replace')[-2000:]}")
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
