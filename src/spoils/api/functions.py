"""The functions of ``import spoils``: one call each, with the engine that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Unpack

from spoils.api.assessed import Assessed
from spoils.api.engine import Engine, shared_engine
from spoils.api.options import (
    AssessOptions,
    ClinicalOptions,
    SegmentOptions,
    SelectionOptions,
    clinical_from,
    require_known,
    selection_from,
)
from spoils.config import Settings
from spoils.decision import load_policy
from spoils.decision import triage as run_triage
from spoils.findings import AnyCorrection, Recommendation
from spoils.geometry import SpineMeasurements, measure_spine, slice_contours
from spoils.images import LabelMap
from spoils.io import (
    InputSource,
    SourceSeries,
    Spacing,
    labelled_mid_slice,
    read_input,
    read_label_map,
    require_same_grid,
)
from spoils.segmentation import Segmentation

__all__ = ["assess", "measure", "read", "reassess", "segment", "triage"]


def assess(source: InputSource, *, engine: Engine | None = None, **options: Unpack[AssessOptions]) -> Assessed:
    """Grade the discs of a lumbar spine study and suggest a pathway.

    Args:
        source: a path (file or folder), an open binary file, bytes, a list of ``pydicom.Dataset``, a
            ``SimpleITK.Image``, or an array with ``spacing_mm``; see ``spoils.read``.
        engine: loaded models and policy; by default one that all calls share.
        **options: scores and history of the patient, levels, language; see ``AssessOptions``.

    Returns:
        The assessment with its images and documents.

    Raises:
        InputUnreadable: the source can't be read.
        UnsuitableInput: it is not a sagittal T2-weighted lumbar series with the sacrum in view; nothing is graded.
        UsageError: an option has a value that can't be used.
        ModelError: a model is missing or not the one that the manifest names.
    """
    return (engine or shared_engine()).assess(source, **options)


def reassess(
    assessed: Assessed,
    corrections: Sequence[AnyCorrection],
    *,
    source: SourceSeries | None = None,
    engine: Engine | None = None,
) -> Assessed:
    """Apply a person's corrections in their order, and compute anew only what follows from them.

    Args:
        assessed: an assessment, as the machine made it or corrected before; it is not changed.
        corrections: what a person corrects, such as ``spoils.RenameLevel``.
        source: the series that a ``ChooseSeries`` names.
        engine: loaded models and policy; by default one that all calls share.

    Returns:
        A new assessment that keeps every correction with what was there before it.

    Raises:
        UsageError: a correction can't be applied.
        UnsuitableInput: another slice or series was chosen and can't be assessed.
    """
    return (engine or shared_engine()).reassess(assessed, corrections, source=source)


def read(
    source: InputSource, *, spacing_mm: Spacing | None = None, **selected: Unpack[SelectionOptions]
) -> SourceSeries:
    """Read the sagittal T2-weighted lumbar series of a source in canonical order.

    Of a DICOM study with several such series, the one that suits best by its headers is read.

    Args:
        source: a DICOM file, a folder with a DICOM study, a NIfTI, MetaImage, NRRD or PNG file, as a path, an open
            binary file or bytes; a list of ``pydicom.Dataset``; a ``SimpleITK.Image``; or an array: (rows, columns) of
            one mid-sagittal slice or (slices, rows, columns), slices from the patient's right to left, rows to
            inferior, columns to posterior.
        spacing_mm: of a PNG or an array: one number for square pixels, (row, column), or (slice, row, column).
        **selected: patient, study or series of a DICOM source; see ``SelectionOptions``.

    Raises:
        InputUnreadable: the source can't be read.
        UnsuitableInput: it is not a sagittal T2-weighted lumbar series, or holds images of several patients.
        UsageError: ``spacing_mm`` is missing, or given for a source that has its own.
    """
    require_known(selected, SelectionOptions)
    max_pixels, selection = Settings().max_pixels, selection_from(selected)
    return read_input(source, spacing_mm=spacing_mm, max_pixels=max_pixels, selection=selection)


def segment(
    source: InputSource,
    *,
    spacing_mm: Spacing | None = None,
    engine: Engine | None = None,
    **options: Unpack[SegmentOptions],
) -> Segmentation:
    """Segment a study into the 14 regions and name its levels.

    Where its best series proves unsuited by its images, the next one is segmented, as in ``assess``.

    Raises:
        InputUnreadable, UnsuitableInput, UsageError, ModelError: as ``assess``.
    """
    return (engine or shared_engine()).segment(source, spacing_mm=spacing_mm, **options)


def measure(
    labels: LabelMap | str | Path, image: InputSource | None = None, *, spacing_mm: float | None = None
) -> SpineMeasurements:
    """Measure discs, vertebral bodies and canal in a given label map.

    Args:
        labels: a label map, or the path of one.
        image: on the same grid; without it signal is not measured.
        spacing_mm: pixel spacing where label map and image are PNG.

    Raises:
        InputUnreadable: a file can't be read, or label map and image are not on one grid.
        UsageError: ``spacing_mm`` is missing, or given for a format that has its own.
    """
    if not isinstance(labels, LabelMap):
        labels, _ = read_label_map(Path(labels), spacing_mm=spacing_mm, max_pixels=Settings().max_pixels)
    if image is None:
        return measure_spine(labels, slice_contours(labels))
    series = read(image, spacing_mm=spacing_mm).series
    require_same_grid(labels.grid, series.grid)
    return measure_spine(labels, slice_contours(labels, series, labelled_mid_slice(series, labels)))


def triage(classes: Mapping[str, str], **clinical: Unpack[ClinicalOptions]) -> Recommendation:
    """Suggest a pathway from the classes of discs and what the patient reports.

    Args:
        classes: class (``1L`` to ``5H``) by disc level; discs without a class are left out.
        **clinical: see ``ClinicalOptions``.

    Raises:
        UsageError: no disc has a class, or a level, class or answer is not known.

    >>> triage({"L4-L5": "4M"}, odi=44, nrs=7).pathway.value
    'surgical-consultation'
    """
    require_known(clinical, ClinicalOptions)
    policy = load_policy(Settings().policy)
    return run_triage(classes, clinical_from(clinical, policy), policy=policy)
