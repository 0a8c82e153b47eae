"""Results for people and programs: JSON, page, PDF and pictures, written all or not at all."""

from spoils.report.bundle import write_assessed
from spoils.report.content import Report, ReportPictures, report_content
from spoils.report.dicom import DicomContent, SourceDicom, dicom_writers, write_segmentation
from spoils.report.disc_pictures import DiscPictures, draw_disc
from spoils.report.document import write_assessment_json
from spoils.report.fhir import fhir_json
from spoils.report.files import Writer, write_file, write_results
from spoils.report.normal_chart import draw_normal_chart
from spoils.report.overlay import draw_overlay, without_captions
from spoils.report.page import write_html
from spoils.report.pdf import rendered_pdf, write_pdf

__all__ = [
    "DicomContent",
    "DiscPictures",
    "Report",
    "ReportPictures",
    "SourceDicom",
    "Writer",
    "dicom_writers",
    "draw_disc",
    "draw_normal_chart",
    "draw_overlay",
    "fhir_json",
    "rendered_pdf",
    "report_content",
    "without_captions",
    "write_assessed",
    "write_assessment_json",
    "write_file",
    "write_html",
    "write_pdf",
    "write_results",
    "write_segmentation",
]
