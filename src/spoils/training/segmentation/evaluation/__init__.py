"""Scoring of segmentations against expert outlines."""

__all__: list[str] = []
