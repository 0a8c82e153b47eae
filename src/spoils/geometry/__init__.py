"""Sizes and signal of discs, vertebral bodies and canal. NumPy, SciPy and scikit-image only."""

from spoils.geometry.chords import measured_chords
from spoils.geometry.frames import corners
from spoils.geometry.measure import SpineMeasurements, measure_slice, measure_slices, measure_spine, measure_traced
from spoils.geometry.outline import LocalFrame, Outline, crossings, inside_lengths
from spoils.geometry.trace import outline_of, outlines_of_slice
from spoils.geometry.traced import TracedSlice, trace_slice

__all__ = [
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
    "outline_of",
    "outlines_of_slice",
    "trace_slice",
]
