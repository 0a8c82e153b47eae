"""Fitting and scoring: data sets, networks, cross-validation. Needs the extra ``train``; never imported at run time."""

__all__: list[str] = []
