"""Results as DICOM objects: segmentation, structured report, encapsulated PDF and secondary capture."""

__all__: list[str] = []
