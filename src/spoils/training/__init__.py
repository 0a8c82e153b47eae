"""Fitting and scoring: data sets, networks, cross-validation. Needs the extra ``train``; never imported at run time."""

from spoils import canvas as _canvas  # noqa: F401  # before Lightning, which loads Matplotlib with the user's folders
from spoils.training.compiler_cache import keep_compiler_cache_temporary

__all__: list[str] = []

keep_compiler_cache_temporary()
