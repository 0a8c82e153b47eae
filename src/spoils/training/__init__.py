"""Fitting and scoring: data sets, networks, cross-validation. Needs the extra ``train``; never imported at run time."""

from spoils import canvas as _canvas  # noqa: F401  # before Lightning, which loads Matplotlib with the user's folders

__all__: list[str] = []
