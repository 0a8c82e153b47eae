"""A wrong path is answered at once by every command that reads one."""

import subprocess
import sys

import pytest

COMMANDS = [
    ("assess", "MISSING"),
    ("segment", "MISSING", "--out", "mask.nii.gz"),
    ("measure", "--labels", "MISSING"),
    ("measure", "--labels", "THERE", "--image", "MISSING"),
    ("compare", "THERE", "MISSING"),
    ("fhir", "MISSING"),
    ("deidentify", "MISSING", "--out", "clean"),
    ("deidentify", "THERE", "--out", "clean", "--secret", "MISSING"),
    ("bench", "MISSING"),
    ("train", "segmentation", "--data", "MISSING", "--out", "fit"),
    ("evaluate", "grading", "--data", "MISSING"),
    ("dataset", "folds", "--data", "MISSING"),
]

PROGRAM = """
import sys
from spoils.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted({"highdicom", "numpy", "onnxruntime", "pydicom", "scipy", "torch"} & set(sys.modules)))
"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_path_is_refused_before_anything_large_is_imported(command, tmp_path):
    there = tmp_path / "there.json"
    there.write_text("{}")
    places = {"MISSING": str(tmp_path / "missing"), "THERE": str(there)}
    arguments = [places.get(word, word) for word in command]

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert done.returncode == 3
    assert done.stderr == "Error: There is no such file or folder, or you have no permission to read it.\n"
    assert done.stdout.strip() == ""
    assert [path.name for path in tmp_path.iterdir()] == ["there.json"]
