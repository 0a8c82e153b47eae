"""Results as DICOM objects: segmentation, structured report, encapsulated PDF and secondary capture."""

from spoils.report.dicom.objects import DicomContent, dicom_objects, dicom_writers, write_segmentation
from spoils.report.dicom.source import SourceDicom

__all__ = ["DicomContent", "SourceDicom", "dicom_objects", "dicom_writers", "write_segmentation"]
