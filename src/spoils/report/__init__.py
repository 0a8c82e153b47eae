"""Documents of a result, as bytes: JSON, HTML page, PDF, images, DICOM and FHIR.

Names are imported at their first use, so that FHIR does not load the plotting libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoils.report.bundle import RESULT_NAMES, Rendered, render, save
    from spoils.report.content import Report, ReportPictures, report_content
    from spoils.report.contours import smooth_contours, vector_path
    from spoils.report.dicom import DicomContent, SourceDicom, dicom_files, segmentation_file
    from spoils.report.disc_pictures import DiscPictures, draw_disc
    from spoils.report.document import assessment_json, with_report_text
    from spoils.report.fhir import fhir_json
    from spoils.report.followup_page import follow_up_html, follow_up_json
    from spoils.report.normal_chart import draw_normal_chart
    from spoils.report.overlay import Overlay, draw_overlay
    from spoils.report.page import page_environment, report_html
    from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, PALE
    from spoils.report.pdf import report_pdf
    from spoils.report.slice_view import Box, SliceView
    from spoils.report.text import report_text

_HOMES = {
    "bundle": ("RESULT_NAMES", "Rendered", "render", "save"),
    "content": ("Report", "ReportPictures", "report_content"),
    "contours": ("smooth_contours", "vector_path"),
    "dicom": ("DicomContent", "SourceDicom", "dicom_files", "segmentation_file"),
    "disc_pictures": ("DiscPictures", "draw_disc"),
    "document": ("assessment_json", "with_report_text"),
    "fhir": ("fhir_json",),
    "followup_page": ("follow_up_html", "follow_up_json"),
    "normal_chart": ("draw_normal_chart",),
    "overlay": ("Overlay", "draw_overlay"),
    "page": ("page_environment", "report_html"),
    "palette": ("GRADE_COLOURS", "GRADE_INKS", "INK", "PALE"),
    "pdf": ("report_pdf",),
    "slice_view": ("Box", "SliceView"),
    "text": ("report_text",),
}
"""The names of each module of this room."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "GRADE_COLOURS",
    "GRADE_INKS",
    "INK",
    "PALE",
    "RESULT_NAMES",
    "Box",
    "DicomContent",
    "DiscPictures",
    "Overlay",
    "Rendered",
    "Report",
    "ReportPictures",
    "SliceView",
    "SourceDicom",
    "assessment_json",
    "dicom_files",
    "draw_disc",
    "draw_normal_chart",
    "draw_overlay",
    "fhir_json",
    "follow_up_html",
    "follow_up_json",
    "page_environment",
    "render",
    "report_content",
    "report_html",
    "report_pdf",
    "report_text",
    "save",
    "segmentation_file",
    "smooth_contours",
    "vector_path",
    "with_report_text",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any name of the room
    if name not in _HOME_OF:
        raise AttributeError(f"module 'spoils.report' has no attribute {name!r}")
    return getattr(import_module(f"spoils.report.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
