"""Everything that an assessment leaves in a folder: for people, for programs and for the archive."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.grading import DiscGrade
from spoils.io import SourceSeries, write_label_map
from spoils.messages import Language, translator_for
from spoils.pipeline import AssessedStudy
from spoils.report.content import ReportPictures, report_content
from spoils.report.dicom import DicomContent, SourceDicom, dicom_writers
from spoils.report.disc_pictures import DiscPictures, draw_disc
from spoils.report.document import write_assessment_json
from spoils.report.files import Writer, write_file, write_results
from spoils.report.normal_chart import draw_normal_chart
from spoils.report.overlay import draw_overlay, without_captions
from spoils.report.page import write_html
from spoils.report.pdf import rendered_pdf

__all__ = ["write_assessed"]


def write_assessed(assessed: AssessedStudy, source: SourceSeries, folder: Path) -> str | None:
    """Write every result of a study into ``folder``: all or none.

    ``assessment.json``, ``overlay.png``, ``report.html``, ``report.pdf`` and ``segmentation.nii.gz``; where the input
    is DICOM also ``seg.dcm``, ``sr.dcm``, ``report.dcm`` and ``overlay.dcm``. Only the reports and the DICOM objects
    name the patient.

    Returns:
        Why there are no DICOM objects although the input is DICOM; None if nothing is missing.

    Raises:
        UsageError: the folder can't be written.
    """
    result = assessed.assessment
    overlay = draw_overlay(
        assessed.series,
        assessed.labels,
        result,
        slice_index=result.study.mid_slice,
        lines_mm=assessed.chords_mm,
    )
    chart = draw_normal_chart(result, translator_for(Language(result.language)))
    pictures = ReportPictures(without_captions(overlay), _disc_pictures(assessed), chart, shows_lengths=True)
    report = report_content(result, pictures, source.subject.person)
    pdf = rendered_pdf(report)
    archive, lacking = _archived(DicomContent(result, assessed.labels, pdf, overlay), source)
    write_results(
        {
            "assessment.json": lambda path: write_assessment_json(result, path),
            "overlay.png": partial(write_file, content=overlay),
            "report.html": lambda path: write_html(report, path),
            "report.pdf": partial(write_file, content=pdf),
            "segmentation.nii.gz": lambda path: write_label_map(assessed.labels, source.layout, path),
            **archive,
        },
        folder,
    )
    return lacking


def _disc_pictures(assessed: AssessedStudy) -> dict[str, DiscPictures]:
    activations = {level: grade.activation for level, grade in assessed.grades.items() if isinstance(grade, DiscGrade)}
    return {level: draw_disc(volume.pixels, activations.get(level)) for level, volume in assessed.volumes.items()}


def _archived(content: DicomContent, source: SourceSeries) -> tuple[Mapping[str, Writer], str | None]:
    """Return writers of the DICOM objects; where the source does not allow any, none and the reason."""
    if not source.dicom_files:
        return {}, None
    try:
        place = SourceDicom(source.dicom_files, source.dicom_frames, source.layout.order, source.layout.flipped)
        return dicom_writers(content, place), None
    except (InputUnreadable, UnsuitableInput) as error:
        return {}, str(error)
