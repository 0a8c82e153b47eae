"""The room table of the house, held against the syntax trees of the source (function-local imports included)."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from spoils.anatomy import BODIES, DISCS

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src"
FILES = sorted(file for file in (SOURCE / "spoils").rglob("*.py") if "migrations" not in file.parts)
"""All modules of the package. Migrations are none: Alembic runs them by their path."""
MAX_LINES = 600
LEVELS = {*BODIES, *DISCS}
MAY_SPELL_LEVELS = {"anatomy.py", "phantom/sizes.py"}
"""Besides anatomy, the phantom's table of published sizes, which also names the bodies beyond the label scheme."""

MAY_IMPORT = {
    "messages": [],
    "errors": ["messages"],
    "codes": [],
    "anatomy": ["errors", "codes"],
    "spatial": ["errors"],
    "images": ["spatial", "anatomy"],
    "findings": ["anatomy", "messages"],
    "config": ["errors"],
    "files": ["errors"],
    "canvas": [],
    "volume_files": ["spatial"],
    "io": ["images", "findings", "files", "volume_files"],
    "models": ["config"],
    "segmentation": ["models", "images"],
    "geometry": ["images", "findings"],
    "discs": ["geometry"],
    "grading": ["models", "discs", "geometry", "messages"],
    "decision": ["findings", "messages"],
    "followup": ["findings", "messages"],
    "reference_values": ["findings"],
    "phantom": ["images", "anatomy", "volume_files"],
    "pipeline": ["io", "segmentation", "grading", "reference_values", "decision", "phantom"],
    "report": ["pipeline", "followup", "codes", "canvas"],
    "api": ["report"],
    "cli": ["report", "api"],
    "service": ["api"],
    "batch": ["api"],
    "training": ["pipeline", "report", "batch"],
}
"""What each room may import, besides itself, the version in ``spoils`` and whatever the named rooms may import."""

RUN_LATE = {("cli", "training"), ("cli", "service")}
"""Arrows that are allowed inside a function only: fitting is a command, but never part of a run."""


@dataclass(frozen=True)
class Import:
    """One imported module with its place in the source."""

    module: str
    file: Path
    line: int
    is_local: bool
    is_typing: bool

    @property
    def place(self):
        return f"{self.file.relative_to(SOURCE)}:{self.line}"


def short_name(file):
    return file.relative_to(SOURCE / "spoils").as_posix()


@cache
def parse(file):
    return ast.parse(file.read_text(encoding="utf-8"), file)


def room_of(file):
    parts = file.relative_to(SOURCE / "spoils").with_suffix("").parts
    return "spoils" if parts == ("__init__",) else parts[0]


def imported_modules(node, file):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    package = file.relative_to(SOURCE).parent.parts
    base = package[: len(package) - node.level + 1] if node.level else ()
    module = ".".join([*base, *([node.module] if node.module else [])])
    return [f"spoils.{alias.name}" for alias in node.names] if module == "spoils" else [module]


def is_for_type_checkers(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@cache
def imports_of(file):
    tree = parse(file)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    local = {id(inner) for function in functions for inner in ast.walk(function)}
    typing = {id(inner) for node in ast.walk(tree) if is_for_type_checkers(node) for inner in ast.walk(node)}
    return [
        Import(module, file, node.lineno, id(node) in local, id(node) in typing)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in imported_modules(node, file)
    ]


@cache
def allowed_from(room):
    return reached_from(room, MAY_IMPORT)


def reached_from(room, table):
    reached, waiting = {room}, list(table[room])
    while waiting:
        other = waiting.pop()
        if other not in reached:
            reached.add(other)
            waiting.extend(table[other])
    return reached


def is_allowed(imported):
    room, target = room_of(imported.file), imported.module.split(".")[1]
    if target == "__version__":
        return True
    if (room, target) in RUN_LATE:
        return imported.is_local or imported.is_typing
    if room == "spoils":
        return imported.is_typing
    return target in allowed_from(room)


def own_imports(file):
    return [imported for imported in imports_of(file) if imported.module.startswith("spoils.")]


def test_every_room_is_in_the_table():
    assert {room_of(file) for file in FILES} <= {"spoils", *MAY_IMPORT}


def test_the_tables_have_no_cycle():
    for table in (MAY_IMPORT, TRAINING_MAY_IMPORT):
        for room, direct in table.items():
            assert all(room not in reached_from(other, table) for other in direct)


def test_imports_follow_the_room_table():
    wrong = [
        f"{imported.place} {imported.module}"
        for file in FILES
        for imported in own_imports(file)
        if not is_allowed(imported)
    ]
    assert wrong == []


TRAINING_MAY_IMPORT = {
    "compiler_cache": [],
    "progress": [],
    "data": ["progress"],
    "disc_table": ["data"],
    "networks": ["progress"],
    "segmentation": ["data", "networks"],
    "slice_kind": ["data", "networks"],
    "grading": ["disc_table", "networks"],
    "reference_values": ["disc_table", "segmentation"],
    "study": ["grading"],
}
"""The same for the rooms within ``training``."""

SIDE_DOORS = {"spoils.models.runtime", "spoils.models.quantisation"}
"""Parts of a room that its ``__init__`` leaves out, because they load a library that few of its users need."""


def door_of(module):
    """Return what another room must import to use ``module``: a package, or a module that is a room itself."""
    if module in SIDE_DOORS or (SOURCE / Path(*module.split("."))).is_dir():
        return module
    parent = module.rpartition(".")[0]
    return module if parent in {"spoils", "spoils.training"} else parent


def home_of(file):
    """Return the room of a file, and for ``training`` the room within it."""
    parts = ("spoils", *file.relative_to(SOURCE / "spoils").with_suffix("").parts)
    return ".".join(parts[: 3 if parts[1] == "training" and len(parts) > 3 else 2])


def is_inside_another_room(imported):
    is_own = f"{imported.module}.".startswith(f"{home_of(imported.file)}.")
    return not is_own and imported.module != door_of(imported.module)


def test_rooms_are_entered_by_their_door():
    """What a room offers is in its ``__init__``."""
    inside = [
        f"{imported.place} {imported.module}"
        for file in FILES
        for imported in own_imports(file)
        if is_inside_another_room(imported)
    ]
    assert inside == []


def training_room_of(module):
    return module.split(".")[2] if module.startswith("spoils.training.") else None


def is_allowed_in_training(imported):
    room, target = training_room_of(home_of(imported.file)), training_room_of(imported.module)
    return room is None or target is None or target in reached_from(room, TRAINING_MAY_IMPORT)


def test_training_follows_its_own_room_table():
    wrong = [
        f"{imported.place} {imported.module}"
        for file in FILES
        for imported in own_imports(file)
        if not is_allowed_in_training(imported)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("training/study/run.py", "from spoils.training.grading import GradingPlan", (True, True)),
        ("training/study/run.py", "from spoils.training.grading.fit import GradingPlan", (False, True)),
        ("training/study/run.py", "from spoils.training.grading.models import Grader", (True, True)),
        ("training/study/run.py", "def late():\n    from spoils.training.progress import Progress", (True, True)),
        ("training/grading/fit.py", "from spoils.training.grading.models.base import Grader", (True, True)),
        ("training/grading/models/base.py", "from spoils.training.grading.fit import GradingPlan", (True, True)),
        ("training/data/spider.py", "from spoils.training.grading import GradingPlan", (True, False)),
        ("training/data/spider.py", "from spoils.io.volumes import read_array", (False, True)),
        ("training/data/spider.py", "from spoils.models.runtime import InferenceSession", (True, True)),
        ("cli/train.py", "def late():\n    from spoils.training.grading.fit import fit_graders", (False, True)),
        ("report/page.py", "from spoils.findings.base import Flag", (False, True)),
    ],
)
def test_the_check_sees_what_passes_by_a_door(name, code, expected, tmp_path, monkeypatch):
    """Expected is whether the import is by the door, and whether the table of ``training`` allows it."""
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    for folder in ("training/grading/models", "training/study", "training/data", "io", "models", "findings"):
        (tmp_path / "spoils" / folder).mkdir(parents=True, exist_ok=True)
    file = tmp_path / "spoils" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    (imported,) = own_imports(file)
    assert (not is_inside_another_room(imported), is_allowed_in_training(imported)) == expected


@pytest.mark.parametrize(
    ("room", "code", "allowed"),
    [
        ("decision", "from spoils.findings import Pathway", True),
        ("decision", "from spoils import anatomy, __version__", True),
        ("decision", "def late():\n    from spoils.images import LabelMap", False),
        ("decision", "import spoils.images", False),
        ("decision", "from ..images import LabelMap", False),
        ("decision", "from .policy import Policy", True),
        ("cli", "def late():\n    from spoils.training import fit", True),
        ("cli", "from spoils.training import fit", False),
        ("pipeline", "def late():\n    from spoils.training import fit", False),
    ],
)
def test_the_check_sees_wrong_arrows(room, code, allowed, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    file = tmp_path / "spoils" / room / "module.py"
    file.parent.mkdir(parents=True)
    file.write_text(code)
    found = own_imports(file)
    assert found
    assert all(is_allowed(imported) for imported in found) is allowed


EXTRAS = {"training": "train", "service": "service"}
"""Rooms that may also import what an extra brings."""


def test_rooms_import_only_declared_packages():
    """What is declared for the run time, and where it is allowed what the extra brings."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    run_time, extras = project["dependencies"], project["optional-dependencies"]
    distributions = importlib.metadata.packages_distributions()
    undeclared = []
    for file in FILES:
        brought = [extras[extra] for place, extra in EXTRAS.items() if short_name(file).startswith(f"{place}/")]
        lines = [*run_time, *(line for lines in brought for line in lines)]
        declared = {normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in lines}
        for imported in imports_of(file):
            package = imported.module.split(".")[0]
            if package not in {*sys.stdlib_module_names, "spoils"}:
                provided_by = {normal(name) for name in distributions.get(package, [])}
                undeclared += [f"{imported.place} {imported.module}"] if not declared & provided_by else []
    assert undeclared == []


def normal(distribution):
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_importing_spoils_is_light():
    command = "import sys, spoils; print(*sorted({'numpy', 'onnxruntime', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_a_file_is_short_enough_to_read():
    lengths = {short_name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_exported_names_are_listed_once_and_exist():
    """Their order is the linter's business (RUF022)."""
    wrong = []
    for file in FILES:
        body = parse(file).body
        exported = [node for node in body if bound_names([node]) == {"__all__"}]
        names = [ast.literal_eval(node.value) for node in exported]
        if len(names) != 1 or len(set(names[0])) != len(names[0]) or not set(names[0]) <= bound_names(body):
            wrong.append(short_name(file))
    assert wrong == []


def bound_names(body):
    names = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif is_for_type_checkers(node):
            names |= bound_names(node.body)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}
    return names


def test_level_names_are_taken_from_anatomy():
    """A sentence for people may spell a level; a value that a program works with may not."""
    spelled = []
    for file in FILES:
        if short_name(file) in MAY_SPELL_LEVELS:
            continue
        tree = parse(file)
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        spelled += [
            f"{short_name(file)}:{node.lineno} {node.value!r}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
            if node.value in LEVELS
        ]
    assert spelled == []


def test_only_config_reads_the_environment():
    readers = {
        short_name(file)
        for file in FILES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"config.py", *SETS_FOR_LIBRARIES}


SETS_FOR_LIBRARIES = {"__init__.py", "canvas.py", "training/compiler_cache.py"}
"""These set variables that libraries read, so that the libraries send nothing and leave nothing behind."""

DOORS = {
    "onnxruntime": {"spoils/models/runtime.py", "spoils/models/quantisation.py"},
    "matplotlib": {"spoils/canvas.py"},
}
"""Libraries that send something or leave something behind unless they are loaded with care, and where that is done."""


def outside_the_doors(file):
    name = file.relative_to(SOURCE).as_posix() if file.is_relative_to(SOURCE) else file.name
    return [
        f"{file}:{node.lineno} {module}"
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in absolute_modules(node)
        if name not in DOORS.get(module.split(".")[0], {name})
    ]


def absolute_modules(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.level == 0 else []


def test_libraries_that_need_care_are_imported_in_one_place():
    """In the tests and scripts, too: whatever imports one of these first decides how it behaves."""
    files = [*FILES, *(PROJECT / "tests").rglob("*.py"), *(PROJECT / "scripts").rglob("*.py")]
    assert [line for file in files for line in outside_the_doors(file)] == []


@pytest.mark.parametrize(
    ("place", "code", "allowed"),
    [
        ("spoils/models/runtime.py", "from onnxruntime import InferenceSession", True),
        ("spoils/models/sessions.py", "def late():\n    import onnxruntime", False),
        ("spoils/training/fit.py", "from onnxruntime.quantization import QuantType", False),
        ("spoils/models/runtime.py", "import matplotlib.pyplot as plt", False),
        ("spoils/canvas.py", "from matplotlib.figure import Figure", True),
        ("spoils/training/fit.py", "from spoils.models.runtime import InferenceSession", True),
    ],
)
def test_the_check_sees_imports_outside_the_doors(place, code, allowed, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(code)
    assert (outside_the_doors(file) == []) is allowed


def test_importing_spoils_switches_telemetry_off():
    command = "import os, spoils; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    for before in ({}, {"ORT_DISABLE_TELEMETRY": "0"}):
        done = subprocess.run(
            [sys.executable, "-c", command], check=True, capture_output=True, text=True, env=environment | before
        )
        assert done.stdout == "1\n"
