"""Folds keep patients whole and sources even."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.errors import InputUnreadable, UsageError
from spoils.training.data.annotated import read_index
from spoils.training.data.own_splits import Assigned, assign_splits
from spoils.training.data.splits import (
    N_FOLDS,
    added_to_folds,
    assign_folds,
    folds_digest,
    folds_of_fit,
    grading_folds,
    read_folds,
    segmentation_folds,
    write_folds,
)


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


strata = st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from("xyz"), max_size=60)


@given(strata, strata)
def test_patients_added_go_where_room_is_and_nobody_moves(first, second):
    folds = added_to_folds({}, first)
    more = added_to_folds(folds, first | second)
    assert set(more) == set(first) | set(second)
    assert all(more[patient] == fold for patient, fold in folds.items())
    for dealt, stratum_of in ((folds, first), (added_to_folds({}, second), second)):
        for members in (set(stratum_of), *({p for p in stratum_of if stratum_of[p] == of} for of in "xyz")):
            sizes = [sum(dealt[patient] == fold for patient in members) for fold in range(N_FOLDS)]
            assert max(sizes) - min(sizes) <= 1


def test_the_digest_is_that_of_the_folds_in_any_order():
    assert folds_digest({"a": 0, "b": 1}) == folds_digest({"b": 1, "a": 0})
    assert folds_digest({"a": 0, "b": 1}) != folds_digest({"a": 1, "b": 0})


def annotate(data, source_of):
    (data / "annotated").mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{patient}-1,{source},{patient},1.0,full\n" for patient, source in source_of.items())
    (data / "annotated" / "index.csv").write_text(f"id,source,patient,spacing_mm,canal\n{rows}")


def scan(data, patients):
    (data / "spider").mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{patient},Maker,{number % 2}\n" for number, patient in enumerate(patients))
    (data / "spider" / "acquisitions.csv").write_text(f"patient,manufacturer,model\n{rows}")


@pytest.fixture
def data(tmp_path):
    """A folder with sixteen annotated patients of two sources, and one of the project's."""
    annotate(tmp_path, {f"own-{number}": "ab"[number % 2] for number in range(16)} | {"vb2-05": "vb2"})
    return tmp_path


def test_own_data_are_dealt_and_their_folds_then_used(data):
    assert segmentation_folds(data) == segmentation_folds(), "as long as they bring none"
    assert assign_splits(data) == {"annotated": Assigned(16, 17)}
    folds = segmentation_folds(data)
    assert folds["vb2-05"] == segmentation_folds()["vb2-05"], "whom the project knows keeps the fold"
    for source in (0, 1):
        assert {folds[f"own-{number}"] for number in range(source, 16, 2)} == set(range(8))
    assert grading_folds(data) == grading_folds()

    scan(data, ["3", *(f"own-{number}" for number in range(8))])
    assert assign_splits(data) == {"annotated": Assigned(0, 17), "spider": Assigned(8, 9)}
    assert grading_folds(data)["3"] == grading_folds()["3"]
    assert segmentation_folds(data) == folds


def test_a_patient_who_only_shares_a_number_with_one_of_the_project_is_dealt(tmp_path):
    annotate(tmp_path, {"3": "clinic", "6": "spider", "vb2-05": "clinic"})
    assert assign_splits(tmp_path) == {"annotated": Assigned(2, 3)}
    assert segmentation_folds(tmp_path)["6"] == segmentation_folds()["6"]


def test_a_file_of_folds_is_only_added_to(data):
    write_folds({"own-0": 5, "vb2-05": 7, "gone": 2}, data / "annotated" / "folds.json")
    assign_splits(data)
    folds = segmentation_folds(data)
    assert (folds["own-0"], folds["vb2-05"], folds["gone"]) == (5, 7, 2)
    before = (data / "annotated" / "folds.json").stat().st_mtime_ns
    assert assign_splits(data) == {"annotated": Assigned(0, 18)}
    assert (data / "annotated" / "folds.json").stat().st_mtime_ns == before


def test_nothing_is_written_where_a_table_is_missing(data, tmp_path):
    (data / "spider").mkdir()
    with pytest.raises(InputUnreadable, match=r"acquisitions\.csv"):
        assign_splits(data)
    assert not (data / "annotated" / "folds.json").exists()
    with pytest.raises(InputUnreadable, match="neither annotated nor spider"):
        assign_splits(tmp_path / "nowhere")


@pytest.mark.parametrize("fold", [8, -1, "1", None])
def test_own_folds_are_numbered_0_to_7(data, fold):
    (data / "annotated" / "folds.json").write_text(json.dumps({"own-0": fold}))
    with pytest.raises(InputUnreadable):
        segmentation_folds(data)


def test_a_fit_that_keeps_no_folds_had_the_packaged_ones(tmp_path):
    assert folds_of_fit(tmp_path) == segmentation_folds()
    write_folds({"a": 3}, tmp_path / "folds.json")
    assert folds_of_fit(tmp_path) == {"a": 3}


@pytest.mark.data
def test_the_packaged_folds_are_the_annotated_patients_dealt_by_source(data_dir):
    source_of = {row["patient"]: row["source"] for row in read_index(data_dir / "annotated")}
    assert segmentation_folds() == assign_folds(source_of, 8)
