"""What is fuzzed: readers of every format, and whole commands, each with sound files that they take."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from fuzz_changes import changed_archive, changed_bytes, changed_dicom, changed_json
from PIL import Image
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

import spoils.decision
from spoils import Assessed, assess
from spoils.cli import main
from spoils.decision import load_policy
from spoils.followup import compare, read_assessment
from spoils.io import read_input
from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

__all__ = ["Refused", "Target", "run_command", "targets"]


class Refused(Exception):
    """A command ended with an exit code other than 0."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"exit code {exit_code}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Target:
    """A kind of input: sound files of one suffix, what reads one, and how they are changed."""

    name: str
    sound: tuple[bytes, ...]
    suffix: str
    read: Callable[[Path], object]
    change: Callable[[bytes, random.Random], bytes] = changed_bytes


def targets(folder: Path) -> list[Target]:
    """Make sound files of every kind from a phantom study, in an empty folder."""
    files = sorted(write_study(draw_phantom(PhantomSpec()), folder / "study").rglob("*.dcm"))
    middle = files[len(files) // 2]
    dataset = pydicom.dcmread(middle)
    pixels = dataset.pixel_array
    grid = Grid.from_axes((3, *pixels.shape), (4.0, 0.6, 0.6))
    volume = np.stack([pixels] * 3).astype(np.int16)
    labels = (volume > np.percentile(volume, 95)).astype(np.uint8) * 3
    volumes = {suffix: volume_bytes(volume, grid, suffix) for suffix in (".nii", ".nii.gz", ".mha", ".nrrd")}
    masks = {suffix: volume_bytes(labels, grid, suffix) for suffix in (".nii.gz", ".nrrd")}
    packed = {name: _packed(middle, syntax) for name, syntax in _SYNTAXES.items()}
    plain, picture = _saved(dataset), _picture(pixels)
    archive = _archive({f"a/{file.name}": file.read_bytes() for file in files[:3]} | {"DICOMDIR": b"x"})
    policy = (Path(spoils.decision.__file__ or "").parent / "policy.json").read_bytes()
    return [
        Target("dicom", (plain, *packed.values()), ".dcm", read_input, changed_dicom),
        *(Target(f"dicom {name}", (content,), ".dcm", read_input) for name, content in packed.items()),
        *(Target(suffix[1:], (content,), suffix, read_input) for suffix, content in volumes.items()),
        Target("png", (picture,), ".png", lambda path: read_input(path, spacing_mm=0.6)),
        Target("zip", (archive, _archive({"x.nrrd": volumes[".nrrd"]})), ".zip", read_input, changed_archive),
        Target("policy", (policy,), ".json", load_policy, changed_json),
        *_of_images(folder, plain, picture, archive, masks),
        *_of_results(folder, assess(folder / "study", odi=44, nrs=7), policy),
    ]


def _of_images(folder: Path, plain: bytes, picture: bytes, archive: bytes, masks: dict[str, bytes]) -> list[Target]:
    """Whole commands that read images."""
    out, mask, table = folder / "out", folder / "mask.nrrd", folder / "table.json"

    def segmented(path: Path) -> None:
        run_command(["segment", str(path), "--out", str(mask)], mask)

    def deidentified(path: Path) -> None:
        run_command(["deidentify", str(path), "--out", str(out)], out)

    def measured(path: Path) -> None:
        run_command(["measure", "--labels", str(path), "--out", str(table)], table)

    return [
        Target(
            "assess dicom", (plain,), ".dcm", lambda path: run_command(["assess", str(path), "--json"]), changed_dicom
        ),
        Target("assess png", (picture,), ".png", lambda path: run_command(["assess", str(path), "--spacing", "0.6"])),
        Target("segment zip", (archive,), ".zip", segmented, changed_archive),
        Target("deidentify", (plain,), ".dcm", deidentified, changed_dicom),
        *(Target(f"measure {suffix[1:]}", (content,), suffix, measured) for suffix, content in masks.items()),
    ]


def _of_results(folder: Path, assessed: Assessed, policy: bytes) -> list[Target]:
    """Readers and whole commands that take results, corrections and policies."""
    sound, bundle, out = folder / "sound.json", folder / "bundle.json", folder / "out"
    sound.write_text(assessed.to_json())
    result, corrections = sound.read_bytes(), json.dumps(_CORRECTIONS).encode()
    (folder / "corrections.json").write_bytes(corrections)

    def corrected(path: Path) -> None:
        both = ["reassess", str(path), "--corrections", str(folder / "corrections.json"), "--out", str(out)]
        run_command(both, out)

    def correcting(path: Path) -> None:
        run_command(["reassess", str(sound), "--corrections", str(path), "--json"])

    def as_bundle(path: Path) -> None:
        run_command(["fhir", str(path), "--out", str(bundle)], bundle)

    def under_policy(path: Path) -> None:
        os.environ["SPOILS_POLICY"] = str(path)
        run_command(["triage", "--class", "L5-S1=5H", "--odi", "44", "--nrs", "7"])

    return [
        Target("result", (result,), ".json", lambda path: compare([read_assessment(path), read_assessment(sound)])),
        Target(
            "compare", (result,), ".json", lambda path: run_command(["compare", str(path), str(sound)]), changed_json
        ),
        Target("fhir", (result,), ".json", as_bundle, changed_json),
        Target("reassess result", (result,), ".json", corrected, changed_json),
        Target("reassess corrections", (corrections,), ".json", correcting, changed_json),
        Target(
            "policy check", (policy,), ".json", lambda path: run_command(["policy", "check", str(path)]), changed_json
        ),
        Target("triage policy", (policy,), ".json", under_policy, changed_json),
    ]


_SYNTAXES = {"jpeg-ls": JPEGLSLossless, "jpeg 2000": JPEG2000Lossless, "rle": RLELossless}

_BY = {"by": "reader-1", "at": "2026-03-04T10:15:00+01:00", "reason": "seen"}
_CORRECTIONS = {
    "schema_version": "1.0",
    "corrections": [
        {"kind": "grade", "level": "L4-L5", "grade": 4, **_BY},
        {"kind": "severity", "level": "L3-L4", "severity": "M", **_BY},
        {"kind": "finding", "level": "L3-L4", "finding": "bulging", "present": True, **_BY},
        {"kind": "scores", "odi": 50, "nrs": 6, **_BY},
    ],
}


def _saved(dataset: pydicom.Dataset) -> bytes:
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def _packed(file: Path, syntax: str) -> bytes:
    dataset = pydicom.dcmread(file)
    dataset.compress(syntax, generate_instance_uid=False)
    return _saved(dataset)


def _picture(pixels: np.ndarray) -> bytes:
    content = BytesIO()
    Image.fromarray((pixels / max(pixels.max(), 1) * 255).astype(np.uint8)).save(content, format="PNG")
    return content.getvalue()


def _archive(members: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def run_command(arguments: list[str], *written: Path) -> None:
    """Run a command of the program; standard output is not looked at.

    Args:
        arguments: its command line.
        written: what it writes: there and removed after success, not there after an error.

    Raises:
        Refused: it ended with another exit code than 0, and said why in one sentence.
        AssertionError: it said nothing, or more, or what it wrote is missing, or there after an error.
    """
    said = io.StringIO()
    code: object = None
    with contextlib.redirect_stdout(io.TextIOWrapper(BytesIO(), "utf-8")), contextlib.redirect_stderr(said):
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code
    lines = said.getvalue().splitlines()
    errors = [line for line in lines if line.startswith("Error: ")]
    failed = code not in (0, None)
    assert len(errors) == failed, lines  # noqa: S101
    assert "Traceback" not in said.getvalue(), lines  # noqa: S101
    for path in written:
        assert path.exists() != failed, (path.name, lines)  # noqa: S101
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if failed:
        raise Refused(code if isinstance(code, int) else 1)
