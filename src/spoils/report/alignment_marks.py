"""Endplates and slips drawn on the picture: between what lordosis was measured, and where a body has slipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from spoils.canvas import Axes, LineCollection, withStroke
from spoils.findings import Assessment, measurement_of
from spoils.messages import Translator, message
from spoils.report.disc_findings import listhesis_at
from spoils.report.slice_view import Box
from spoils.report.typeface import figure_font

__all__ = ["AlignmentMarks", "DrawnLines", "draw_alignment"]

FloatArray = npt.NDArray[np.float64]

_COLOUR: Final = "#ffe14d"
_HALO: Final = [withStroke(linewidth=1.8, foreground="black", alpha=0.75)]
_BEYOND: Final = 0.35
"""Share of its length by which the line of an endplate is drawn beyond each end."""
_SLIP_MM: Final = 8.0


@dataclass(frozen=True, eq=False)
class AlignmentMarks:
    """Where the alignment was measured, in (posterior, inferior) mm from the centre of the first pixel.

    ``endplates_mm`` are the endplates of L1 and S1, ``(2, 2 ends, 2)``, or empty. ``margins_mm`` are the posterior
    margins of the bodies above and below each disc ``(2, 2)``, ``across`` the unit vector along which they are drawn.
    """

    endplates_mm: FloatArray
    margins_mm: Mapping[str, FloatArray] = field(default_factory=dict)
    across: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DrawnLines:
    """Where everything was measured that is drawn on a slice; None leaves a kind out.

    ``lengths_mm`` are the ends of measured lengths, ``(lines, 2, 2)``, of (posterior, inferior) mm like the others.
    """

    lengths_mm: FloatArray | None = None
    alignment: AlignmentMarks | None = None


def draw_alignment(
    axes: Axes, crop: Box, assessment: Assessment, marks: AlignmentMarks, translator: Translator
) -> None:
    """Draw the endplates with the angle between them, and the margins at every level with a listhesis."""
    ends = marks.endplates_mm
    beyond = _BEYOND * (ends[:, 1:] - ends[:, :1])
    lines: list[Any] = list(ends + np.concatenate((-beyond, beyond), axis=1)) if len(ends) else []
    for level, margins in marks.margins_mm.items():
        if listhesis_at(assessment, level) is not None:
            reach = _SLIP_MM * marks.across[level]
            lines += [np.array((margin - reach, margin + reach)) for margin in margins]
    axes.add_collection(LineCollection(lines, colors=_COLOUR, linewidths=0.9, path_effects=_HALO))
    alignment = assessment.alignment
    angle = measurement_of(alignment.measurements, "lordosis_l1_s1_deg") if alignment is not None else None
    if angle is not None and len(ends):
        axes.text(
            crop.left + 0.015 * crop.height,
            crop.top + 0.015 * crop.height,
            translator.render(message("overlay-lordosis", angle=angle.value)),
            color=_COLOUR,
            font=figure_font(8, bold=True),
            ha="left",
            va="top",
            path_effects=_HALO,
        )
