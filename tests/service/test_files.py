import hashlib
from io import BytesIO

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.errors import UsageError
from spoils.service.files import DamagedFile, FileStore, MissingFile
from spoils.service.keys import Keys

MIB = 1024 * 1024


@pytest.fixture
def keys():
    return Keys((Fernet.generate_key(),))


@pytest.fixture
def store(tmp_path, keys):
    return FileStore(tmp_path / "files", keys)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_content_comes_back(size, store):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    name, length = store.put(content)
    assert (name, length) == (hashlib.sha256(content).hexdigest(), size)
    assert store.content(name) == content
    assert store.put(BytesIO(content)) == (name, size)
    assert list(store.names()) == [name]


def test_content_is_encrypted_at_rest(store, tmp_path):
    store.put(b"Muster^Erika" * 1000)
    (path,) = (path for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert b"Muster" not in path.read_bytes()


@settings(max_examples=60, deadline=None)
@given(place=st.integers(min_value=0), change=st.integers(1, 255))
def test_any_changed_byte_is_noticed(place, change, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    store = FileStore(folder, Keys((Fernet.generate_key(),)))
    name, _ = store.put(b"images" * 40)
    path = folder / name[:2] / name
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= change
    path.write_bytes(content)
    with pytest.raises((DamagedFile, UsageError)):
        store.content(name)


@pytest.mark.parametrize("end", [-1, -20, 5, 200])
def test_a_cut_file_is_noticed(end, store, tmp_path):
    name, _ = store.put(b"x" * (2 * MIB + 5))
    path = tmp_path / "files" / name[:2] / name
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(DamagedFile):
        store.content(name)


def test_a_dropped_last_part_is_noticed(store, tmp_path):
    """Each part is whole by itself, so only the mark of the last one tells."""
    name, _ = store.put(b"x" * (2 * MIB))
    path = tmp_path / "files" / name[:2] / name
    path.write_bytes(path.read_bytes()[: -(MIB + 16 + 4)])
    with pytest.raises(DamagedFile):
        store.content(name)


def test_another_files_content_is_noticed(store, tmp_path):
    one, _ = store.put(b"one")
    other, _ = store.put(b"other")
    folder = tmp_path / "files"
    (folder / one[:2] / one).write_bytes((folder / other[:2] / other).read_bytes())
    with pytest.raises(DamagedFile):
        store.content(one)


def test_a_new_key_renews_files(store, tmp_path, keys):
    name, _ = store.put(b"images")
    new = keys.with_new()
    FileStore(tmp_path / "files", new).renew_keys(name)
    assert FileStore(tmp_path / "files", Keys(new.keys[:1])).content(name) == b"images"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "/" * 64])
def test_only_hashes_are_names(name, store):
    with pytest.raises(UsageError):
        store.content(name)


def test_a_missing_file_is_told(store):
    with pytest.raises(MissingFile):
        store.content("0" * 64)
