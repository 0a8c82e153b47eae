"""Settings of the web application: frozen, read once, from options of the program or ``SPOILS_SERVICE_...``."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ServiceSettings"]


class ServiceSettings(BaseSettings):
    """What a site may set.

    ``data``: folder of the database, the stored files and the key, unless these are set elsewhere.
    ``host`` and ``port``: where the application listens. Another host than this computer needs ``tls_certificate`` and
    ``tls_key``, or ``behind_proxy``: a proxy in front that speaks TLS.
    ``database``: an SQLAlchemy URL; SQLite in ``data`` by default.
    ``key_file``: file with the keys that encrypt what is stored, the current one first; made in ``data`` by default.
    ``worker``: assess studies in this process too.
    ``max_upload_bytes`` and ``max_files``: the largest upload.
    ``session_hours``: how long a sign-in lasts.
    ``job_seconds`` and ``job_memory_bytes``: what the assessment of one study may take.
    """

    model_config = SettingsConfigDict(env_prefix="SPOILS_SERVICE_", frozen=True, extra="forbid")

    data: Path
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    database: str | None = None
    key_file: Path | None = None
    worker: bool = True
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    max_upload_bytes: int = Field(default=4 * 1024**3, ge=1)
    max_files: int = Field(default=20_000, ge=1)
    session_hours: float = Field(default=12.0, gt=0)
    job_seconds: float = Field(default=600.0, gt=0)
    job_memory_bytes: int = Field(default=8 * 1024**3, ge=1024**3)

    @field_validator("data", "key_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.absolute()

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("A certificate and its key are given together.")
        if not self.is_local and not self.has_tls and not self.behind_proxy:
            raise ValueError(
                f"{self.host} can be reached from other computers: give a TLS certificate and its key,"
                " or say that a proxy with TLS stands in front (--behind-proxy)."
            )
        return self

    @property
    def is_local(self) -> bool:
        """Whether only programs on this computer can reach the application."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_tls(self) -> bool:
        """Whether the application itself speaks TLS."""
        return self.tls_certificate is not None

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the application by HTTPS, so that cookies may demand it."""
        return self.has_tls or self.behind_proxy

    @property
    def database_url(self) -> str:
        """The URL of the application's own tables."""
        return self.database or f"sqlite:///{self.data / 'spoils.sqlite'}"

    @property
    def jobs_url(self) -> str:
        """The URL of the tables of the job queue."""
        return self.database or f"sqlite:///{self.data / 'jobs.sqlite'}"

    @property
    def key_path(self) -> Path:
        """The file with the keys."""
        return self.key_file or self.data / "key"

    @property
    def files_folder(self) -> Path:
        """The folder of stored files, encrypted."""
        return self.data / "files"

    @property
    def work_folder(self) -> Path:
        """The folder of what is being received or assessed; what a killed process left is removed at the next start."""
        return self.data / "work"
