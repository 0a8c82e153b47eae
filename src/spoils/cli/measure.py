"""``spoils measure``: geometry and disc volumes from a label map that is already there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spoils.cli.inputs import existing
from spoils.cli.measurement_table import Structures, csv_text, findings_document, table_lines
from spoils.cli.output import JsonOption, json_text, note, print_json, print_lines, write_text
from spoils.cli.settings import settings_of_environment
from spoils.errors import UnsuitableInput, UsageError

if TYPE_CHECKING:
    from spoils.geometry import SpineMeasurements
    from spoils.images import LabelMap, SagittalSeries

__all__ = ["SpacingOption", "measure"]

SpacingOption = Annotated[
    float | None, typer.Option("--spacing", metavar="MM", help="Pixel spacing; PNG pictures need it.")
]
LabelsOption = Annotated[
    Path, typer.Option("--labels", metavar="MASK", callback=existing, help="Label map: .nii.gz, .mha, .nrrd or .png.")
]
ImageOption = Annotated[
    Path | None,
    typer.Option(
        "--image", metavar="INPUT", callback=existing, help="Image on the same grid; without it signal is not measured."
    ),
]
SlicesOption = Annotated[bool, typer.Option("--slices", help="Measure each slice by itself as well.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this .csv or .json file.")]


def measure(
    *,
    labels: LabelsOption,
    image: ImageOption = None,
    spacing: SpacingOption = None,
    slices: SlicesOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure discs, vertebral bodies, canal and alignment in a given label map."""
    from spoils.findings import RESEARCH_USE
    from spoils.geometry import measure_slices, measure_spine, slice_contours
    from spoils.io import labelled_mid_slice

    if out is not None and out.suffix.lower() not in {".csv", ".json"}:
        raise UsageError("The file of --out must end in .csv or .json.")
    label_map, series = _read(labels, image, spacing)
    middle = None if series is None else labelled_mid_slice(series, label_map)
    whole = _structures(measure_spine(label_map, slice_contours(label_map, series, middle)))
    single = [_structures(found) for found in measure_slices(label_map, series)] if slices else []
    document: dict[str, Any] = {"notice": RESEARCH_USE, **findings_document(whole)}
    if slices:
        document["slices"] = [{"slice": index, **findings_document(found)} for index, found in enumerate(single)]
    if out is not None:
        _write(out, document, {None: whole, **dict(enumerate(single))})
    if as_json:
        print_json(document)
    elif out is None:
        print_lines([*table_lines(whole), RESEARCH_USE])
    else:
        note(f"Wrote {out}. {RESEARCH_USE}")


def _read(labels: Path, image: Path | None, spacing_mm: float | None) -> tuple[LabelMap, SagittalSeries | None]:
    """Read the label map and, where given, its image on the same grid; say what the reader noticed.

    Raises:
        UnsuitableInput: nothing is labelled.
        InputUnreadable: image and label map don't share a grid, or either can't be read.
    """
    from spoils.io import read_input, read_label_map, require_same_grid

    max_pixels = settings_of_environment().max_pixels
    label_map, _ = read_label_map(labels, spacing_mm=spacing_mm, max_pixels=max_pixels)
    if not label_map.labels.any():
        raise UnsuitableInput("The label map holds no labelled structure.")
    if image is None:
        return label_map, None
    source = read_input(image, spacing_mm=spacing_mm, max_pixels=max_pixels)
    require_same_grid(label_map.grid, source.series.grid)
    for noticed in source.notes:
        note(str(noticed.message))
    return label_map, source.series


def _structures(found: SpineMeasurements) -> Structures:
    spine = {"spine": found.alignment.spine} if found.alignment.spine else {}
    canal = {level: {**measured, **found.stenoses.get(level, {})} for level, measured in found.canal.items()}
    alignment = {**spine, **found.alignment.levels, **found.alignment.vertebrae}
    return {"discs": found.discs, "vertebrae": found.vertebrae, "canal": canal, "alignment": alignment}


def _write(path: Path, document: Mapping[str, Any], spines: Mapping[int | None, Structures]) -> None:
    text = csv_text(spines) if path.suffix.lower() == ".csv" else json_text(document) + "\n"
    write_text(path, text)
