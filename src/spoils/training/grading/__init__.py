"""Fitting and release of the graders."""

__all__: list[str] = []
