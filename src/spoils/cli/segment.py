"""``spoils segment``: the label map alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.assess import InputArgument
from spoils.cli.levels import LevelAtOption, LowestDiscOption, hint_of
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, note, print_json
from spoils.cli.progress import shown_progress
from spoils.cli.selection import PatientIdOption, StudyOption
from spoils.cli.settings import settings_of_environment

if TYPE_CHECKING:
    from spoils.images import LabelMap
    from spoils.io import SourceSeries

__all__ = ["segment"]

MaskOption = Annotated[
    Path, typer.Option("--out", metavar="MASK", help="Label map: .nii.gz, .mha, .nrrd, .png, or .dcm for DICOM input.")
]


def segment(
    source: InputArgument,
    *,
    out: MaskOption,
    lowest_disc: LowestDiscOption = None,
    level_at: LevelAtOption = None,
    spacing: SpacingOption = None,
    patient_id: PatientIdOption = None,
    study: StudyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the label map of the 14 regions on the grid of the input."""
    from spoils.findings import RESEARCH_USE
    from spoils.io import Selection, read_input
    from spoils.pipeline import segment_study
    from spoils.segmentation import SegmentationModels

    hint, settings = hint_of(lowest_disc, level_at), settings_of_environment()
    with shown_progress() as progress:
        progress("read study", 0.0)
        read = read_input(
            source, spacing_mm=spacing, max_pixels=settings.max_pixels, selection=Selection(patient_id, study)
        )
        _writer(read, out)  # refuses what it can't write before the time is spent
        used, seen = segment_study(
            read, SegmentationModels.load(settings), hint=hint, progress=lambda done: progress("segment", done)
        )
        _writer(used, out)(seen.labels)
    if as_json:
        flags = [asdict(found) for found in (*used.notes, *seen.notes)]
        levels = {name: found.level for name, found in seen.confidences.items()}
        certainty = {"confidence": seen.confidence, "level_confidence": levels}
        print_json({"notice": RESEARCH_USE, "mid_slice": seen.mid_slice, **certainty, "flags": flags})
    else:
        for found in (*used.notes, *seen.notes):
            note(f"Note: {found.message}")
    note(f"Wrote {out}. {RESEARCH_USE}")


def _writer(study: SourceSeries, out: Path) -> Callable[[LabelMap], None]:
    """Return what writes a DICOM segmentation where the name ends in ``.dcm``, else a plain image.

    Raises:
        UnsuitableInput: a DICOM segmentation is asked for, but the input is not DICOM.
    """
    from spoils.files import write_file
    from spoils.io import write_label_map
    from spoils.report import SourceDicom, segmentation_file

    if out.suffix.lower() != ".dcm":
        return lambda labels: write_label_map(labels, study.layout, out)
    source = SourceDicom.of(study)
    return lambda labels: write_file(out, segmentation_file(labels, source))
