"""Tables in the documentation hold the packaged figures."""

import re
from pathlib import Path

import pytest

from spoils.anatomy import DISCS
from spoils.followup import BODY_WIDTH, detectable_with, load_errors
from spoils.phantom.sizes import DISC_SIZES
from spoils.reference_values import BOTH, load_reference_values

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = {size.name: size for size in DISC_SIZES}


def row(page, start):
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.mark.parametrize(
    ("start", "name", "kind"),
    [
        ("mean disc height, all patients", "height_mean_mm", "cohort"),
        ("mean disc height, healthy discs", "height_mean_mm", "healthy"),
        ("canal AP, all patients", "ap_diameter_mm", "cohort"),
        ("canal AP, beside healthy discs", "ap_diameter_mm", "healthy"),
    ],
)
def test_our_means_are_those_of_the_table(start, name, kind):
    groups = [getattr(load_reference_values().levels[level][name], kind)[BOTH] for level in DISCS[1:]]
    assert row("reference-values.md", start) == [f"{group.mean:.1f} ({group.sd:.1f})" for group in groups]


@pytest.mark.parametrize(
    ("start", "field"),
    [("mean disc height, published", "mean_height_mm"), ("canal AP, published", "canal_ap_mm")],
)
def test_published_means_are_those_of_the_phantom(start, field):
    found = [float(cell) for cell in row("reference-values.md", start)]
    assert found == [getattr(PUBLISHED[level], field) for level in DISCS[1:]]


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("mean height", "height_mean_mm"),
        ("height index", "height_index"),
        ("volume", "volume_mm3"),
        ("signal to CSF", "signal_csf_ratio"),
        ("canal AP", "ap_diameter_mm"),
    ],
)
def test_errors_are_those_of_the_file(start, name):
    error = load_errors().measurements[name]
    scale = 100 if error.relative else 1
    positions = error.repeats["positions"].sem
    cells = [float(re.sub(r" mm| %", "", cell)) for cell in row("follow-up.md", start)]
    for cell, value in zip(cells, (error.sem, *map(detectable_with, (error.sem, positions))), strict=True):
        assert cell == pytest.approx(value * scale, rel=0.05)


def test_the_size_that_is_doubted_is_that_of_the_file():
    share = detectable_with(load_errors().measurements[BODY_WIDTH].sem)
    assert f"differ by more than {100 * share:.1f} %" in (DOCS / "follow-up.md").read_text(encoding="utf-8")
