import pytest

from spoils.errors import UsageError
from spoils.service.auth import Accounts
from spoils.service.db.repositories import AuditLog, Users
from spoils.service.viewer import ROLE_SCOPES, Role, Scope

from .conftest import PASSWORD


@pytest.fixture
def accounts(context):
    return Accounts(context)


def test_the_setup_link_makes_one_admin(accounts):
    secret = accounts.setup_secret()
    assert accounts.is_setup_secret(secret)
    accounts.set_up(secret, "jane", PASSWORD)
    assert accounts.setup_secret() is None
    assert not accounts.is_setup_secret(secret)
    with pytest.raises(UsageError, match="does not work any more"):
        accounts.set_up(secret, "john", PASSWORD)
    assert accounts.sign_in("jane", PASSWORD).viewer.role is Role.ADMIN


def test_a_new_setup_link_ends_the_one_before_and_all_end_after_a_day(accounts, clock):
    first, second = accounts.setup_secret(), accounts.setup_secret()
    assert not accounts.is_setup_secret(first)
    clock.pass_(hours=25)
    assert not accounts.is_setup_secret(second)


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
def test_weak_passwords_are_refused(password, accounts):
    with pytest.raises(UsageError, match="at least 12"):
        accounts.create("jane", Role.VIEWER, password, by="test")


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\nb"])
def test_odd_names_are_refused(name, accounts):
    with pytest.raises(UsageError, match="printable"):
        accounts.create(name, Role.VIEWER, PASSWORD, by="test")


def test_a_name_is_taken_once(accounts):
    accounts.create("jane", Role.VIEWER, PASSWORD, by="test")
    with pytest.raises(UsageError, match="already"):
        accounts.create("jane", Role.ADMIN, PASSWORD, by="test")


def test_a_sign_in_ends(accounts, clock):
    accounts.create("jane", Role.VIEWER, PASSWORD, by="test")
    signed_in = accounts.sign_in("jane", PASSWORD)
    assert accounts.signed_in(signed_in.secret)[0].name == "jane"
    accounts.sign_out(signed_in.secret, signed_in.viewer)
    assert accounts.signed_in(signed_in.secret) is None
    other = accounts.sign_in("jane", PASSWORD)
    clock.pass_(hours=13)
    assert accounts.signed_in(other.secret) is None


@pytest.mark.parametrize(("name", "password"), [("jane", "wrong"), ("nobody", PASSWORD), ("jane", "")])
def test_who_does_not_know_the_password_stays_out(name, password, accounts, context):
    accounts.create("jane", Role.VIEWER, PASSWORD, by="test")
    assert accounts.sign_in(name, password) is None
    with context.database.read() as session:
        entry = AuditLog(session).newest(1)[0]
    assert (entry.action, entry.actor) == ("user.sign-in-failed", "")


def test_a_token_works_until_it_expires_or_its_user_is_disabled(accounts, clock, context):
    accounts.create("jane", Role.CLINICIAN, PASSWORD, by="test")
    short = accounts.issue_token("jane", frozenset({Scope.READ_STUDIES}), by="test", days=1)
    long = accounts.issue_token("jane", frozenset({Scope.READ_STUDIES}), by="test")
    assert accounts.of_token(short).scopes == {Scope.READ_STUDIES}
    clock.pass_(days=2)
    assert accounts.of_token(short) is None
    assert accounts.of_token(long).name == "jane"
    with context.database.write() as session:
        users = Users(session)
        users.disable(users.named("jane"), clock())
    assert accounts.of_token(long) is None
    assert accounts.sign_in("jane", PASSWORD) is None


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", Scope)
def test_a_token_has_no_more_than_the_role(role, scope, accounts):
    accounts.create("jane", role, PASSWORD, by="test")
    if scope in ROLE_SCOPES[role]:
        assert accounts.of_token(accounts.issue_token("jane", frozenset({scope}), by="test")).may(scope)
    else:
        with pytest.raises(UsageError, match="does not have"):
            accounts.issue_token("jane", frozenset({scope}), by="test")


def test_secrets_are_kept_as_hashes(accounts, context, tmp_path):
    accounts.create("jane", Role.ADMIN, PASSWORD, by="test")
    secrets = [
        accounts.sign_in("jane", PASSWORD).secret,
        accounts.issue_token("jane", frozenset({Scope.ADMIN}), by="t"),
    ]
    context.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert not any(secret.encode() in kept for secret in [*secrets, PASSWORD])
