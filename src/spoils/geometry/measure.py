"""Every measurement of the result model, from a label map and, for signal, its image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, DISCS, STRUCTURES, bodies_beside
from spoils.findings import (
    BODY_MEASUREMENTS,
    CANAL_MEASUREMENTS,
    DISC_MEASUREMENTS,
    Measured,
    Measurement,
    NotMeasured,
)
from spoils.geometry.alignment import SpineAlignment, alignment_of
from spoils.geometry.canal import canal_sections, stenosis_measurements
from spoils.geometry.chords import measured_chords
from spoils.geometry.contouring import contours_of_slice
from spoils.geometry.lengths import body_lengths_mm, disc_lengths_mm
from spoils.geometry.signal import CSF_REACH_MM, disc_signals
from spoils.geometry.slice_contours import SliceContours, slice_contours
from spoils.geometry.volume import disc_volume
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import Message, message

__all__ = ["SpineMeasurements", "measure_contours", "measure_slice", "measure_slices", "measure_spine"]

Levels = dict[str, dict[str, Measured]]

_SIGNAL_NAMES = ("signal_mean", "signal_csf_ratio", "signal_difference")


@dataclass(frozen=True, eq=False)
class SpineMeasurements:
    """What was measured, by level (cranial to caudal) and by the measurement names of ``findings``.

    Each level holds every name of its kind. ``canal`` is keyed by the disc level at which it is measured. ``chords_mm``
    (chords, 2 ends, row and column) are the lines along which lengths of the slice were measured. ``alignment`` is how
    the bodies stand to each other. ``stenoses`` are measurements of the canal over several slices.
    """

    discs: Levels
    vertebrae: Levels
    canal: Levels
    chords_mm: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2, 2)))
    alignment: SpineAlignment = field(default_factory=SpineAlignment)
    stenoses: Levels = field(default_factory=dict)


def measure_spine(labels: LabelMap, contours: SliceContours | None = None) -> SpineMeasurements:
    """Measure lengths and signal on one slice and volume over all slices, of every level in the label map.

    Args:
        labels: what to measure.
        contours: of its slice for lengths and signal; by default that of ``slice_contours``, without image.
    """
    contours = contours or slice_contours(labels)
    found = measure_contours(contours, _levels_in(labels.labels))
    sections, slices = canal_sections(labels, contours), labels.grid.shape[0]
    stenoses = {level: stenosis_measurements(sections, slices, level) for level in found.canal}
    volumes = {
        level: {"volume_mm3": disc_volume(labels, level)} for level in found.discs if level not in contours.implausible
    }
    discs = {level: measured | volumes.get(level, {}) for level, measured in found.discs.items()}
    return replace(found, discs=discs, stenoses=stenoses)


def measure_slices(labels: LabelMap, series: SagittalSeries | None = None) -> tuple[SpineMeasurements, ...]:
    """Measure every slice separately, without volume.

    Raises:
        UsageError: image and label map don't share a grid.
    """
    return tuple(
        measure_contours(slice_contours(labels, series, index), _levels_in(labels.labels[index]))
        for index in range(labels.grid.shape[0])
    )


def measure_slice(
    labels: npt.NDArray[np.uint8], spacing_mm: tuple[float, float], pixels: npt.NDArray[np.float32] | None = None
) -> SpineMeasurements:
    """Measure one slice of label values (rows, columns); ``spacing_mm`` is (row, column). It counts as slice 0."""
    contours = SliceContours(contours_of_slice(labels, spacing_mm), spacing_mm, pixels)
    return measure_contours(contours, _levels_in(labels))


def _levels_in(labels: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """Return the names of the structures in labels (rows, columns) or (slices, rows, columns)."""
    planes = labels.reshape(-1, *labels.shape[-2:])  # NumPy counts in 64 bits: a slice at a time
    counts = np.sum([np.bincount(plane.ravel(), minlength=len(STRUCTURES) + 1) for plane in planes], axis=0)
    return tuple(s.name for s in STRUCTURES if counts[s.label])


def measure_contours(contours: SliceContours, levels: Sequence[str] | None = None) -> SpineMeasurements:
    """Measure one slice; ``levels`` names the structures to report, by default those that have a contour."""
    wanted = contours.by_name if levels is None else levels
    discs = [name for name in DISCS if name in wanted]
    return SpineMeasurements(
        discs={name: _measure_disc(contours, name) for name in discs},
        vertebrae={name: _measure_body(contours, name) for name in BODIES if name in wanted},
        canal={name: _measure_canal(contours, name) for name in discs},
        chords_mm=measured_chords(contours),
        alignment=alignment_of(contours, levels),
    )


def _all_unmeasured(names: Sequence[str], reason: Message) -> dict[str, Measured]:
    return dict.fromkeys(names, NotMeasured.because(reason))


def _on_slice(contours: SliceContours) -> Message:
    return message("method-slice", slice=contours.index)


def _lengths(lengths_mm: Mapping[str, float], contours: SliceContours) -> dict[str, Measured]:
    method = _on_slice(contours)
    return {name: Measurement.by(method, value_mm, "mm") for name, value_mm in lengths_mm.items()}


def _measure_disc(contours: SliceContours, level: str) -> dict[str, Measured]:
    problem = contours.problem_with(level)
    if problem is not None:
        return _all_unmeasured(DISC_MEASUREMENTS, problem)
    contour = contours.by_name[level]
    lengths_mm = disc_lengths_mm(contour, contours.frames[level])
    found = _lengths(lengths_mm, contours)
    found["height_index"] = _height_index(contours, level, lengths_mm)
    found["area_mm2"] = Measurement.by(_on_slice(contours), contour.area_mm2, "mm2")
    found["volume_mm3"] = NotMeasured.because(message("volume-of-one-slice"))
    found |= _disc_signals(contours, level)
    return {name: found[name] for name in DISC_MEASUREMENTS}


def _height_index(contours: SliceContours, level: str, lengths_mm: Mapping[str, float]) -> Measured:
    bodies = [body for body in bodies_beside(level) if body is not None]
    for body in bodies:
        problem = contours.problem_with(body)
        if problem is not None:
            return NotMeasured.because(problem)
    central_mm = [body_lengths_mm(contours.by_name[b], contours.frames[b])["height_central_mm"] for b in bodies]
    disc_mm = np.mean([lengths_mm[f"height_{place}_mm"] for place in ("anterior", "central", "posterior")])
    # The body above the highest disc has no label.
    one_body = message("method-slice-one-body", slice=contours.index, body=bodies[0])
    method = _on_slice(contours) if len(bodies) > 1 else one_body
    return Measurement.by(method, float(disc_mm / np.mean(central_mm)), "1")


def _disc_signals(contours: SliceContours, level: str) -> dict[str, Measured]:
    if contours.pixels is None:
        return _all_unmeasured(_SIGNAL_NAMES, message("no-image"))
    mean, difference = disc_signals(
        contours.by_name[level], contours.frames[level], contours.pixels, contours.spacing_mm
    )
    found = _all_unmeasured(_SIGNAL_NAMES, message("too-few-pixels", level=level))
    if mean is not None:
        found["signal_mean"] = Measurement.by(_on_slice(contours), mean, "signal")
        found["signal_csf_ratio"] = _csf_ratio(mean, contours, level)
    if difference is not None:
        method = message("method-slice-nucleus-annulus", slice=contours.index)
        found["signal_difference"] = Measurement.by(method, difference, "signal")
    return found


def _csf_ratio(mean: float, contours: SliceContours, level: str) -> Measured:
    csf = contours.csf.get(level)
    if csf is None:
        return NotMeasured.because(message("csf-not-on-slice", slice=contours.index))
    own = message("method-slice-csf-own", slice=contours.index, reach=CSF_REACH_MM)
    method = own if csf.is_own else message("method-slice-csf-elsewhere", slice=contours.index)
    return Measurement.by(method, mean / csf.signal, "1")


def _measure_body(contours: SliceContours, level: str) -> dict[str, Measured]:
    problem = contours.problem_with(level)
    if problem is not None:
        return _all_unmeasured(BODY_MEASUREMENTS, problem)
    lengths_mm = body_lengths_mm(contours.by_name[level], contours.frames[level])
    found = _lengths(lengths_mm, contours)
    return {name: found[name] for name in BODY_MEASUREMENTS}


def _measure_canal(contours: SliceContours, level: str) -> dict[str, Measured]:
    if level not in contours.by_name:
        return _all_unmeasured(CANAL_MEASUREMENTS, message("not-on-slice", level=level, slice=contours.index))
    if CANAL not in contours.by_name:
        return _all_unmeasured(CANAL_MEASUREMENTS, message("canal-not-on-slice", slice=contours.index))
    chord = contours.canal_chords.get(level)
    if chord is None:
        return _all_unmeasured(CANAL_MEASUREMENTS, message("canal-not-at-level", level=level, slice=contours.index))
    return _lengths({"ap_diameter_mm": float(np.linalg.norm(chord[1] - chord[0]))}, contours)
