"""Class probabilities as a perfect, or a mistaken, network would give them."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from spoils.anatomy import CHAIN, DISCS, N_CLASSES, Kind, structure
from spoils.phantom import PhantomSpec, draw_slice
from spoils.segmentation.components import Component

Labels = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


@pytest.fixture(scope="session")
def phantom_labels() -> Labels:
    """Labels of a healthy phantom's mid-sagittal slice, (400, 400) at 0.8 mm."""
    _, labels = draw_slice(PhantomSpec(spacing_mm=0.8, noise_sd=0.0))
    return labels


@pytest.fixture(scope="session")
def as_seen() -> Callable[..., Probabilities]:
    """Turn labels into probabilities (14, rows, columns); ``renamed`` says which classes the network mistakes."""

    def see(labels: Labels, renamed: Mapping[int, int] | None = None, certainty: float = 0.9) -> Probabilities:
        shown = labels.copy()
        for true, wrong in (renamed or {}).items():
            shown[labels == true] = wrong
        rest = (1 - certainty) / (N_CLASSES - 1)
        return np.where(np.arange(N_CLASSES)[:, None, None] == shown, certainty, rest).astype(np.float32)

    return see


@pytest.fixture(scope="session")
def seeing() -> Callable[..., SimpleNamespace]:
    """Make a network from what it sees: probabilities (14, rows, columns) for each slice of a batch."""

    def make(see: Callable[[npt.NDArray[np.float32]], list[Probabilities]]) -> SimpleNamespace:
        def run(image: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
            found = [_as_large(one, (image.shape[2], image.shape[3])) for one in see(image)]
            return {"probabilities": np.stack(found), "features": np.zeros((len(found), 1), np.float32)}

        return SimpleNamespace(run=run, record=SimpleNamespace(sha256="", extra={}))

    return make


def _as_large(probabilities: Probabilities, shape: tuple[int, int]) -> Probabilities:
    rows, columns = (np.arange(n) * of // n for n, of in zip(shape, probabilities.shape[1:], strict=True))
    return probabilities[:, rows[:, None], columns]


@pytest.fixture(scope="session")
def piece() -> Callable[..., Component]:
    """Make one rectangular piece that the network calls ``seen``, its top left corner at a row and a column."""

    def make(
        seen: str,
        row: int,
        column: int = 40,
        *,
        size: tuple[int, int] | None = None,
        shape: tuple[int, int] = (300, 140),
    ) -> Component:
        kind = structure(seen).kind
        height, width = size or ((24, 34) if kind is Kind.BODY else (9, 32))
        mask = np.zeros(shape, dtype=bool)
        mask[row : row + height, column : column + width] = True
        evidence = np.full(N_CLASSES, 0.005)
        evidence[structure(seen).label] = 1 - 0.005 * (N_CLASSES - 1)
        return Component(kind, mask, evidence)

    return make


@pytest.fixture(scope="session")
def column(piece) -> Callable[..., list[Component]]:
    """Make a whole straight column, caudal to cranial; ``seen`` says what the network calls some levels instead."""

    def make(
        seen: Mapping[str, str] | None = None, *, pitch: int = 36, top: int = 10, left: int = 40
    ) -> list[Component]:
        return [
            piece((seen or {}).get(name, name), top + round(pitch * place / 2) + (8 if name in DISCS else 0), left)
            for place, name in reversed(list(enumerate(CHAIN)))
        ]

    return make
