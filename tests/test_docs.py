"""What the documentation says about names and numbers, held against the source."""

import re
import runpy
from pathlib import Path

import pytest

from spoils import errors, findings
from spoils.anatomy import GRADE_CLASSES, STRUCTURES
from spoils.config import Settings
from spoils.findings import Pathway
from spoils.phantom import PhantomSpec, draw_phantom

from .report.builders import full_assessment

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
PAGES = [PROJECT / "README.md", *sorted(DOCS.rglob("*.md"))]
WRITER = runpy.run_path(str(PROJECT / "scripts" / "write_command_reference.py"))
CLINICIANS = runpy.run_path(str(PROJECT / "scripts" / "write_clinician_page.py"))
PICTURE = runpy.run_path(str(PROJECT / "scripts" / "draw_front_page.py"))
RESULTS = runpy.run_path(str(PROJECT / "scripts" / "write_results.py"))


def test_the_command_reference_is_up_to_date():
    """`make docs` writes it anew."""
    assert WRITER["reference"]() == WRITER["PAGE"].read_text(encoding="utf-8")


def test_the_page_for_clinicians_holds_the_figures_of_the_packaged_models():
    """`make docs` writes it anew."""
    assert CLINICIANS["page"]() == CLINICIANS["PAGE"].read_text(encoding="utf-8")


def test_the_results_are_those_of_the_packaged_models():
    """`make docs` writes them anew."""
    assert RESULTS["results"]() == RESULTS["PAGE"].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_existing_commands_are_shown(page):
    shown = set(re.findall(r"^ {4}(?:\.venv/bin/)?(spoils [a-z]+)", page.read_text(), re.MULTILINE))
    known = set(re.findall(r"^## `(spoils [a-z]+)", WRITER["reference"](), re.MULTILINE))
    assert shown <= known


def test_every_measurement_is_defined_and_no_other():
    defined = re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", (DOCS / "measurements.md").read_text())
    known = {*findings.DISC_MEASUREMENTS, *findings.BODY_MEASUREMENTS, *findings.CANAL_MEASUREMENTS}
    known |= {*findings.STENOSIS_MEASUREMENTS, *findings.SPINE_ALIGNMENT_MEASUREMENTS}
    known |= {*findings.LEVEL_ALIGNMENT_MEASUREMENTS, *findings.VERTEBRAL_SHAPE_MEASUREMENTS}
    assert set(defined) - {"not_measured"} == known


def test_the_label_table_is_that_of_the_anatomy():
    cells = re.findall(r"\| (\d+) \| ([\w -]+?) (?=\|)", (DOCS / "result.md").read_text())
    names = {int(value): name.removeprefix("spinal ") for value, name in cells}
    assert names == {0: "background"} | {one.label: one.name for one in STRUCTURES}


def test_every_exit_code_is_explained():
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", (DOCS / "input.md").read_text(), re.MULTILINE)}
    assert codes == {0} | {getattr(errors, name).exit_code for name in errors.__all__}


def test_every_setting_class_and_pathway_is_named():
    install, method = (DOCS / "install.md").read_text(), (DOCS / "method.md").read_text()
    assert {f"SPOILS_{name.upper()}" for name in Settings.model_fields} <= set(re.findall(r"`(SPOILS_\w+)`", install))
    assert ", ".join(GRADE_CLASSES) in method
    assert all(f"`{pathway}`" in method for pathway in Pathway)


def test_the_front_page_repeats_figures_of_the_results():
    """Every decimal figure of its table stands in the results; a new release changes both."""
    table = (PROJECT / "README.md").read_text().partition("## How accurate")[2].partition("\n## ")[0]
    figures = re.findall(r"\| (\d+\.\d+)(?: %)? \|", table)
    known = set(re.findall(r"\d+\.\d+", RESULTS["PAGE"].read_text(encoding="utf-8")))
    assert len(figures) == len(re.findall(r"^\| (?!what|---)", table, re.MULTILINE)) > 5
    assert set(figures) <= known


def test_the_picture_of_the_front_page_can_be_drawn():
    phantom = draw_phantom(PhantomSpec(n_slices=1))
    made = full_assessment().model_dump(mode="json")
    figure = PICTURE["front_page"](made, phantom.series.pixels[0], phantom.labels.labels[0])
    texts = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert {disc["level"] for disc in made["discs"]} <= texts
    assert {disc["label"] for disc in made["discs"]} - {None} <= texts
    assert PICTURE["PATHWAYS"][made["recommendation"]["pathway"]] in texts
    assert set(PICTURE["PATHWAYS"]) == {pathway.value for pathway in Pathway}
    assert made["notice"] in figure.texts[-1].get_text()


def test_the_architecture_page_names_files_that_exist_and_every_room():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    table = page[page.index("## Where is") : page.index("## Conventions")]
    named = {name for name in re.findall(r"`([\w/.-]+)`", table) if "/" in name and name.islower()}
    package = PROJECT / "src" / "spoils"
    assert named
    assert sorted(name for name in named if not (package / name).exists() and not (PROJECT / name).exists()) == []
    rooms = {path.stem for path in package.iterdir() if path.suffix in {"", ".py"} and not path.name.startswith("_")}
    assert sorted(room for room in rooms - {"canvas"} if f"`{room}`" not in page) == []
