"""Annotated images, splits by patient, augmentation."""

__all__: list[str] = []
