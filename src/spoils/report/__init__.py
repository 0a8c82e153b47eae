"""Results for people and programs, as bytes: JSON, page, PDF, pictures, DICOM and FHIR."""

from spoils.report.bundle import RESULT_NAMES, Rendered, render, save
from spoils.report.content import Report, ReportPictures, report_content
from spoils.report.dicom import DicomContent, SourceDicom, dicom_files, segmentation_file
from spoils.report.disc_pictures import DiscPictures, draw_disc
from spoils.report.document import assessment_json
from spoils.report.fhir import fhir_json
from spoils.report.followup_page import follow_up_html, follow_up_json
from spoils.report.normal_chart import draw_normal_chart
from spoils.report.overlay import draw_overlay, without_captions
from spoils.report.page import report_html
from spoils.report.pdf import report_pdf

__all__ = [
    "RESULT_NAMES",
    "DicomContent",
    "DiscPictures",
    "Rendered",
    "Report",
    "ReportPictures",
    "SourceDicom",
    "assessment_json",
    "dicom_files",
    "draw_disc",
    "draw_normal_chart",
    "draw_overlay",
    "fhir_json",
    "follow_up_html",
    "follow_up_json",
    "render",
    "report_content",
    "report_html",
    "report_pdf",
    "save",
    "segmentation_file",
    "without_captions",
]
