"""Figures by level, sex, scanner and field strength."""

import numpy as np
import pytest

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.training.data.acquisitions import ScannerRecord
from spoils.training.grading.evaluation.subgroups import LEAST_PATIENTS, score_subgroups, subgroups_of_table

from .discs import graded, table


def test_every_part_is_counted_and_large_ones_are_scored():
    names = [f"p{number}" for number in range(6 * LEAST_PATIENTS)]
    labels = ["2L"] * len(names)
    taken = table(labels, names, ScannerRecord(sex="F", manufacturer="M", model="x", field_t=1.5))
    told = score_subgroups(graded(taken, ["2L", "3L"] * (len(names) // 2)), subgroups_of_table(taken), repeats=10)
    assert set(told) == {"level", "sex", "scanner", "field_strength"}
    assert list(told["level"]) == list(DISCS)
    assert {name: part["figures"]["pfirrmann_exact"]["value"] for name, part in told["level"].items()} == dict(
        zip(DISCS, [1.0, 0.0] * 3, strict=True)
    )
    assert told["field_strength"]["1.5 T"]["figures"]["pfirrmann_exact"]["value"] == 0.5
    assert list(told["scanner"]) == ["M x"]


def test_small_parts_are_not_scored_and_what_is_unknown_is_said_so():
    few = table(["2L", "3L"], ["a", "b"])
    told = score_subgroups(graded(few, ["2L", "3L"]), subgroups_of_table(few))
    assert told["sex"] == told["scanner"] == told["field_strength"]
    assert told["sex"] == {"unknown": {"discs": 2, "patients": 2, "figures": None}}
    with pytest.raises(UsageError):
        score_subgroups(graded(few, ["2L", "3L"]), {"sex": np.array(["F"])})
