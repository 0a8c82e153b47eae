"""``spoils service ...``: administration of the web application, also while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.output import note
from spoils.cli.serve import DEFAULT_DATA, DatabaseOption, DataOption, service_settings
from spoils.errors import SpoilsError, UsageError

if TYPE_CHECKING:
    from spoils.service import Context

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Administer the web application, also while it runs.")

_BY = "command line"
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.")]


@contextmanager
def _opened(data: object, database: str | None) -> Iterator[Context]:
    settings = service_settings(data=data, database=database)
    from spoils.service import Context

    context = Context.open(settings)
    try:
        yield context
    finally:
        context.close()


@app.command("create-user")
def create_user(
    name: NameArgument,
    *,
    role: Annotated[str, typer.Option("--role", help="viewer, clinician, researcher or admin.")],
    data: DataOption = DEFAULT_DATA,
    database: DatabaseOption = None,
) -> None:
    """Create a user. The password is asked for, or read from standard input: one line, or the same line twice."""
    with _opened(data, database) as context:
        from spoils.service import Accounts, Role

        if role not in set(Role):
            raise UsageError(f"{role!r} is no role; there are {', '.join(Role)}.")
        Accounts(context).create(name, Role(role), _password(), by=_BY)
    note(f"Created the {role} {name}.")


def _password() -> str:
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    lines = sys.stdin.read().splitlines()
    if not 1 <= len(lines) <= 2 or len(set(lines)) != 1:
        raise UsageError("Standard input holds the password: one line, or the same line twice.")
    return lines[0]


@app.command("token")
def token(
    name: NameArgument,
    *,
    scopes: Annotated[
        list[str],
        typer.Option("--scope", metavar="SCOPE", help="studies:read, studies:write, cohort:read or admin; repeatable."),
    ],
    data: DataOption = DEFAULT_DATA,
    database: DatabaseOption = None,
) -> None:
    """Print a new access token of a user. It is shown only now, and works for a year."""
    with _opened(data, database) as context:
        from spoils.service import Accounts, Scope

        unknown = sorted(set(scopes) - set(Scope))
        if unknown:
            raise UsageError(f"{unknown[0]!r} is no scope; there are {', '.join(Scope)}.")
        wanted = frozenset(Scope(scope) for scope in scopes)
        typer.echo(Accounts(context).issue_token(name, wanted, by=_BY))


@app.command("verify-audit")
def verify_audit(*, data: DataOption = DEFAULT_DATA, database: DatabaseOption = None) -> None:
    """Check that no entry of the audit log was changed, removed or added; exit 1 if one was."""
    with _opened(data, database) as context:
        from spoils.service import AuditLog

        with context.database.read() as session:
            log = AuditLog(session)
            broken, count = log.verify(), log.count()
    if broken is not None:
        raise SpoilsError(f"Entry {broken.number} of the audit log: {broken.why}.")
    typer.echo(f"All {count} entries of the audit log are as they were written.")
