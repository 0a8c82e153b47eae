"""The shape of vertebral bodies: how much of its height each has lost, and where.

Heights at the front, the middle and the back are compared with the height at the back of the same body, and with the
height at the back that the other bodies of the patient let expect (the predicted posterior height of McCloskey et al.,
Osteoporos Int 1993;3:138-147). What is usual at each level is given by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

__all__ = ["BodyHeights", "HeightLoss", "UsualShape", "height_loss", "predicted_posterior_mm"]


@dataclass(frozen=True)
class BodyHeights:
    """Heights of a body at its front, middle and back.

    Raises:
        ValueError: a height is not above zero.
    """

    anterior_mm: float
    central_mm: float
    posterior_mm: float

    def __post_init__(self) -> None:
        if not all(height > 0 for height in (self.anterior_mm, self.central_mm, self.posterior_mm)):
            raise ValueError("a body has heights above zero")


@dataclass(frozen=True)
class UsualShape:
    """What is usual at a level: front and middle over back, and the back as a share of the mean of L1 to L5.

    Raises:
        ValueError: a ratio is not above zero.
    """

    anterior_over_posterior: float
    central_over_posterior: float
    posterior_share: float

    def __post_init__(self) -> None:
        ratios = (self.anterior_over_posterior, self.central_over_posterior, self.posterior_share)
        if not all(ratio > 0 for ratio in ratios):
            raise ValueError("usual ratios are above zero")


@dataclass(frozen=True)
class HeightLoss:
    """Shares of its usual height that a body lacks, by the shape that the lack gives it; below zero where it has more.

    ``crush`` is None where no other body says how high it should be at the back.
    """

    wedge: float
    biconcave: float
    crush: float | None


def predicted_posterior_mm(
    level: str, heights: Mapping[str, BodyHeights], usual: Mapping[str, UsualShape]
) -> float | None:
    """Return the posterior height that the other bodies let expect: the median of what each says; None without any.

    >>> same = UsualShape(1.0, 1.0, 1.0)
    >>> whole = BodyHeights(25.0, 25.0, 25.0)
    >>> predicted_posterior_mm("L1", {"L1": BodyHeights(10, 10, 10), "L2": whole}, {"L1": same, "L2": same})
    25.0
    """
    said = [
        found.posterior_mm * usual[level].posterior_share / usual[other].posterior_share
        for other, found in heights.items()
        if other != level
    ]
    return median(said) if said else None


def height_loss(found: BodyHeights, usual: UsualShape, predicted_mm: float | None) -> HeightLoss:
    """Return what a body lacks of its usual height.

    A front or middle counts as low only as far as it is low both against the body's own back and against what is
    expected: one back that is measured too high makes no fracture. A crushed body is low at the back and at the front.

    >>> loss = height_loss(BodyHeights(15.0, 20.0, 25.0), UsualShape(1.0, 1.0, 1.0), 25.0)
    >>> round(loss.wedge, 3), round(loss.biconcave, 3), loss.crush
    (0.4, 0.2, 0.0)
    """
    expected = [found.posterior_mm] + ([predicted_mm] if predicted_mm is not None else [])

    def lacking(height_mm: float, ratio: float) -> float:
        return min(1.0 - height_mm / (ratio * posterior_mm) for posterior_mm in expected)

    crush = None
    if predicted_mm is not None:
        back = 1.0 - found.posterior_mm / predicted_mm
        crush = min(back, 1.0 - found.anterior_mm / (usual.anterior_over_posterior * predicted_mm))
    return HeightLoss(
        wedge=lacking(found.anterior_mm, usual.anterior_over_posterior),
        biconcave=lacking(found.central_mm, usual.central_over_posterior),
        crush=crush,
    )
