"""Scoring of segmentations against expert contours."""

__all__: list[str] = []
