"""Doubt over strata, counted on patients made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import load_policy
from spoils.training.grading.evaluation.reports import count_possible_strata
from spoils.training.grading.evaluation.scores import ScoredDiscs


def counted(*discs):
    """Count discs given as (patient, level, true class, graded class, classes of the set)."""
    patients, levels, truth, graded, sets = zip(*discs, strict=True)
    table = SimpleNamespace(patients=np.array(patients), levels=np.array([DISCS.index(level) for level in levels]))
    probabilities = np.array([[0.9 if name == one else 0.01 for name in GRADE_CLASSES] for one in graded])
    inside = np.array([[name in some for name in GRADE_CLASSES] for some in sets])
    indices = np.array([GRADE_CLASSES.index(name) for name in truth])
    return count_possible_strata(ScoredDiscs(indices, probabilities, inside, table.patients), table, load_policy())


def test_a_certain_patient_lies_in_one_stratum():
    assert counted(("a", "L4-L5", "4M", "4H", {"4H"})) == {"surgical to surgical": {"patients": 1, "right": 1}}


def test_a_certain_bad_disc_settles_the_doubt_about_a_mild_one():
    found = counted(("a", "L4-L5", "4M", "4M", {"4M"}), ("a", "L3-L4", "2L", "3L", {"2L", "3M"}))
    assert found == {"surgical to surgical": {"patients": 1, "right": 1}}


def test_patients_are_counted_once_and_wrong_strata_are_not_right():
    found = counted(
        ("a", "L4-L5", "4M", "3L", {"3L", "3M", "4M"}),
        ("a", "L5-S1", "2L", "2L", {"2L"}),
        ("b", "L4-L5", "3L", "3L", {"3L", "4M"}),
    )
    assert found == {"conservative to surgical": {"patients": 2, "right": 1}}


@pytest.mark.parametrize("worst", ["3M", "4L", "5L"])
def test_the_neighbouring_stratum_is_named(worst):
    assert list(counted(("a", "L4-L5", "3L", "3L", {"3L", worst}))) == ["conservative to interventional"]
