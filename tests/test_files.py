import os
import subprocess
import sys
import threading
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from spoils import files
from spoils.errors import UsageError
from spoils.files import staged_file, staged_folder, write_file, write_folder

from .programs import program


def tree(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_files_arrive_in_a_new_folder(tmp_path):
    assert write_folder(tmp_path / "deep" / "out", {"a.json": b"a", "b.html": b"b"}) == []
    assert tree(tmp_path) == {"deep/out/a.json": "a", "deep/out/b.html": "b"}


class Broken(dict):
    """Contents that fail when the second file is made."""

    def __getitem__(self, name):
        raise ValueError("the file can't be made")

    def items(self):
        yield "a.json", b"new"
        raise ValueError("the file can't be made")


def test_contents_that_can_not_be_made_leave_nothing(tmp_path):
    with pytest.raises(ValueError, match="can't be made"):
        write_folder(tmp_path / "out", Broken())
    assert list(tmp_path.iterdir()) == []


def test_contents_that_can_not_be_made_leave_the_former_result(tmp_path):
    write_folder(tmp_path / "out", {"a.json": b"old"})
    with pytest.raises(ValueError, match="can't be made"):
        write_folder(tmp_path / "out", Broken())
    assert tree(tmp_path) == {"out/a.json": "old"}


def test_a_result_replaces_an_earlier_one_as_a_whole_and_leaves_and_names_other_files(tmp_path):
    out, owned = tmp_path / "out", ("a.json", "b.html", "sr.dcm")
    write_folder(out, {"a.json": b"old", "sr.dcm": b"of the old"}, owned=owned)
    (out / "notes.txt").write_text("mine")
    assert write_folder(out, {"a.json": b"new", "b.html": b"b"}, owned=owned) == ["notes.txt"]
    assert tree(tmp_path) == {"out/a.json": "new", "out/b.html": "b", "out/notes.txt": "mine"}


def test_a_file_that_can_not_be_moved_brings_the_former_result_back(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_folder(out, {"a.json": b"old a", "b.html": b"old b"})
    rename = Path.rename

    def full_disk(self, target):
        if self.name == "b.html" and Path(target).parent == out and self.read_text() == "new b":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full_disk)
    with pytest.raises(UsageError, match="can't be written: No space left on device"):
        write_folder(out, {"a.json": b"new a", "b.html": b"new b", "c.png": b"new c"})
    assert tree(tmp_path) == {"out/a.json": "old a", "out/b.html": "old b"}


def test_the_first_file_arrives_last(tmp_path, monkeypatch):
    """A folder with it is whole, whenever the process ends."""
    out, arrived = tmp_path / "out", []
    write_folder(out, {"assessment.json": b"old", "b.html": b"old"})
    rename = Path.rename

    def recorded(self, target):
        if Path(target).parent == out:
            arrived.append(self.name)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", recorded)
    write_folder(out, {"assessment.json": b"new", "b.html": b"new"})
    assert arrived == ["b.html", "assessment.json"]


def test_a_file_where_the_folder_should_be_is_a_usage_error(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="can't be written"):
        write_folder(tmp_path / "out", {"a.json": b"a"})
    assert tree(tmp_path) == {"out": "a file"}


def test_of_two_results_at_once_one_wins_whole(tmp_path):
    out = tmp_path / "out"

    def write(letter):
        for _ in range(20):
            write_folder(out, dict.fromkeys(("a", "b", "c", f"only-{letter.decode()}"), letter), owned=owned)

    owned = ("a", "b", "c", "only-x", "only-y")
    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"x", b"y")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tree(out) in [{"a": one, "b": one, "c": one, f"only-{one}": one} for one in "xy"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_one_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.json"
    write_file(path, b"old")
    write_file(path, b"new")
    assert tree(tmp_path) == {"a.json": "new"}


def test_one_file_in_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        write_file(tmp_path / "missing" / "a.json", b"x")


def test_a_place_that_can_not_be_a_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="File name too long"):
        write_file(tmp_path / ("n" * 300), b"x")
    with pytest.raises(UsageError, match=r"^/ is not a file"):
        write_file(Path("/"), b"x")


def test_a_full_device_is_a_usage_error_and_stays_a_device():
    with pytest.raises(UsageError, match="No space left"):
        write_file(Path("/dev/full"), b"x")
    assert Path("/dev/full").is_char_device()


def test_a_draft_has_the_name_of_its_file_and_leaves_nothing_when_it_fails(tmp_path):
    path = tmp_path / "labels.nii.gz"

    def fail():
        with staged_file(path) as draft:
            assert draft.name == path.name
            draft.write_text("half")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_staged_folder_must_be_new_or_empty(tmp_path):
    with staged_folder(tmp_path / "out") as draft:
        (draft / "a").write_text("a")
    assert tree(tmp_path) == {"out/a": "a"}
    with pytest.raises(UsageError, match="new or empty"), staged_folder(tmp_path / "out"):
        pass


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom spoils.files import staged_file\n"
        f"with staged_file(Path({str(tmp_path / 'a')!r})) as draft:\n"
        "    draft.write_text('identity'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, env=os.environ)
    (left,) = tmp_path.iterdir()
    assert tree(left)["a"] == "identity"
    with staged_file(tmp_path / "b") as draft:
        draft.write_text("b")
        write_file(tmp_path / "c", b"c")
        assert draft.is_file(), "a staging folder that is in use stays"
    assert tree(tmp_path) == {"b": "b", "c": "c"}


@pytest.mark.parametrize("removed", [0, 1])
def test_a_signal_during_the_cleaning_up_leaves_nothing(removed, tmp_path, monkeypatch):
    remove, calls = files.shutil.rmtree, []

    def interrupted(folder, **options):
        calls.append(folder)
        if len(calls) == removed + 1:
            raise SystemExit(143)
        remove(folder, **options)

    monkeypatch.setattr(files.shutil, "rmtree", interrupted)
    with pytest.raises(SystemExit, match="143"):
        write_folder(tmp_path / "out", {"a": b"new"})
    assert tree(tmp_path) == {"out/a": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_root_of_the_file_system_is_no_folder_for_a_result():
    with pytest.raises(UsageError, match="below the root"):
        write_folder(Path("/"), {"spoils-test.json": b"x"})
    assert not Path("/spoils-test.json").exists()


@pytest.mark.parametrize("place", ["n" * 300, "file", "file/below", "/proc/none/out"])
def test_a_place_that_can_not_be_a_folder_is_a_usage_error(place, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="The output can't be written"):
        write_folder(tmp_path / place, {"a.json": b"x"})
    assert tree(tmp_path) == {"file": "mine"}


@pytest.mark.parametrize("write", [write_file, lambda path, content: write_folder(path, {"a.json": content})])
def test_a_full_disk_is_a_usage_error_and_leaves_nothing(write, tmp_path, monkeypatch):
    def full(self, content):
        self.touch()
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left"):
        write(tmp_path / "out", b"x")
    assert list(tmp_path.iterdir()) == []


WRITE = """
import sys
from pathlib import Path
from spoils.errors import UsageError
from spoils.files import write_file, write_folder
for write in (lambda: write_file(Path(sys.argv[1]) / "a", b"x"), lambda: write_folder(Path(sys.argv[1]), {"a": b"x"})):
    try:
        write()
    except UsageError as error:
        print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs users of Unix")
def test_a_folder_without_permission_is_a_usage_error():
    with TemporaryDirectory() as name:
        closed = Path(name) / "folder"
        closed.mkdir()
        for folder in (closed, closed.parent):
            folder.chmod(0o555)
        command = [sys.executable, "-c", WRITE, str(closed)]
        if os.geteuid() == 0:  # the superuser may write everywhere
            command = [program("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        closed.parent.chmod(0o755)
        if done.returncode:
            pytest.skip("another user can't run this Python")
        assert done.stdout == "The output can't be written: Permission denied.\n" * 2
        assert list(closed.iterdir()) == []
