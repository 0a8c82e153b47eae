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
    or more but for one that is upside down. Lengths and distances are ratios:
    ``body_distance`` is the distance of two neighbouring bodies over the usual one of the same spine (0.77 to 1.21 on
    these slices, and 1.49 beside a crushed body that was missed); ``disc_place`` is where a disc lies on the way from
    the body above to the body below (0.39 to 0.61).

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
    typical_body_mm2: tuple[float, float] = (450.0, 1900.0)
    body_area_mm2: tuple[float, float] = (250.0, 2200.0)
    disc_area_mm2: tuple[float, float] = (25.0, 1000.0)
    body_distance: tuple[float, float] = (0.65, 1.4)
    disc_place: tuple[float, float] = (0.25, 0.75)
    max_level_overlap: float = 0.5
    min_shifted_bodies: int = 2
    min_shifted_share: float = 0.5
    squared_sacrum: float = 1.37
    whole_disc: float = 0.8
