"""Running the application: web server and worker in one process."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket

import uvicorn

from spoils.errors import UsageError
from spoils.files import locked_file
from spoils.messages import message
from spoils.service.app import create_app
from spoils.service.auth import Accounts
from spoils.service.context import Context
from spoils.service.demo import add_demo_studies
from spoils.service.jobs import Worker
from spoils.service.settings import ServiceSettings

__all__ = ["serve", "work"]


@contextmanager
def _opened(settings: ServiceSettings) -> Iterator[Context]:
    context = Context.open(settings)
    # Uploads are spooled to disk while they arrive: into the installation, not where other users of the computer look.
    tempfile.tempdir = str(settings.work_folder)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def _working(context: Context) -> Iterator[None]:
    """Work in this process. Of several processes on one folder with SQLite only one may.

    Raises:
        UsageError: another process works already.
    """
    with locked_file(context.settings.data / "worker.lock") as is_held:
        if not is_held:
            raise UsageError(message("worker-alone"))
        worker = Worker(context)
        worker.start()
        try:
            yield
        finally:
            worker.close()


@contextmanager
def _perhaps_working(context: Context, *, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    with _working(context):
        yield


def serve(settings: ServiceSettings, note: Callable[[str], None], *, demo: bool = False) -> None:
    """Serve the application until a signal ends the process.

    Args:
        settings: of the installation.
        note: called with what the operator must know: the address and the link for the first user.
        demo: add phantom patients to an empty installation.

    Raises:
        UsageError: the address is in use, or the folder or database can't be used.
    """
    with _opened(settings) as context, _perhaps_working(context, wanted=settings.worker):
        if demo:
            add_demo_studies(context)
        address = _address(settings)
        secret = Accounts(context).setup_secret()
        note(
            f"SPOILS serves {address}" if secret is None else f"Create the first user at {address}/setup?link={secret}"
        )
        config = uvicorn.Config(
            create_app(context),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.behind_proxy,
            ssl_certfile=None if settings.tls_certificate is None else str(settings.tls_certificate),
            ssl_keyfile=None if settings.tls_key is None else str(settings.tls_key),
            timeout_graceful_shutdown=10,
        )
        _Server(config).run()


class _Server(uvicorn.Server):
    """Uvicorn's server, which says by an error of ours that the address is in use."""

    def run(self, sockets: list[socket] | None = None) -> None:
        try:
            super().run()
        except SystemExit as error:
            if not self.started:
                raise UsageError(message("server-address")) from error
            raise


def work(settings: ServiceSettings) -> None:
    """Work on studies in this process until a signal ends it.

    Raises:
        UsageError: the folder or database can't be used, or another process works on the folder already.
    """
    with _opened(settings) as context, _working(context):
        threading.Event().wait()


def _address(settings: ServiceSettings) -> str:
    scheme = "https" if settings.has_tls else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}"
