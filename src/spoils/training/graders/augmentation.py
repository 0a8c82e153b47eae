"""Disc volumes varied as scanners, patients and outlines vary: a whole batch at once, all chance from one generator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["DiscAugmentation", "augmented"]


@dataclass(frozen=True)
class DiscAugmentation:
    """How far a disc may stray. Amplitudes in the units of the names; zero switches a part off.

    ``mask_threshold`` moves the edge of the (blurred) outline in and out, as segmentation does.
    """

    rotation_deg: float = 8.0
    log_scale: float = 0.12
    shift: float = 0.06
    log_gain: float = 0.15
    log_gamma: float = 0.2
    bias: float = 0.15
    noise: float = 0.06
    mask_threshold: float = 0.25


def _uniform(count: int, amplitude: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * amplitude


def _placed(discs: Tensor, how: DiscAugmentation, generator: torch.Generator) -> Tensor:
    """Rotate, scale, shift and, half of the time, mirror each disc upside down."""
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
    return functional.grid_sample(discs, grid, padding_mode="border", align_corners=False)


def _resigned(signal: Tensor, how: DiscAugmentation, generator: torch.Generator) -> Tensor:
    """Vary gain, contrast, shading and noise of signals (batch, channel, row, column) in which CSF is about one."""
    count, _, rows, columns = signal.shape
    gain, gamma = (torch.exp(_uniform(count, a, generator)) for a in (how.log_gain, how.log_gamma))
    slope = _uniform(2 * count, how.bias, generator).view(2, count, 1, 1, 1)
    shading = slope[0] * torch.linspace(-1, 1, rows)[:, None] + slope[1] * torch.linspace(-1, 1, columns)
    varied = signal.clamp_min(0) ** gamma.view(-1, 1, 1, 1) * gain.view(-1, 1, 1, 1) * (1 + shading)
    sigma = torch.rand(count, generator=generator).view(-1, 1, 1, 1) * how.noise
    return varied + sigma * torch.randn(signal.shape, generator=generator)


def augmented(discs: Tensor, how: DiscAugmentation, generator: torch.Generator) -> Tensor:
    """Return a varied copy of discs (batch, channel, row, column); the last channel is the mask, all others signal."""
    placed = _placed(discs, how, generator)
    signal = _resigned(placed[:, :-1], how, generator)
    soft = functional.avg_pool2d(placed[:, -1:], 5, stride=1, padding=2, count_include_pad=False)
    threshold = 0.5 + _uniform(len(discs), how.mask_threshold, generator).view(-1, 1, 1, 1)
    return torch.cat([signal, (soft > threshold).to(discs.dtype)], dim=1)
