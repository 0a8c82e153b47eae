"""Augmentation of pictures: how they lie, what of them is in view, and their grey values as archives hold them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from spoils.segmentation import KIND_FIELD, KIND_PIXEL_MM, TURNS
from spoils.training.slice_kind.pictures import CANVAS, CANVAS_MM

__all__ = ["augmented", "plain"]

_UPRIGHT_SHARE = 0.7
_CLIP = (0.005, 0.995)
_EVERY = 5
"""Percentiles are taken of every fifth pixel in view: sorting all would take as long as the network."""


def _uniform(generator: torch.Generator, count: int, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _turn_matrices(turns: Tensor, generator: torch.Generator) -> Tensor:
    """Return (n, 2, 2) from output to input, in mm: rows are x (columns) and y (rows)."""
    eye = torch.eye(2).repeat(len(turns), 1, 1)
    quarter = torch.where(torch.rand(len(turns), generator=generator) < 0.5, 1.0, -1.0)
    for number, turn in enumerate(turns.tolist()):
        name = TURNS[turn]
        if name == "turned-90":
            eye[number] = torch.tensor([[0.0, quarter[number]], [-quarter[number], 0.0]])
        elif name == "upside-down":
            eye[number, 1, 1] = -1.0
        elif name == "mirrored":
            eye[number, 0, 0] = -1.0
        elif name == "turned-180":
            eye[number] *= -1.0
    return eye


def _random_matrices(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return random rotation and scaling (n, 2, 2), and shifts in mm (n, 2)."""
    angle = _uniform(generator, count, -1, 1) * math.radians(12)
    scale = torch.exp(_uniform(generator, count, -0.25, 0.25))
    aspect = torch.exp(_uniform(generator, count, -0.08, 0.08))
    cos, sin = torch.cos(angle), torch.sin(angle)
    turn = torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), -2)
    stretch = torch.stack((scale * aspect, scale / aspect), -1)
    shift = torch.stack((_uniform(generator, count, -25, 25), _uniform(generator, count, -25, 25)), -1)
    return turn * stretch[:, None, :], shift


def _cropped(valid: Tensor, generator: torch.Generator) -> Tensor:
    """Hide margins of half of the pictures, as a smaller field of view does: most in front and above."""
    count, _, rows, columns = valid.shape
    kept = torch.rand(count, generator=generator) < 0.5
    row, column = (torch.arange(n)[None, :] / n for n in (rows, columns))
    above, front = _uniform(generator, count, 0.05, 0.42), _uniform(generator, count, 0.0, 0.4)
    below, behind = _uniform(generator, count, 0.86, 1.0), _uniform(generator, count, 0.9, 1.0)
    seen_rows = (row >= above[:, None]) & (row <= below[:, None])
    seen_columns = (column >= front[:, None]) & (column <= behind[:, None])
    inside = (seen_rows[:, :, None] & seen_columns[:, None, :])[:, None]
    return torch.where(kept[:, None, None, None], valid * inside, valid)


def _sampled(images: Tensor, valid: Tensor, matrices: Tensor, shifts_mm: Tensor) -> tuple[Tensor, Tensor]:
    """Sample pictures (n, 1, *CANVAS) on the network's field; ``matrices`` lead from there to the canvas, in mm."""
    half_out = torch.tensor([KIND_FIELD[1], KIND_FIELD[0]]) * KIND_PIXEL_MM / 2
    half_in = torch.tensor([CANVAS[1], CANVAS[0]]) * CANVAS_MM / 2
    theta = torch.cat((matrices * half_out / half_in[:, None], (shifts_mm / half_in)[:, :, None]), dim=2)
    grid = functional.affine_grid(theta, [len(images), 1, *KIND_FIELD], align_corners=False)
    image = functional.grid_sample(images, grid, align_corners=False, padding_mode="border")
    seen = functional.grid_sample(valid, grid, align_corners=False, padding_mode="zeros") > 0.5
    return image, seen


def _bent(images: Tensor, generator: torch.Generator) -> Tensor:
    """Change grey values: gamma, window, coil, blur and noise."""
    count = len(images)

    def each(low: float, high: float) -> Tensor:
        return _uniform(generator, count, low, high)[:, None, None, None]

    y, x = (torch.linspace(-1, 1, n) for n in KIND_FIELD)
    coil = each(-0.9, 0.9) * x[None, None, None, :] + each(-0.5, 0.5) * y[None, None, :, None]
    coil = coil + each(-0.5, 0.5) * y[None, None, :, None] ** 2
    images = images * torch.exp(coil)
    images = images / images.amax(dim=(2, 3), keepdim=True).clamp_min(1e-3)
    images = images.clamp_min(0) ** torch.exp(each(-0.6, 0.6))
    low, high = each(-0.25, 0.08).clamp_min(0), each(0.45, 1.3)
    images = ((images - low) / (high - low)).clamp(0, 1)
    share = each(-0.5, 1).clamp_min(0) / 3
    for axis in (2, 3):
        beside = images.roll(1, axis) + images.roll(-1, axis)
        images = (1 - 2 * share) * images + share * beside
    noise = torch.randn(images.shape, generator=generator) * each(-0.03, 0.07).clamp_min(0)
    lifted = each(-0.4, 0.3).clamp_min(0)
    return ((images + noise).clamp(0, 1) * (1 - lifted)) + lifted


def _normalised(images: Tensor, seen: Tensor) -> Tensor:
    """Normalise over what is in view and fill the rest with its darkest value, as ``kind_picture`` does."""
    count = len(images)
    values = torch.where(seen, images, torch.nan).reshape(count, -1)
    low, high = torch.nanquantile(values[:, ::_EVERY], torch.tensor(_CLIP), dim=1)[..., None, None, None].nan_to_num()
    clipped = torch.maximum(torch.minimum(images, high), low)
    size = seen.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    mean = (clipped * seen).sum(dim=(2, 3), keepdim=True) / size
    deviation = ((clipped - mean).square() * seen).sum(dim=(2, 3), keepdim=True).div(size).sqrt().clamp_min(1e-6)
    return (torch.where(seen, clipped, low) - mean) / deviation


def augmented(images: Tensor, valid: Tensor, may_turn: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures as the network takes them, changed at random, and how each lies.

    Args:
        images: float (n, 1, *CANVAS), 0 to 1.
        valid: float of the same shape, 1 where there is image.
        may_turn: bool (n,), which pictures are turned and mirrored too.
        generator: of the random numbers.
    """
    count = len(images)
    turned = (torch.rand(count, generator=generator) > _UPRIGHT_SHARE) & may_turn
    drawn = torch.randint(1, len(TURNS), (count,), generator=generator)
    turns = torch.where(turned, drawn, torch.zeros_like(drawn))
    matrices, shifts = _random_matrices(count, generator)
    valid = _cropped(valid, generator)
    image, seen = _sampled(images, valid, matrices @ _turn_matrices(turns, generator), shifts)
    return _normalised(_bent(image, generator), seen), turns


def plain(images: Tensor, valid: Tensor) -> Tensor:
    """Return pictures (n, 1, *CANVAS) as the network takes them, unchanged."""
    count = len(images)
    image, seen = _sampled(images, valid, torch.eye(2).repeat(count, 1, 1), torch.zeros(count, 2))
    return _normalised(image, seen)
