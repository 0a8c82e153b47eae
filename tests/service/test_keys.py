import pytest
from cryptography.fernet import Fernet

from spoils.errors import UsageError
from spoils.service.keys import Keys


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path):
    keys = Keys.read_or_make(tmp_path / "key")
    assert Keys.read_or_make(tmp_path / "key") == keys
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_what_an_older_key_encrypted_is_read_and_renewed():
    old = Keys((Fernet.generate_key(),))
    new = old.with_new()
    sealed = old.encrypt(b"Erika")
    assert new.decrypt(sealed) == b"Erika"
    renewed = new.renewed(sealed)
    assert Keys(new.keys[:1]).decrypt(renewed) == b"Erika"
    with pytest.raises(UsageError, match="can't be decrypted"):
        old.decrypt(renewed)


def test_pseudonyms_stay_when_the_key_changes():
    old = Keys((Fernet.generate_key(),))
    assert old.with_new().pseudonym("patient", "4711", "1970-02-03") == old.pseudonym("patient", "4711", "1970-02-03")
    assert old.pseudonym("a", "bc") != old.pseudonym("ab", "c")
    assert old.pseudonym("a") != Keys((Fernet.generate_key(),)).pseudonym("a")


@pytest.mark.parametrize("content", [b"", b"\n", b"no key", b"\xff\xfe"])
def test_a_file_without_keys_is_refused(content, tmp_path):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UsageError, match="key"):
        Keys.read_or_make(tmp_path / "key")


def test_keys_are_not_shown():
    keys = Keys((Fernet.generate_key(),))
    assert keys.keys[0].decode() not in repr(keys)
