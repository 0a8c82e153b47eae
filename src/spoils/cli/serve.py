"""``spoils serve`` and ``spoils worker``: the web application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.output import note
from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.service import ServiceSettings

__all__ = ["DEFAULT_DATA", "DataOption", "DatabaseOption", "serve", "service_settings", "worker"]

DEFAULT_DATA = Path("spoils-data")

DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder of the database, the stored files and the key.")
]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="PostgreSQL instead of SQLite in the folder.")
]


def service_settings(**given: object) -> ServiceSettings:
    """Return the settings of the application: options that were given, then ``SPOILS_SERVICE_...``.

    Raises:
        UsageError: the extra ``service`` is not installed, or an option can't be used.
    """
    try:
        from spoils.service import ServiceSettings
    except ImportError as error:
        raise _not_installed() from error
    from pydantic import ValidationError

    try:
        return ServiceSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        sentence = str(first["msg"]).removeprefix("Value error, ")
        raise UsageError(f"{name}: {sentence}." if name else sentence) from error


def _not_installed() -> UsageError:
    return UsageError("The web application is not installed: pip install 'spoils[service]'.")


def serve(
    *,
    data: DataOption = DEFAULT_DATA,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.", show_default="8080")] = None,
    database: DatabaseOption = None,
    demo: Annotated[bool, typer.Option("--demo", help="Add three phantom patients to an empty folder.")] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only serve; 'spoils worker' assesses.")] = False,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", metavar="FILE", help="For HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Key of the certificate.")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy with TLS stands in front.")] = False,
) -> None:
    """Open the web application: drop a study, see and correct its result, decide."""
    settings = service_settings(
        data=data,
        host=host,
        port=port,
        database=database,
        worker=False if no_worker else None,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        behind_proxy=True if behind_proxy else None,
    )
    try:
        from spoils.service import serve as run
    except ImportError as error:
        raise _not_installed() from error
    run(settings, note, demo=demo)


def worker(*, data: DataOption = DEFAULT_DATA, database: DatabaseOption = None) -> None:
    """Assess the studies of a web application; several workers share the work over PostgreSQL."""
    settings = service_settings(data=data, database=database)
    try:
        from spoils.service import work
    except ImportError as error:
        raise _not_installed() from error
    work(settings)
