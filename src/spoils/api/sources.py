"""Reading of what a caller hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spoils.api.options import Source
from spoils.config import Settings
from spoils.io import SourceSeries, read_input

__all__ = ["read_source"]


def read_source(source: Source, spacing_mm: Any, settings: Settings) -> SourceSeries:  # noqa: ANN401 - checked by io
    """Read a source within the limits of ``settings``; see ``spoils.read``."""
    path = Path(source) if isinstance(source, str) else source
    return read_input(path, spacing_mm=spacing_mm, max_pixels=settings.max_pixels)
