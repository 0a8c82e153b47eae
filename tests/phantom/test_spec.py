from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.errors import UsageError
from spoils.phantom import PhantomSpec, random_spec
from spoils.phantom.spec import _PER_DISC_RANGES, _RANGES


@pytest.mark.parametrize("name", sorted(_RANGES))
@pytest.mark.parametrize("side", [0, 1])
def test_a_value_outside_its_range_is_refused(name, side):
    beyond = _RANGES[name][side] + (1 if side else -1)
    with pytest.raises(UsageError, match=name):
        PhantomSpec(**{name: beyond})


@pytest.mark.parametrize("name", sorted(_PER_DISC_RANGES))
def test_a_disc_value_outside_its_range_or_missing_is_refused(name):
    high = _PER_DISC_RANGES[name][1]
    with pytest.raises(UsageError, match=name):
        PhantomSpec(**{name: (1.0, 1.0, 1.0, 1.0, 1.0, high + 1.0)})
    with pytest.raises(UsageError, match=name):
        PhantomSpec(**{name: (1.0,) * 5})


@pytest.mark.parametrize(
    "wrong",
    [
        {"sex": "X"},
        {"grades": (1, 2, 3)},
        {"grades": (1, 2, 3, 4, 5, 6)},
        {"rows": 400.5},
        {"rows": 200, "spacing_mm": 0.5},
        {"columns": 100, "spacing_mm": 0.7},
        {"noise_sd": float("nan")},
    ],
)
def test_other_wrong_values_are_refused_with_one_sentence(wrong):
    with pytest.raises(UsageError) as caught:
        PhantomSpec(**wrong)
    assert str(caught.value).endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([256, 400, 512]))
def test_every_random_patient_is_valid_and_follows_its_seed(seed, pixels):
    spec = random_spec(np.random.default_rng(seed), rows=pixels, columns=pixels)
    assert spec == random_spec(np.random.default_rng(seed), rows=pixels, columns=pixels)
    assert spec.rows * spec.spacing_mm >= 240 - 1e-9


def test_random_patients_differ_in_every_respect_that_has_a_spread():
    rng = np.random.default_rng(5)
    specs = [random_spec(rng) for _ in range(200)]
    # Random patients have whole bodies, and five lumbar ones.
    fixed = {"rows", "columns", "body_wedge_deg", "body_height_factors", "body_depression_mm"}
    fixed |= {"paramedian_stenosis_mm", "paramedian_mm", "lumbarised_s1"}
    for field in fields(PhantomSpec):
        if field.name not in fixed:
            assert len({getattr(spec, field.name) for spec in specs}) > 1, field.name
    for level in range(6):
        assert {spec.grades[level] for spec in specs} >= {1, 2, 3, 4}
    assert {spec.grades[5] for spec in specs} == {1, 2, 3, 4, 5}
