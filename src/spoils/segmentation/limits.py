"""What the quality checks demand."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Limits of the quality checks, chosen on SPIDER and on one T1 picture unless a source is named.

    Of 86 SPIDER slices cut off just above S1, 45 showed no sacrum and 41 took L5 for it, half of these with a
    probability of the count above 0.9; where it was measured (22) the slice ended within 9 mm of the false sacrum. Of
    195 whole pictures two end at S1 and all others 12 mm or more below it. There the probability of the count is 0.97
    or more but for one that is upside down. What differs from the lowest pixel of its column by no more than
    ``like_fill`` of the range of the signal is fill; on whole pictures it comes no nearer to S1 than 16 mm.

    Marrow is darker than ``min_marrow_over_fluid`` times fluid, or ``min_marrow_over_between`` times the geometric mean
    of fluid and the dark of the discs, only where fat is suppressed. On 255 middle T2 slices (SPIDER, annotated
    pictures, volumes) these ratios are at least 0.21 and 0.75; in the one STIR series at hand they are 0.11 and 0.37 on
    the middle slice, 0.16 and 0.49 two slices beside it.

    Lengths and distances are ratios:
    ``body_distance`` is the distance of two neighbouring bodies over the usual one of the same spine (0.77 to 1.21 on
    these slices, and 1.49 beside a crushed body that was missed); ``disc_place`` is where a disc lies on the way from
    the body above to the body below (0.39 to 0.61; a quarter where the next body and disc were missed). A body
    ``too_large_body`` times the median of its spine may be two: on 238 slices bodies reach 1.79 times, on all but one
    scoliosis 1.49, and two with the disc between them make more than twice the area. Levels that overlap within
    ``near_middle_mm`` of the middle slice make the count doubtful; bodies that touch further out (10 and 14 mm in two
    of 15 volumes, both counted right) say nothing about it.

    An S1 whose endplates differ in depth by no more than ``squared_sacrum`` (upper over lower) counts as squared: Wigh,
    Spine 1980;5:215, as reviews such as Konin and Walz, AJNR 2010;31:1778, hand it on (the figure is common knowledge
    and was not read again). A disc below S1 over the whole depth of the sacrum is type 3 or 4 of O'Driscoll, Skeletal
    Radiol 1996;25:225; ``whole_disc`` is the share of that depth from which we call it whole.
    """

    min_bodies: int = 3
    min_discs: int = 3
    min_below_sacrum_mm: float = 10.0
    min_count_probability: float = 0.9
    warn_count_probability: float = 0.95
    min_structure_confidence: float = 0.6
    min_fluid_over_bone: float = 0.8
    min_fluid_over_disc: float = 1.8
    min_marrow_over_fluid: float = 0.15
    min_marrow_over_between: float = 0.55
    like_fill: float = 0.02
    typical_body_mm2: tuple[float, float] = (450.0, 1900.0)
    body_area_mm2: tuple[float, float] = (250.0, 2200.0)
    disc_area_mm2: tuple[float, float] = (25.0, 1000.0)
    body_distance: tuple[float, float] = (0.65, 1.3)
    too_large_body: float = 1.9
    near_middle_mm: float = 8.0
    disc_place: tuple[float, float] = (0.3, 0.7)
    max_level_overlap: float = 0.5
    min_shifted_bodies: int = 2
    min_shifted_share: float = 0.5
    squared_sacrum: float = 1.37
    whole_disc: float = 0.8
