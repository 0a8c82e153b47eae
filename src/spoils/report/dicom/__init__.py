"""Results as DICOM objects: segmentation, structured report, encapsulated PDF and secondary capture."""

from spoils.report.dicom.objects import DicomContent, dicom_files, dicom_objects, segmentation_file
from spoils.report.dicom.source import SourceDicom

__all__ = ["DicomContent", "SourceDicom", "dicom_files", "dicom_objects", "segmentation_file"]
