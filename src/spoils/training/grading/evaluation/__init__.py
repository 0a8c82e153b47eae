"""Scoring of graders by patient."""

__all__: list[str] = []
