"""A temporary folder for the cache of PyTorch's compiler, which is created when Lightning is imported."""

from __future__ import annotations

import atexit
import os
from shutil import rmtree
from tempfile import mkdtemp

__all__ = ["keep_compiler_cache_temporary"]

_FOLDER = "TORCHINDUCTOR_CACHE_DIR"


def keep_compiler_cache_temporary() -> None:
    """Set a folder that is removed when Python ends, unless the user or the parent process has set one.

    Otherwise a folder with the user's name stays in the computer's temporary folder.
    """
    if os.environ.get(_FOLDER):
        return
    folder = mkdtemp(prefix="spoils-")
    os.environ[_FOLDER] = folder
    atexit.register(rmtree, folder, ignore_errors=True)
