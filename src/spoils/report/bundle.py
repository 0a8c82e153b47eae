"""All files of a result: for people, for programs and for the archive.

The modules that make a file are imported when the file is first requested, because their libraries load slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from spoils.errors import UnsuitableInput
from spoils.files import write_folder
from spoils.grading import DiscGrade
from spoils.io import encoded_label_map
from spoils.messages import Language, Message, translator_for
from spoils.pipeline import AssessedStudy
from spoils.report.document import assessment_json
from spoils.report.text import report_txt

if TYPE_CHECKING:
    from spoils.report.alignment_marks import DrawnLines
    from spoils.report.content import Report
    from spoils.report.disc_pictures import DiscPictures
    from spoils.report.overlay import Overlay

__all__ = ["RESULT_NAMES", "Rendered", "render", "save"]

_DICOM_NAMES = ("seg.dcm", "sr.dcm", "report.dcm", "overlay.dcm")
RESULT_NAMES: tuple[str, ...] = (
    "assessment.json",
    "overlay.png",
    "report.html",
    "report.pdf",
    "report.txt",
    "segmentation.nii.gz",
    *_DICOM_NAMES,
)
"""Names of all files that a result may have."""


class Rendered(Mapping[str, bytes]):
    """The files of a result by name. Each is created when it is first requested, and cached.

    ``assessment.json``, ``overlay.png``, ``report.html``, ``report.pdf``, ``report.txt`` and ``segmentation.nii.gz``;
    if the input is DICOM also ``seg.dcm``, ``sr.dcm``, ``report.dcm`` and ``overlay.dcm``. Only ``report.html``,
    ``report.pdf`` and the DICOM objects name the patient. ``lacking`` is the reason if DICOM input has no DICOM
    objects, otherwise None.
    """

    def __init__(self, assessed: AssessedStudy) -> None:
        self._assessed = assessed
        self._made: dict[str, bytes] = {}
        self._makers: dict[str, Callable[[], bytes]] = {
            "assessment.json": partial(assessment_json, assessed.assessment),
            "overlay.png": lambda: self._overlay_png,
            "report.html": lambda: self._html,
            "report.pdf": lambda: self._pdf,
            "report.txt": partial(report_txt, assessed.assessment),
            "segmentation.nii.gz": partial(encoded_label_map, assessed.labels, assessed.source.layout, ".nii.gz"),
        }

    def __getitem__(self, name: str) -> bytes:
        if name in self._makers:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]
        return self._archive[0][name]

    def __iter__(self) -> Iterator[str]:
        yield from self._makers
        yield from self._archive[0]

    def __len__(self) -> int:
        return len(self._makers) + len(self._archive[0])

    @property
    def lacking(self) -> Message | None:
        """The reason why there are no DICOM objects although the input is DICOM; None if there are."""
        return self._archive[1]

    @cached_property
    def _overlay(self) -> Overlay:
        from spoils.report.overlay import draw_overlay

        assessed = self._assessed
        return draw_overlay(
            assessed.series,
            assessed.labels,
            assessed.assessment,
            slice_index=assessed.assessment.study.mid_slice,
            lines=_drawn_lines(assessed),
        )

    @cached_property
    def _overlay_png(self) -> bytes:
        return self._overlay.png

    @cached_property
    def _report(self) -> Report:
        from spoils.report.content import ReportPictures, report_content
        from spoils.report.normal_chart import draw_normal_chart

        result = self._assessed.assessment
        pictures = ReportPictures(
            image=self._overlay.image,
            marked=self._overlay.marked,
            discs=_disc_pictures(self._assessed),
            chart=draw_normal_chart(result, translator_for(Language(result.language))),
            shows_lengths=True,
            shows_alignment=True,
        )
        return report_content(result, pictures, self._assessed.source.subject.person)

    @property
    def _html(self) -> bytes:
        from spoils.report.page import report_html

        return report_html(self._report)

    @cached_property
    def _pdf(self) -> bytes:
        from spoils.report.pdf import report_pdf

        return report_pdf(self._report)

    @cached_property
    def _archive(self) -> tuple[Mapping[str, bytes], Message | None]:
        """The DICOM objects and None; if the source does not allow any, no objects and the reason."""
        source = self._assessed.source
        if not source.dicom_headers:
            return {}, None
        from spoils.report.dicom import DicomContent, SourceDicom, dicom_files

        content = DicomContent(self._assessed.assessment, self._assessed.labels, self._pdf, self._overlay_png)
        try:
            return dicom_files(content, SourceDicom.of(source)), None
        except UnsuitableInput as error:
            return {}, error.message


def render(assessed: AssessedStudy) -> Rendered:
    """Return the files of a result by name. Each is created when it is requested, and nothing is written."""
    return Rendered(assessed)


def save(rendered: Rendered, folder: Path) -> list[str]:
    """Write all files of a result into ``folder``, replacing an earlier result: all or none.

    Returns:
        The names of other files in the folder, which were left as they are.

    Raises:
        UsageError: the folder can't be written.
    """
    return write_folder(folder, rendered, owned=RESULT_NAMES)


def _drawn_lines(assessed: AssessedStudy) -> DrawnLines:
    from spoils.report.alignment_marks import AlignmentMarks, DrawnLines

    alignment = assessed.alignment
    marks = AlignmentMarks(
        alignment.lordosis_lines_mm,
        {level: step.margins_mm for level, step in alignment.steps.items()},
        {level: step.superior for level, step in alignment.steps.items()},
    )
    return DrawnLines(assessed.chords_mm, marks)


def _disc_pictures(assessed: AssessedStudy) -> dict[str, DiscPictures]:
    from spoils.report.disc_pictures import draw_disc

    activations = {level: grade.activation for level, grade in assessed.grades.items() if isinstance(grade, DiscGrade)}
    return {level: draw_disc(volume.pixels, activations.get(level)) for level, volume in assessed.volumes.items()}
