"""Augmentation of disc volumes, imitating differences of scanners, patients and contours. It works on whole batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["DiscAugmentation", "augmented"]

_WAVES = (4, 6)
"""Rows and columns of the coarse grids that smooth random fields are drawn on."""


@dataclass(frozen=True)
class DiscAugmentation:
    """Amplitudes of the augmentation, in the units of the names. Zero switches a part off.

    ``mask_threshold`` moves the whole edge of the (blurred) contour inward or outward. ``mask_ripple`` moves it
    differently along the contour, as segmentation errors do. ``shift`` and ``elastic`` are fractions of the image size;
    ``elastic`` deforms the disc with its contour. ``bias`` is a linear intensity gradient, ``bias_waves`` a smooth
    intensity variation.
    """

    rotation_deg: float = 8.0
    log_scale: float = 0.12
    shift: float = 0.06
    log_gain: float = 0.15
    log_gamma: float = 0.2
    bias: float = 0.15
    noise: float = 0.06
    mask_threshold: float = 0.25
    mask_ripple: float = 0.0
    elastic: float = 0.0
    bias_waves: float = 0.0


def _uniform(count: int, amplitude: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * amplitude


def _waves(like: Tensor, channels: int, amplitude: float, generator: torch.Generator) -> Tensor:
    """Return smooth random fields (batch, channels, row, column) within ``amplitude``, on the grid of ``like``."""
    coarse = _uniform(len(like) * channels * math.prod(_WAVES), amplitude, generator)
    field = coarse.view(len(like), channels, *_WAVES)
    return functional.interpolate(field, size=like.shape[2:], mode="bilinear", align_corners=True)


def _placed(discs: Tensor, how: DiscAugmentation, generator: torch.Generator) -> Tensor:
    """Rotate, scale, shift and deform each disc, and mirror it upside down with a probability of one half."""
    count, _, rows, columns = discs.shape
    angle = _uniform(count, math.radians(how.rotation_deg), generator)
    across, along = (torch.exp(_uniform(count, how.log_scale, generator)) for _ in range(2))
    mirrored = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    aspect = rows / columns
    transform = torch.zeros(count, 2, 3)
    transform[:, 0, 0], transform[:, 0, 1] = angle.cos() * along, -angle.sin() * aspect * across * mirrored
    transform[:, 1, 0], transform[:, 1, 1] = angle.sin() / aspect * along, angle.cos() * across * mirrored
    transform[:, 0, 2], transform[:, 1, 2] = (_uniform(count, 2 * how.shift, generator) for _ in range(2))
    grid = functional.affine_grid(transform, [count, discs.shape[1], rows, columns], align_corners=False)
    if how.elastic:
        grid = grid + _waves(discs, 2, 2 * how.elastic, generator).permute(0, 2, 3, 1)
    return functional.grid_sample(discs, grid, padding_mode="border", align_corners=False)


def _resigned(signal: Tensor, how: DiscAugmentation, generator: torch.Generator, patients: Tensor) -> Tensor:
    """Vary gain, contrast, shading and noise of signals (batch, channel, row, column), in which CSF is about one."""
    count, _, rows, columns = signal.shape
    taken = int(patients.max()) + 1
    gain, gamma = (torch.exp(_uniform(taken, a, generator))[patients] for a in (how.log_gain, how.log_gamma))
    slope = _uniform(2 * count, how.bias, generator).view(2, count, 1, 1, 1)
    shading = slope[0] * torch.linspace(-1, 1, rows)[:, None] + slope[1] * torch.linspace(-1, 1, columns)
    if how.bias_waves:
        shading = shading + _waves(signal, 1, how.bias_waves, generator)
    varied = signal.clamp_min(0) ** gamma.view(-1, 1, 1, 1) * gain.view(-1, 1, 1, 1) * (1 + shading)
    sigma = torch.rand(taken, generator=generator)[patients].view(-1, 1, 1, 1) * how.noise
    return varied + sigma * torch.randn(signal.shape, generator=generator)


def augmented(
    discs: Tensor, how: DiscAugmentation | None, generator: torch.Generator, patients: Tensor | None = None
) -> Tensor:
    """Return an augmented copy of discs (batch, channel, row, column). The last channel is the mask, all others signal.

    ``patients`` (batch,) numbers each disc's patient. The discs of a patient keep their relative contrast, because
    gain, gamma and noise belong to the scanner. With None, every disc is varied independently. Without ``how`` the
    discs are unchanged.
    """
    if how is None:
        return discs
    placed = _placed(discs, how, generator)
    together = torch.arange(len(discs)) if patients is None else patients.unique(return_inverse=True)[1]
    signal = _resigned(placed[:, :-1], how, generator, together)
    soft = functional.avg_pool2d(placed[:, -1:], 5, stride=1, padding=2, count_include_pad=False)
    threshold = 0.5 + _uniform(len(discs), how.mask_threshold, generator).view(-1, 1, 1, 1)
    if how.mask_ripple:
        threshold = threshold + _waves(soft, 1, how.mask_ripple, generator)
    return torch.cat([signal, (soft > threshold).to(discs.dtype)], dim=1)
