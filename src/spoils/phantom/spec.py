"""What a phantom patient is like, valid from construction."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoils.anatomy import BODIES, DISCS
from spoils.errors import UsageError

__all__ = ["PhantomSpec", "random_spec"]

_N = len(DISCS)
_N_BODIES = len(BODIES) - 1
_PER_DISC_RANGES: dict[str, tuple[float, float]] = {
    "bulge_mm": (0.0, 6.0),
    "herniation_mm": (0.0, 10.0),
    "listhesis_mm": (-10.0, 15.0),
    "stenosis_mm": (0.0, 10.0),
    "paramedian_stenosis_mm": (0.0, 10.0),
    "osteophyte_mm": (0.0, 8.0),
    "disc_height_factors": (0.6, 1.5),
}
_PER_BODY_RANGES: dict[str, tuple[float, float]] = {
    "body_wedge_deg": (-30.0, 15.0),
    "body_height_factors": (0.4, 1.2),
    "body_depression_mm": (0.0, 7.0),
}
_RANGES: dict[str, tuple[float, float]] = {
    "size_factor": (0.75, 1.3),
    "canal_factor": (0.7, 1.4),
    "lordosis_deg": (0.0, 75.0),
    "spacing_mm": (0.2, 2.0),
    "rows": (64, 4096),
    "columns": (64, 4096),
    "n_slices": (1, 64),
    "slice_spacing_mm": (0.5, 12.0),
    "slice_thickness_mm": (0.5, 12.0),
    "noise_sd": (0.0, 0.5),
    "bias_strength": (0.0, 0.9),
    "seed": (0, 2**32 - 1),
    "rotation_deg": (-30.0, 30.0),
    "shift_posterior_mm": (-100.0, 100.0),
    "shift_inferior_mm": (-100.0, 100.0),
    "shift_left_mm": (-30.0, 30.0),
    "paramedian_mm": (-9.0, 9.0),
}
_ZEROS = (0.0,) * _N
_MIN_HEIGHT_MM = 180.0
_MIN_DEPTH_MM = 110.0


@dataclass(frozen=True, kw_only=True)
class PhantomSpec:
    """A phantom patient and how the patient is scanned; defaults are a plausible healthy adult.

    Sequences have one value per disc level, T12-L1 first, or per body L1 to L5 where their name says so.
    ``body_wedge_deg`` is added to a body's own wedge, below zero where its front is compressed; ``body_height_factors``
    are of its height at the back; ``body_depression_mm`` is how deep both endplates are pressed in at their middle.
    ``listhesis_mm`` shifts the body above the disc (and all
    above it) forward; ``stenosis_mm`` is taken from the sac's diameter behind the disc,
    ``paramedian_stenosis_mm`` only around ``paramedian_mm`` to the left of the midline; ``osteophyte_mm`` is the length
    of the spurs at the corners beside the disc. ``noise_sd`` is a share of the CSF signal. ``lordosis_deg`` is T12-S1
    before narrow discs give some of it up. A ``lumbarised_s1`` is squared and has a whole disc below it, so that either
    may be taken for the last; labels and truth call it S1. ``seed`` decides noise and everything of the picture that
    has no label.

    Raises:
        UsageError: a value is outside its range, or the field of view can't hold a lumbar spine.

    >>> PhantomSpec(sex="F", grades=(1, 1, 2, 2, 4, 5)).n_slices
    15
    """

    sex: Literal["M", "F"] = "M"
    size_factor: float = 1.0
    canal_factor: float = 1.0
    lordosis_deg: float = 36.8
    lumbarised_s1: bool = False
    grades: tuple[int, ...] = (1, 1, 2, 2, 2, 2)
    bulge_mm: tuple[float, ...] = _ZEROS
    herniation_mm: tuple[float, ...] = _ZEROS
    listhesis_mm: tuple[float, ...] = _ZEROS
    stenosis_mm: tuple[float, ...] = _ZEROS
    paramedian_stenosis_mm: tuple[float, ...] = _ZEROS
    paramedian_mm: float = 4.4
    osteophyte_mm: tuple[float, ...] = _ZEROS
    disc_height_factors: tuple[float, ...] = (1.0,) * _N
    body_wedge_deg: tuple[float, ...] = (0.0,) * _N_BODIES
    body_height_factors: tuple[float, ...] = (1.0,) * _N_BODIES
    body_depression_mm: tuple[float, ...] = (0.0,) * _N_BODIES
    spacing_mm: float = 0.7
    rows: int = 400
    columns: int = 400
    n_slices: int = 15
    slice_spacing_mm: float = 4.4
    slice_thickness_mm: float = 4.0
    noise_sd: float = 0.02
    bias_strength: float = 0.2
    seed: int = 0
    rotation_deg: float = 0.0
    shift_posterior_mm: float = 0.0
    shift_inferior_mm: float = 0.0
    shift_left_mm: float = 0.0

    def __post_init__(self) -> None:
        if self.sex not in ("M", "F"):
            raise UsageError("A phantom's sex is M or F.")
        object.__setattr__(self, "grades", tuple(self.grades))
        if len(self.grades) != _N or not set(self.grades) <= {1, 2, 3, 4, 5}:
            raise UsageError(f"A phantom needs {_N} Pfirrmann grades from 1 to 5, T12-L1 first.")
        for name, limits in _PER_DISC_RANGES.items():
            object.__setattr__(self, name, _values(name, getattr(self, name), limits, _N, "T12-L1 first"))
        for name, limits in _PER_BODY_RANGES.items():
            object.__setattr__(self, name, _values(name, getattr(self, name), limits, _N_BODIES, "L1 to L5"))
        for name, limits in _RANGES.items():
            _require_within(name, getattr(self, name), limits)
        for name in ("rows", "columns", "n_slices", "seed"):
            if int(getattr(self, name)) != getattr(self, name):
                raise UsageError(f"A phantom's {name} is a whole number.")
        if self.rows * self.spacing_mm < _MIN_HEIGHT_MM or self.columns * self.spacing_mm < _MIN_DEPTH_MM:
            raise UsageError(
                f"A phantom's field of view is at least {_MIN_HEIGHT_MM:g} mm high and {_MIN_DEPTH_MM:g} mm deep."
            )


def _values(
    name: str, given: Iterable[float], limits: tuple[float, float], count: int, order: str
) -> tuple[float, ...]:
    values = tuple(float(value) for value in given)
    if len(values) != count:
        raise UsageError(f"A phantom needs {count} values of {name}, {order}.")
    for value in values:
        _require_within(name, value, limits)
    return values


def _require_within(name: str, value: float, limits: tuple[float, float]) -> None:
    if not (math.isfinite(value) and limits[0] <= value <= limits[1]):
        raise UsageError(f"A phantom's {name} lies between {limits[0]:g} and {limits[1]:g}, not {value:g}.")


def random_spec(rng: np.random.Generator, *, rows: int = 400, columns: int = 400) -> PhantomSpec:
    """Draw a plausible patient: sizes by the tables' spread, pathology at random and likelier in low and worn discs.

    Pixel spacing is 0.4 to 1.0 mm, or more where ``rows`` or ``columns`` are too few to hold the spine.
    """
    wear = rng.beta(1.6, 1.8)
    grades = _random_grades(rng, wear)
    worn = np.clip((np.array(grades) - 2) / 3, 0.0, 1.0)
    herniation = np.where(rng.random(_N) < 0.03 + 0.25 * worn, rng.uniform(1.5, 7.0, _N), 0.0)
    listhesis = np.where(rng.random(_N) < 0.08 * worn, rng.normal(2.0, 3.0, _N), 0.0)
    stenosis = np.where(rng.random(_N) < 0.05 + 0.35 * worn, rng.uniform(0.5, 6.0, _N), 0.0)
    size = float(np.clip(rng.normal(1.0, 0.075), 0.8, 1.25))
    spacing = float(max(rng.uniform(0.4, 1.0), 240.0 / rows, 160.0 / columns))
    slice_spacing = float(rng.uniform(3.3, 5.0))
    return PhantomSpec(
        sex="M" if rng.random() < 0.585 else "F",
        size_factor=size,
        canal_factor=float(np.clip(rng.normal(1.0, 0.1), 0.78, 1.3)),
        lordosis_deg=float(np.clip(rng.normal(38.0, 13.2), 8.0, 68.0)),
        grades=grades,
        bulge_mm=_per_disc(rng.gamma(1.5, 0.5 + 0.8 * worn), 0.0, 4.5),
        herniation_mm=_per_disc(herniation, 0.0, 8.0),
        listhesis_mm=_per_disc(listhesis, -4.0, 9.0),
        stenosis_mm=_per_disc(stenosis, 0.0, 7.0),
        osteophyte_mm=_per_disc(rng.gamma(1.2, 0.2 + 1.6 * worn * wear), 0.0, 6.0),
        disc_height_factors=_per_disc(rng.normal(1.0, 0.12, _N), 0.7, 1.35),
        spacing_mm=spacing,
        rows=rows,
        columns=columns,
        n_slices=int(rng.integers(11, 18)),
        slice_spacing_mm=slice_spacing,
        slice_thickness_mm=slice_spacing * 0.9,
        noise_sd=float(rng.uniform(0.005, 0.07)),
        bias_strength=float(rng.uniform(0.0, 0.45)),
        seed=int(rng.integers(2**32)),
        rotation_deg=float(np.clip(rng.normal(0.0, 5.0), -15.0, 15.0)),
        shift_posterior_mm=float(rng.normal(0.0, 0.03) * columns * spacing),
        shift_inferior_mm=float(np.clip(rng.normal(0.0, 0.02), -0.05, 0.05) * rows * spacing),
        shift_left_mm=float(np.clip(rng.normal(0.0, 3.0), -8.0, 8.0)),
    )


def _random_grades(rng: np.random.Generator, wear: float) -> tuple[int, ...]:
    tendency = 1.0 + 3.4 * wear + np.array((-0.7, -0.4, -0.2, 0.1, 0.6, 0.6))
    return tuple(int(g) for g in np.clip(np.rint(rng.normal(tendency, 0.9)), 1, 5))


def _per_disc(values: np.ndarray[tuple[int], np.dtype[np.float64]], low: float, high: float) -> tuple[float, ...]:
    return tuple(float(v) for v in np.clip(values, low, high))
