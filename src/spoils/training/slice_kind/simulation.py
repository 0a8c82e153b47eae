"""Kinds of images of which no free examples are at hand, made from T2 and T1 slices.

All images are float32 (rows, columns), 0 to 1. They need not be right in every pixel: they show what makes a kind, so
that a network finds it in real images. What it is worth is measured on real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, zoom
from skimage.transform import resize

__all__ = [
    "Tissues",
    "cut_above",
    "inverted",
    "like_ct",
    "mixed",
    "nothing",
    "projected",
    "resliced",
    "shuffled",
    "with_dark_fluid",
    "without_fat",
]

FloatArray = npt.NDArray[np.float32]
_AIR = 0.04
"""Darker pixels are taken for air."""


@dataclass(frozen=True, eq=False)
class Tissues:
    """The share, 0 to 1, of bone, disc and dural sac in each pixel (rows, columns)."""

    bone: FloatArray
    disc: FloatArray
    canal: FloatArray


def _clipped(image: npt.NDArray[np.floating]) -> FloatArray:
    return np.asarray(np.clip(image, 0, 1), dtype=np.float32)


def _median(image: FloatArray, share: FloatArray, otherwise: float) -> float:
    inside = image[share > 0.8]
    return float(np.median(inside)) if inside.size else otherwise


def without_fat(image: FloatArray, tissues: Tissues, rng: np.random.Generator) -> FloatArray:
    """Darken marrow and fat of a T2 slice, as fat suppression does, and stretch what is left to the whole range.

    Outside disc and sac, what is brighter than muscle is taken for fat; a little of it may be left, more near the
    edge, where suppression fails.
    """
    marrow = _median(image, tissues.bone, 0.4)
    disc = _median(image, tissues.disc, 0.2)
    spared = np.clip(tissues.disc + tissues.canal, 0, 1)
    spared = gaussian_filter(spared, 0.6)
    knee = min(0.9 * disc + 0.03, 0.5 * marrow)
    left = rng.uniform(0.05, 0.25)
    rows, columns = np.mgrid[0 : image.shape[0], 0 : image.shape[1]]
    failing = np.hypot(rows / image.shape[0] - 0.5, columns / image.shape[1] - 0.5) ** 2
    dark = np.minimum(image, knee) + (left + rng.uniform(0, 0.3) * failing) * np.maximum(image - knee, 0)
    oedema = 1 + 0.2 * gaussian_filter(rng.standard_normal(image.shape), 5) * 5
    bone = np.minimum(dark, rng.uniform(0.35, 0.9) * knee * oedema)
    dark = np.where(tissues.bone > 0.5, bone, dark)
    suppressed = spared * image + (1 - spared) * dark
    top = float(np.percentile(suppressed, 99.7))
    # The echo of most suppressed series is shorter than that of plain T2: muscle is less dark beside fluid.
    return _clipped(suppressed / max(top, 1e-3)) ** np.float32(rng.uniform(0.45, 1.0))


def with_dark_fluid(
    image: FloatArray, tissues: Tissues, rng: np.random.Generator, *, share: tuple[float, float]
) -> FloatArray:
    """Bring the sac of a T2 slice to a share of the signal of marrow, and discs and marrow nearer to each other."""
    marrow = _median(image, tissues.bone, 0.4)
    fluid = max(_median(image, tissues.canal, 0.8), 0.05)
    disc = max(_median(image, tissues.disc, 0.2), 0.02)
    canal, discs = gaussian_filter(tissues.canal, 0.6), gaussian_filter(tissues.disc, 0.4)
    wanted = rng.uniform(*share) * marrow
    sac = wanted + rng.uniform(-0.2, 0.25) * wanted * (image - fluid) / fluid
    raised = rng.uniform(0.45, 0.85) * marrow + 0.3 * (image - disc)
    remade = image * (1 - canal) + canal * sac
    remade = remade * (1 - discs) + discs * raised
    return _clipped(remade / max(float(np.percentile(remade, 99.7)), 1e-3))


def mixed(t1: FloatArray, t2: FloatArray, rng: np.random.Generator, *, coarse: bool = False) -> FloatArray:
    """Mix the T1 and the T2 slice of a patient, so that fluid is as bright as marrow or less.

    That is the contrast of proton density, and of the gradient echo of most localisers, which are also coarse.
    """
    if t1.shape != t2.shape:
        t2 = resize(t2, t1.shape, order=1, anti_aliasing=True).astype(np.float32)
    share = rng.uniform(0.15, 0.4)
    image = (1 - share) * t1 + share * t2
    if coarse:
        image = gaussian_filter(image, rng.uniform(0.8, 1.6))
        image = image + 0.04 * rng.standard_normal(image.shape)
    return _clipped(image / max(float(np.percentile(image, 99.7)), 1e-3))


def inverted(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Turn bright to dark; air turns bright too, or stays dark."""
    turned = 1 - image
    if rng.random() < 0.4:
        inside = gaussian_filter((image > _AIR).astype(np.float32), 3) > 0.5
        turned = np.where(inside, turned, 0)
    return _clipped(turned)


def like_ct(image: FloatArray, tissues: Tissues, rng: np.random.Generator) -> FloatArray:
    """Give bone, disc, sac, muscle, fat and air the grey values that a CT image has in a window for bone or tissue."""
    inside = np.clip(gaussian_filter((image > _AIR).astype(np.float32), 2) * 1.5 - 0.25, 0, 1)
    muscle, width = rng.uniform(0.3, 0.5), rng.uniform(0.03, 0.15)
    soft = muscle + width * (0.5 - np.clip(image / max(float(np.percentile(image, 95)), 1e-3), 0, 1.2))
    rim = np.clip(tissues.bone - gaussian_filter(tissues.bone, 1.2), 0, 1)
    bone = rng.uniform(0.55, 0.75) + 0.15 * gaussian_filter(rng.standard_normal(image.shape), 0.7) + 1.2 * rim
    remade = soft * (1 - tissues.bone) + tissues.bone * bone
    remade = remade * (1 - tissues.disc) + tissues.disc * (muscle + rng.uniform(0, 0.08))
    remade = remade * (1 - tissues.canal) + tissues.canal * (muscle - rng.uniform(0, 0.08))
    return _clipped(inside * remade + rng.uniform(0.005, 0.03) * rng.standard_normal(image.shape))


def cut_above(image: FloatArray, lumbar_rows: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Keep what lies above a row between the tops of L1 and L4: neither sacrum nor the lower discs."""
    upper, lower = lumbar_rows
    end = int(rng.uniform(0.3 * upper + 0.7 * lower, lower)) if rng.random() < 0.6 else int(rng.uniform(upper, lower))
    return image[: max(end, 30)]


def resliced(volume: FloatArray, slice_pixels: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield axial and coronal sections of a volume (slices, rows, columns), slices ``slice_pixels`` apart."""
    for axis in (1, 2):
        for _ in range(4):
            at = int(rng.uniform(0.25, 0.75) * volume.shape[axis])
            section = volume.take(at, axis=axis)
            # Axial: front to back down the picture; coronal: head to feet. Both with the patient's sides across it.
            section = zoom(section.T, (1, slice_pixels), order=1)
            scale = rng.uniform(1.0, 2.6)
            section = zoom(section, scale, order=1)
            length = int(min(section.shape[0], max(80, rng.uniform(0.6, 1.4) * section.shape[1])))
            start = int(rng.integers(section.shape[0] - length + 1))
            yield section[start : start + length].astype(np.float32)


def projected(volume: FloatArray, slice_pixels: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield pictures in which depth is lost, as on a radiograph from the side or from the front."""
    for _ in range(4):
        depth = volume ** rng.uniform(0.4, 1.2) if volume.min() >= 0 else volume
        side = gaussian_filter(depth.mean(axis=0), rng.uniform(0.0, 1.2))
        front = zoom(depth.mean(axis=2).T, (1, slice_pixels), order=1)
        for image in (side, front):
            high = float(np.percentile(image, 99.5))
            shown = np.clip(image / max(high, 1e-6), 0, 1)
            yield (1 - shown if rng.random() < 0.5 else shown).astype(np.float32)


def nothing(shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Return noise of some coarseness, perhaps on a few ellipses and boxes, as on a test object."""
    noise = gaussian_filter(rng.standard_normal(shape), rng.choice([0.0, 0.7, 2.0, 6.0]))
    image = noise / (3 * max(float(noise.std()), 1e-6)) + 0.5
    if rng.random() < 0.6:
        rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
        image *= rng.uniform(0.0, 0.4)
        for _ in range(int(rng.integers(1, 9))):
            row, column = (rng.uniform(0.15, 0.85) * size for size in shape)
            high, wide = rng.uniform(4, 0.4 * shape[0]), rng.uniform(4, 0.4 * shape[1])
            far = np.array((np.abs(rows - row) / high, np.abs(columns - column) / wide))
            inside = far.max(axis=0) < 1 if rng.random() < 0.4 else np.hypot(*far) < 1
            image[inside] += rng.uniform(-0.3, 0.7)
    return _clipped(image)


def shuffled(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Cut an image into tiles and put them together in another order, some of them turned."""
    side = int(rng.choice([16, 24, 32]))
    rows, columns = (size // side for size in image.shape)
    tiles = [image[r * side : (r + 1) * side, c * side : (c + 1) * side] for r in range(rows) for c in range(columns)]
    order = rng.permutation(len(tiles))
    turned = [np.rot90(tiles[i], int(rng.integers(4))) for i in order]
    return np.block([[turned[r * columns + c] for c in range(columns)] for r in range(rows)]).astype(np.float32)
