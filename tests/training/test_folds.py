"""Folds keep patients whole and sources even."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.errors import InputUnreadable, UsageError
from spoils.training.folds import assign_folds, read_folds, segmentation_folds, write_folds
from spoils.training.segmentation_data import read_index


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from("xyz"), min_size=8, max_size=60))
def test_every_patient_has_one_fold_and_sizes_differ_by_one_at_most(stratum_of):
    folds = assign_folds(stratum_of, 8)
    sizes = Counter(folds.values())
    assert set(folds) == set(stratum_of)
    assert max(sizes.values()) - min(sizes[fold] for fold in range(8)) <= 1


def test_a_source_is_spread_over_the_folds():
    folds = assign_folds({f"{source}{n}": source for source in "ab" for n in range(16)}, 8)
    for source in "ab":
        assert set(Counter(fold for patient, fold in folds.items() if patient[0] == source).values()) == {2}


def test_the_seed_decides(tmp_path):
    stratum_of = {str(n): "x" for n in range(40)}
    assert assign_folds(stratum_of, 8, seed=1) == assign_folds(stratum_of, 8, seed=1)
    assert assign_folds(stratum_of, 8, seed=1) != assign_folds(stratum_of, 8, seed=2)


def test_a_written_file_reads_back(tmp_path):
    write_folds({"b": 1, "a": 0}, tmp_path / "folds.json")
    assert read_folds(tmp_path / "folds.json") == {"a": 0, "b": 1}


def test_bad_folds_are_refused(tmp_path):
    with pytest.raises(UsageError):
        assign_folds({"a": "x"}, 2)
    with pytest.raises(InputUnreadable):
        read_folds(tmp_path / "missing.json")
    (tmp_path / "bad.json").write_text('{"a": "x"}')
    with pytest.raises(InputUnreadable):
        read_folds(tmp_path / "bad.json")


@pytest.mark.data
def test_the_packaged_folds_are_the_annotated_patients_dealt_by_source(data_dir):
    source_of = {row["patient"]: row["source"] for row in read_index(data_dir / "annotated")}
    assert segmentation_folds() == assign_folds(source_of, 8)
