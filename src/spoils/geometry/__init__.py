"""Sizes and signal of discs, vertebral bodies and canal. NumPy, SciPy and scikit-image only."""

from spoils.geometry.chords import measured_chords
from spoils.geometry.edit import CORNERS, move_corner
from spoils.geometry.frames import corners
from spoils.geometry.measure import SpineMeasurements, measure_slice, measure_slices, measure_spine, measure_traced
from spoils.geometry.outline import LocalFrame, Outline, crossings, inside_lengths, pixels_inside
from spoils.geometry.trace import outline_of, outlines_of_slice
from spoils.geometry.traced import TracedSlice, trace_slice

__all__ = [
    "CORNERS",
    "LocalFrame",
    "Outline",
    "SpineMeasurements",
    "TracedSlice",
    "corners",
    "crossings",
    "inside_lengths",
    "measure_slice",
    "measure_slices",
    "measure_spine",
    "measure_traced",
    "measured_chords",
    "move_corner",
    "outline_of",
    "outlines_of_slice",
    "pixels_inside",
    "trace_slice",
]
