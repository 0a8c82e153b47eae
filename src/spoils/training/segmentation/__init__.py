"""Fitting and release of the segmentation network."""

__all__: list[str] = []
