"""Matplotlib without a trace: the only module that imports it, for all others.

While it is loaded, Matplotlib reads settings from the user's folders and writes a list of fonts there. It asks for
these folders once. So it is loaded with an empty temporary folder, which is removed at once. A folder that the user
names in ``MPLCONFIGDIR`` is used as it is, and keeps the list for the next run.
"""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory

__all__ = [
    "Axes",
    "Figure",
    "FigureCanvasAgg",
    "FontProperties",
    "LineCollection",
    "PathPatch",
    "PolyCollection",
    "Rectangle",
    "Text",
    "VectorPath",
    "imread",
    "to_rgb",
    "withStroke",
]

_FOLDER = "MPLCONFIGDIR"


def _load() -> None:
    import matplotlib.font_manager  # noqa: F401, PLC0415


if os.environ.get(_FOLDER):
    _load()
else:
    with TemporaryDirectory(prefix="spoils-") as folder:
        os.environ[_FOLDER] = folder
        try:
            _load()
        finally:
            del os.environ[_FOLDER]

from matplotlib.axes import Axes  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.collections import LineCollection, PolyCollection  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.font_manager import FontProperties  # noqa: E402
from matplotlib.image import imread  # noqa: E402
from matplotlib.patches import PathPatch, Rectangle  # noqa: E402
from matplotlib.path import Path as VectorPath  # noqa: E402
from matplotlib.patheffects import withStroke  # noqa: E402
from matplotlib.text import Text  # noqa: E402
