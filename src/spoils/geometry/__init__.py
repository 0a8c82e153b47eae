"""Sizes, signal and alignment of discs, vertebral bodies and canal. NumPy, SciPy and scikit-image only."""

from spoils.geometry.alignment import SpineAlignment, alignment_of
from spoils.geometry.chords import measured_chords
from spoils.geometry.contour import Contour, LocalFrame, crossings, inside_lengths, pixels_inside
from spoils.geometry.contouring import contour_of, contours_of_coverage, contours_of_slice
from spoils.geometry.edit import CORNERS, move_corner
from spoils.geometry.endplate_edge import EndplateEdge, endplate_edge
from spoils.geometry.endplates import Step
from spoils.geometry.frames import corners
from spoils.geometry.lobes import Lobe, LobeLimits, find_lobe
from spoils.geometry.measure import SpineMeasurements, measure_contours, measure_slice, measure_slices, measure_spine
from spoils.geometry.rims import DepthProfile, RimLine, depth_profile, rim_lines
from spoils.geometry.slice_contours import SliceContours, slice_contours

__all__ = [
    "CORNERS",
    "Contour",
    "DepthProfile",
    "EndplateEdge",
    "Lobe",
    "LobeLimits",
    "LocalFrame",
    "RimLine",
    "SliceContours",
    "SpineAlignment",
    "SpineMeasurements",
    "Step",
    "alignment_of",
    "contour_of",
    "contours_of_coverage",
    "contours_of_slice",
    "corners",
    "crossings",
    "depth_profile",
    "endplate_edge",
    "find_lobe",
    "inside_lengths",
    "measure_contours",
    "measure_slice",
    "measure_slices",
    "measure_spine",
    "measured_chords",
    "move_corner",
    "pixels_inside",
    "rim_lines",
    "slice_contours",
]
