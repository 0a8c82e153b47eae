"""Settings of a run: frozen, and the only place that reads environment variables (``SPOILS_...``)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """What a site may set without touching code.

    ``SPOILS_MODELS_DIR``: folder with ``manifest.json`` and weights to use instead of the packaged ones.
    ``SPOILS_POLICY``: triage policy file to use instead of the packaged one.
    ``SPOILS_INT8``: segment with the variant in eight bits: faster on processors with VNNI instructions.
    ``SPOILS_THREADS``: processor threads for the networks; 0 means all cores.
    ``SPOILS_MAX_PIXELS``: largest number of pixels of one slice that is read.
    """

    model_config = SettingsConfigDict(env_prefix="SPOILS_", frozen=True, extra="forbid")

    models_dir: Path | None = None
    policy: Path | None = None
    int8: bool = False
    threads: int = Field(default=0, ge=0, le=1024)
    max_pixels: int = Field(default=4096 * 4096, ge=1)
