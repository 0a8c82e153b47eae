"""Reading of studies, volumes and pictures into canonical sagittal series, and writing of label maps."""

from spoils.io.reading import read_input
from spoils.io.source import Note, SourceLayout, SourceSeries

__all__ = ["Note", "SourceLayout", "SourceSeries", "read_input"]
