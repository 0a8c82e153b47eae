"""Class probabilities as a perfect, or a mistaken, network would give them."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest

from spoils.anatomy import N_CLASSES
from spoils.phantom import PhantomSpec, draw_slice

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
