"""The door of the room: every name is there, and none brings more libraries than it needs."""

import subprocess
import sys

import pytest

from spoils import report

LIBRARIES = ("highdicom", "jinja2", "matplotlib", "pydicom", "reportlab", "SimpleITK")


def test_every_name_can_be_imported():
    assert sorted(name for home in report._HOMES.values() for name in home) == sorted(report.__all__)
    assert all(getattr(report, name) is not None for name in report.__all__)
    assert set(report.__all__) <= set(dir(report))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'paper'"):
        _ = report.paper


@pytest.mark.parametrize("name", ["fhir_json", "assessment_json"])
def test_what_does_not_draw_loads_nothing_that_draws(name):
    code = f"import sys; from spoils.report import {name}; print(*sorted(set({LIBRARIES!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_files_are_promised_before_anything_that_draws_is_loaded():
    code = "import sys; from spoils.report import render; print(*{'matplotlib', 'reportlab'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
