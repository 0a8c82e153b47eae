from pathlib import Path

import pytest

from spoils.errors import UsageError
from spoils.report.files import write_file, write_results


def text(words):
    return lambda path: path.write_text(words)


def broken(path):
    path.write_text("half")
    raise ValueError("the writer failed")


def tree(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_files_arrive_in_a_new_folder(tmp_path):
    write_results({"a.json": text("a"), "b.html": text("b")}, tmp_path / "deep" / "out")
    assert tree(tmp_path) == {"deep/out/a.json": "a", "deep/out/b.html": "b"}


def test_a_failing_writer_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="writer failed"):
        write_results({"a.json": text("a"), "b.html": broken}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_writer_leaves_the_former_results(tmp_path):
    out = tmp_path / "out"
    write_results({"a.json": text("old"), "notes.txt": text("mine")}, out)
    with pytest.raises(ValueError, match="writer failed"):
        write_results({"a.json": text("new"), "b.html": broken}, out)
    assert tree(tmp_path) == {"out/a.json": "old", "out/notes.txt": "mine"}


def test_new_results_replace_old_ones_and_leave_other_files(tmp_path):
    out = tmp_path / "out"
    write_results({"a.json": text("old"), "notes.txt": text("mine")}, out)
    write_results({"a.json": text("new"), "b.html": text("b")}, out)
    assert tree(tmp_path) == {"out/a.json": "new", "out/b.html": "b", "out/notes.txt": "mine"}


def test_a_file_that_cannot_be_moved_brings_the_former_results_back(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_results({"a.json": text("old a"), "b.html": text("old b")}, out)
    rename = Path.rename

    def full_disk(self, target):
        if self.name == "b.html" and Path(target).parent == out and self.read_text() == "new b":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full_disk)
    with pytest.raises(UsageError, match="can't be written: No space left on device"):
        write_results({"a.json": text("new a"), "b.html": text("new b"), "c.png": text("new c")}, out)
    assert tree(tmp_path) == {"out/a.json": "old a", "out/b.html": "old b"}


def test_a_file_where_the_folder_should_be_is_a_usage_error(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="can't be written"):
        write_results({"a.json": text("a")}, tmp_path / "out")
    assert tree(tmp_path) == {"out": "a file"}


def test_one_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.json"
    write_file(path, b"old")
    write_file(path, b"new")
    assert tree(tmp_path) == {"a.json": "new"}


def test_one_file_in_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        write_file(tmp_path / "missing" / "a.json", b"x")
