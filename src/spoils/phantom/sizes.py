"""Sizes of an adult spine in mm and its signal, by level. The only numbers of the phantom that come from outside.

Sources: body depths, canal and disc heights of L1 to S1 are those of the project's table of clinical facts (r = read in
the source, b = common knowledge); levels above and below continue them (b). Signal is relative to CSF = 1 on T2 TSE at
TR 3500, TE 100 (r).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ANNULUS_SIGNAL",
    "BODY_HALF_WIDTH_MM",
    "BODY_SIZES",
    "CANAL_HALF_WIDTH_MM",
    "CORD_SIGNAL",
    "DISC_SIZES",
    "GRADE_HEIGHT_FACTORS",
    "LUMBARISED_BODIES",
    "LUMBARISED_DISC",
    "MUSCLE_SIGNAL",
    "NUCLEUS_SIGNAL",
    "SEX_FACTORS",
    "BodySize",
    "DiscSize",
]


@dataclass(frozen=True)
class BodySize:
    """A body: posterior height, superior and inferior depth (mm), and wedge (degrees, anterior side higher)."""

    name: str
    posterior_height_mm: float
    superior_depth_mm: float
    inferior_depth_mm: float
    wedge_deg: float


@dataclass(frozen=True)
class DiscSize:
    """A disc: mean height (mm), share of the lumbar lordosis, extra wedge (degrees) and the canal behind it (mm)."""

    name: str
    mean_height_mm: float
    lordosis_share: float
    wedge_deg: float
    canal_ap_mm: float


BODY_SIZES: tuple[BodySize, ...] = (
    BodySize("T5", 18.5, 27.0, 27.5, -3.5),
    BodySize("T6", 19.0, 27.5, 28.0, -3.5),
    BodySize("T7", 19.5, 28.0, 28.5, -3.5),
    BodySize("T8", 20.0, 28.5, 29.0, -3.0),
    BodySize("T9", 20.5, 29.0, 29.5, -3.0),
    BodySize("T10", 21.3, 30.0, 31.0, -2.5),
    BodySize("T11", 22.2, 31.2, 32.5, -2.5),
    BodySize("T12", 23.2, 32.7, 33.8, -2.0),
    BodySize("L1", 23.8, 34.1, 35.3, -1.0),
    BodySize("L2", 24.3, 34.6, 34.9, 0.0),
    BodySize("L3", 23.8, 35.2, 34.8, 1.5),
    BodySize("L4", 24.1, 35.5, 33.9, 2.5),
    BodySize("L5", 22.9, 34.7, 33.2, 7.0),
    BodySize("S1", 26.0, 33.0, 23.0, 6.0),
    BodySize("S2", 23.0, 21.5, 17.0, -4.0),
    BodySize("S3", 19.0, 16.0, 13.0, -14.0),
    BodySize("S4", 16.5, 12.5, 10.5, -20.0),
    BodySize("S5", 14.0, 10.0, 8.5, -22.0),
    BodySize("Co1", 12.0, 8.0, 6.0, -15.0),
)
"""Cranial to caudal."""

DISC_SIZES: tuple[DiscSize, ...] = (
    DiscSize("T5-T6", 3.8, 0.0, 0.0, 14.5),
    DiscSize("T6-T7", 3.8, 0.0, 0.0, 14.5),
    DiscSize("T7-T8", 4.0, 0.0, 0.0, 14.5),
    DiscSize("T8-T9", 4.2, 0.0, 0.0, 14.5),
    DiscSize("T9-T10", 4.6, 0.0, 0.0, 15.0),
    DiscSize("T10-T11", 5.2, 0.0, 0.0, 15.5),
    DiscSize("T11-T12", 5.8, 0.0, 0.5, 16.5),
    DiscSize("T12-L1", 6.5, 0.06, 0.0, 17.0),
    DiscSize("L1-L2", 8.4, 0.12, 0.0, 16.6),
    DiscSize("L2-L3", 9.6, 0.16, 0.0, 15.5),
    DiscSize("L3-L4", 10.7, 0.19, 0.0, 14.9),
    DiscSize("L4-L5", 11.4, 0.22, 0.0, 15.0),
    DiscSize("L5-S1", 10.6, 0.25, 0.0, 16.0),
    DiscSize("S1-S2", 3.6, 0.0, 0.0, 9.0),
    DiscSize("S2-S3", 1.6, 0.0, 0.0, 5.0),
    DiscSize("S3-S4", 1.3, 0.0, 0.0, 4.0),
    DiscSize("S4-S5", 1.2, 0.0, 0.0, 4.0),
    DiscSize("S5-Co1", 1.2, 0.0, 0.0, 4.0),
)
"""``DISC_SIZES[i]`` lies between ``BODY_SIZES[i]`` and ``BODY_SIZES[i + 1]``. Shares of T12-L1 to L5-S1 sum to 1."""

SEX_FACTORS: dict[str, float] = {"M": 1.045, "F": 0.94}
"""Of every length: L5's superior depth is 37.1 mm in men and 33.3 mm in women, 35.5 mm in the mean (r)."""

GRADE_HEIGHT_FACTORS: dict[int, float] = {1: 1.0, 2: 1.0, 3: 0.94, 4: 0.76, 5: 0.42}
BODY_HALF_WIDTH_MM = 24.0
CANAL_HALF_WIDTH_MM = 10.5

NUCLEUS_SIGNAL: dict[int, float] = {1: 0.89, 2: 0.61, 3: 0.33, 4: 0.12, 5: 0.07}
ANNULUS_SIGNAL: dict[int, float] = {1: 0.19, 2: 0.18, 3: 0.17, 4: 0.11, 5: 0.065}
"""0.16-0.19 (r); the worn annulus is darker, as its T2 is shorter (r)."""

CORD_SIGNAL = 0.38
MUSCLE_SIGNAL = 0.08

LUMBARISED_BODIES = {"S1": BodySize("S1", 26.5, 33.5, 32.0, 5.0), "S2": BodySize("S2", 24.0, 31.0, 19.0, -2.0)}
LUMBARISED_DISC = DiscSize("S1-S2", 8.5, 0.0, 0.0, 12.0)
"""A lumbarised S1 is squared, on a disc that spans its whole depth (Konin and Walz, AJNR 2010;31:1778). The lengths
continue those of L5 and are a choice of this project."""
