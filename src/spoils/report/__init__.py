"""Results for people and programs: JSON, page and pictures, written all or not at all."""

from spoils.report.disc_pictures import DiscPictures, draw_disc
from spoils.report.document import write_assessment_json
from spoils.report.files import Writer, write_results
from spoils.report.overlay import draw_overlay
from spoils.report.page import write_html

__all__ = [
    "DiscPictures",
    "Writer",
    "draw_disc",
    "draw_overlay",
    "write_assessment_json",
    "write_html",
    "write_results",
]
