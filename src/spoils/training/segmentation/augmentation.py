"""Augmentation of slices, imitating differences of scanners, patients, operators and exports. One seed draws all."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch.nn import functional

from spoils.anatomy import BODIES, DISCS, structure

__all__ = ["HARD", "Augmentation", "augment_signal", "cut_field_of_view", "sample_patch"]

FloatImage = npt.NDArray[np.float32]
LabelImage = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Augmentation:
    """Amplitudes of the augmentation. Zero (one for ``low_resolution``) switches a part off.

    ``low_resolution`` is the largest factor by which the pixel size is increased. ``field_of_view`` is the largest
    share of the patch that is cut off at the top; half of it is cut off at the front and at the back.

    The last six are probabilities. ``eight_bits`` windows and quantises a patch as an export to 8 bits does, and
    ``jpeg`` compresses it. ``remap`` maps its grey values by a random curve, of which one piece falls with probability
    ``fold``. ``falloff`` lets the signal decay with the distance to a surface coil. ``lower_end`` crops the image
    below or within S1.
    """

    rotation_deg: float = 15.0
    log_scale: float = 0.22
    log_anisotropy: float = 0.08
    warp_mm: float = 3.0
    noise: float = 0.08
    bias: float = 0.4
    log_gamma: float = 0.35
    blur_px: float = 1.2
    low_resolution: float = 2.0
    field_of_view: float = 0.35
    saturation: float = 0.3
    ghost: float = 0.06
    eight_bits: float = 0.0
    jpeg: float = 0.0
    remap: float = 0.0
    fold: float = 0.0
    falloff: float = 0.0
    lower_end: float = 0.0


HARD = Augmentation(
    log_anisotropy=0.12,
    noise=0.12,
    bias=0.5,
    log_gamma=0.7,
    blur_px=1.5,
    low_resolution=2.5,
    saturation=0.5,
    ghost=0.1,
    eight_bits=0.5,
    jpeg=0.25,
    remap=0.35,
    fold=0.2,
    falloff=0.35,
    lower_end=0.3,
)
"""Grey values as they come from foreign scanners and from exports: dark, washed out, saturated, shaded, compressed."""

_FEWEST_BITS, _MOST_BITS = 5, 8
_WORST_QUALITY, _BEST_QUALITY = 25, 90
_WINDOW_SHARE = 0.06
"""Largest share of the pixels that a window cuts off at either end."""
_CURVE_PIECES = 5
_FALLOFF = 2.5
"""Largest exponent of the signal's decay across the patch."""


def _between(rng: np.random.Generator, amplitude: float) -> float:
    return float(rng.uniform(-amplitude, amplitude))


def sample_patch(  # noqa: PLR0913 - place, size and distortion of a patch
    image: FloatImage,
    labels: LabelImage,
    *,
    centre: tuple[float, float],
    shape: tuple[int, int],
    pixel_mm: float,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> tuple[FloatImage, LabelImage, Mask]:
    """Cut a rotated, scaled and slightly deformed patch out of an image. Outside the image there is air.

    Args:
        image: (rows, columns) at ``pixel_mm``.
        labels: label values of the same field of view, at this or any finer pixel size.
        centre: row and column of ``image`` that become the middle of the patch.
        shape: rows and columns of the patch.
        pixel_mm: pixel size of image and patch.
        augmentation: amplitudes of the augmentation.
        rng: random number generator.

    Returns:
        The patch of the image (linear interpolation), of the labels (nearest), and the mask of where it shows the
        image.
    """
    rows, columns = image.shape
    angle = np.deg2rad(_between(rng, augmentation.rotation_deg))
    scale = np.exp(_between(rng, augmentation.log_scale))
    stretch = np.exp(np.array((0.5, -0.5)) * _between(rng, augmentation.log_anisotropy)) * scale
    row, column = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in shape), indexing="ij")
    source_row = centre[0] + (np.cos(angle) * row - np.sin(angle) * column) * stretch[0]
    source_column = centre[1] + (np.sin(angle) * row + np.cos(angle) * column) * stretch[1]
    if augmentation.warp_mm:
        coarse = rng.normal(0.0, augmentation.warp_mm / pixel_mm / 2, (1, 2, shape[0] // 48, shape[1] // 48))
        warp = functional.interpolate(torch.from_numpy(coarse), size=shape, mode="bicubic", align_corners=True)[0]
        source_row, source_column = source_row + warp[0].numpy(), source_column + warp[1].numpy()
    # grid_sample's coordinates run from -1 to 1 over the field of view, so one grid serves both pixel sizes.
    grid = np.stack(((source_column + 0.5) / columns * 2 - 1, (source_row + 0.5) / rows * 2 - 1), axis=-1)
    where = torch.from_numpy(grid[None].astype(np.float32))
    floor = float(image.min())
    patch = functional.grid_sample(
        torch.from_numpy(image - floor)[None, None], where, mode="bilinear", align_corners=False
    )
    seen = functional.grid_sample(
        torch.from_numpy(labels.astype(np.float32))[None, None], where, mode="nearest", align_corners=False
    )
    inside = (np.abs(grid) <= 1).all(axis=-1)
    return np.asarray(patch[0, 0].numpy() + floor, np.float32), seen[0, 0].numpy().astype(np.uint8), inside


def cut_field_of_view(
    labels: LabelImage, inside: Mask, augmentation: Augmentation, rng: np.random.Generator
) -> tuple[LabelImage, Mask]:
    """Crop the image at the top, the front, the back or within S1, as in a scan with a small field of view.

    The region outside is neither seen nor labelled. Most of S1 is kept at the lower end, because levels can't be named
    without the sacrum.
    """
    rows, columns = inside.shape
    top, front, back = (
        int(size * rng.uniform(0, share)) if rng.random() < 0.35 else 0
        for size, share in (
            (rows, augmentation.field_of_view),
            (columns, augmentation.field_of_view / 2),
            (columns, augmentation.field_of_view / 2),
        )
    )
    kept = inside.copy()
    kept[:top] = kept[:, :front] = kept[:, columns - back :] = False
    if augmentation.lower_end and rng.random() < augmentation.lower_end:
        kept[_lower_end(labels, rng) :] = False
    return np.where(kept, labels, np.uint8(0)), kept


def _lower_end(labels: LabelImage, rng: np.random.Generator) -> int:
    """Return the row at which the picture ends: in the lower third of S1 or less than one body below it.

    Where S1 is not labelled, the end lies half a body or more below L5-S1. Without L5-S1 the picture keeps its end.
    """

    def rows_of(name: str) -> npt.NDArray[np.intp]:
        return np.flatnonzero((labels == structure(name).label).any(axis=1))

    sacrum, last_body, last_disc = (rows_of(name) for name in (BODIES[-1], BODIES[-2], DISCS[-1]))
    if len(sacrum):
        return int(sacrum[0]) + int(len(sacrum) * rng.uniform(0.7, 1.7))
    if len(last_disc) and len(last_body):
        return int(last_disc[-1]) + int(len(last_body) * rng.uniform(0.5, 1.5))
    return len(labels)


def _bias_field(shape: tuple[int, int], strength: float, rng: np.random.Generator) -> FloatImage:
    row, column = np.meshgrid(*(np.linspace(-1, 1, n, dtype=np.float32) for n in shape), indexing="ij")
    terms = (row, column, row * column, row**2 - 0.5, column**2 - 0.5)
    return np.exp(sum(np.float32(_between(rng, strength)) * term for term in terms)).astype(np.float32)


def _ghosted(patch: FloatImage, strength: float, rng: np.random.Generator) -> FloatImage:
    """Add a displaced, faint copy along one axis, like ghosts of periodic motion in phase-encoding direction."""
    axis = int(rng.integers(2))
    shift = int(rng.integers(patch.shape[axis] // 8, patch.shape[axis] // 2))
    return patch + np.float32(rng.uniform(0, strength)) * np.roll(patch, shift, axis=axis)


def _coarser(patch: FloatImage, factor: float, rng: np.random.Generator) -> FloatImage:
    """Reduce the resolution along each axis by up to ``factor``, as in a scan with larger pixels."""
    shape = [max(8, round(n / rng.uniform(1, factor))) for n in patch.shape]
    image = torch.from_numpy(patch)[None, None]
    coarse = functional.interpolate(image, size=shape, mode="bilinear", align_corners=False, antialias=True)
    fine = functional.interpolate(coarse, size=patch.shape, mode="bilinear", align_corners=False)
    return np.asarray(fine[0, 0].numpy(), dtype=np.float32)


def _faded(patch: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Let the signal decay with the distance to a coil at the back, and beyond the coil's upper and lower end."""
    row, column = np.meshgrid(*(np.linspace(0, 1, n, dtype=np.float32) for n in patch.shape), indexing="ij")
    middle = np.float32(rng.uniform(0.3, 0.7))
    depth, along = (np.float32(rng.uniform(0, _FALLOFF)) for _ in range(2))
    return patch * np.exp(-depth * (1 - column) - 4 * along * (row - middle) ** 2)


def _remapped(patch: FloatImage, fold: float, rng: np.random.Generator) -> FloatImage:
    """Bend grey values by a random curve through 0; with probability ``fold`` one piece of it falls."""
    steps = rng.dirichlet(np.full(_CURVE_PIECES, 1.5))
    if rng.random() < fold:
        steps[rng.integers(_CURVE_PIECES)] *= -1
    curve = np.concatenate(([0.0], np.cumsum(steps)))
    places = np.linspace(0, 1, len(curve))
    return np.asarray(np.interp(patch / max(float(patch.max()), 1e-6), places, curve), dtype=np.float32)


def _in_8_bits(patch: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Window a patch tightly and keep few grey values; the result runs from 0 to 1."""
    low, high = np.quantile(patch, (rng.uniform(0, _WINDOW_SHARE), 1 - rng.uniform(0, _WINDOW_SHARE)))
    levels = np.floor(2.0 ** rng.uniform(_FEWEST_BITS, _MOST_BITS)) - 1
    windowed = np.clip((patch - low) / max(high - low, 1e-6), 0, 1)
    return np.asarray(np.round(windowed * levels) / levels, dtype=np.float32)


def _compressed(patch: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Return a patch as it comes back from a JPEG file."""
    low, high = float(patch.min()), float(patch.max())
    grey = np.round(255 * (patch - low) / max(high - low, 1e-6)).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(grey).save(stream, format="JPEG", quality=int(rng.integers(_WORST_QUALITY, _BEST_QUALITY + 1)))
    with Image.open(stream) as picture:
        return np.asarray(picture, dtype=np.float32) / np.float32(255)


def _exported(patch: FloatImage, augmentation: Augmentation, rng: np.random.Generator) -> FloatImage:
    """Vary what happens to grey values after the scan. A part that is switched off draws no random number."""
    if augmentation.falloff and rng.random() < augmentation.falloff:
        patch = _faded(patch, rng)
    if augmentation.remap and rng.random() < augmentation.remap:
        patch = _remapped(patch, augmentation.fold, rng)
    if augmentation.eight_bits and rng.random() < augmentation.eight_bits:
        patch = _in_8_bits(patch, rng)
    if augmentation.jpeg and rng.random() < augmentation.jpeg:
        patch = _compressed(patch, rng)
    return patch


def augment_signal(patch: FloatImage, augmentation: Augmentation, rng: np.random.Generator) -> FloatImage:
    """Vary contrast, shading, resolution, noise, ghosting, saturation and export of a patch (rows, columns).

    The result has an arbitrary scale. Normalise it afterwards, as at run time.
    """
    low, high = float(patch.min()), float(np.percentile(patch, 99.5))
    span = max(high - low, 1e-6)
    x = np.clip((patch - low) / span, 0, None).astype(np.float32)
    x = x ** np.float32(np.exp(_between(rng, augmentation.log_gamma)))
    if rng.random() < 0.7:
        x = x * _bias_field((x.shape[0], x.shape[1]), augmentation.bias, rng)
    if rng.random() < 0.4:
        x = gaussian_filter(x, rng.uniform(0, augmentation.blur_px, size=2))
    if rng.random() < 0.25:
        x = _coarser(x, augmentation.low_resolution, rng)
    if rng.random() < 0.2:
        x = _ghosted(x, augmentation.ghost, rng)
    if rng.random() < 0.6:
        sigma = np.float32(rng.uniform(0, augmentation.noise))
        noise = rng.normal(0, 1, (2, *x.shape)).astype(np.float32) * sigma
        x = np.hypot(x + noise[0], noise[1])  # Rician: the magnitude of a complex signal
    if rng.random() < 0.4:
        x = np.minimum(x, np.float32(1 - rng.uniform(0, augmentation.saturation)) * x.max())
    return np.asarray(_exported(x, augmentation, rng), dtype=np.float32)
