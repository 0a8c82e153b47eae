"""How certain the contour and the name of a structure are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import STRUCTURES
from spoils.segmentation.components import Component, kind_probabilities
from spoils.segmentation.naming import Naming

__all__ = ["StructureConfidence", "structure_confidence"]


@dataclass(frozen=True)
class StructureConfidence:
    """Two probabilities, 0 to 1.

    ``contour`` is the network's mean probability of the kind (body, disc, canal) inside the contour; ``level`` the
    probability that the structure is the level it is called, 1 for the canal.
    """

    contour: float
    level: float

    @property
    def whole(self) -> float:
        """Probability that contour and name are both right."""
        return self.contour * self.level

    @property
    def is_blurred(self) -> bool:
        """Whether the contour is less certain than the name."""
        return self.contour <= self.level


def structure_confidence(
    probabilities: npt.NDArray[np.float32], parts: Mapping[str, Component], naming: Naming
) -> dict[str, StructureConfidence]:
    """Return the confidence of each of ``parts`` (named, with the canal), by rising label value."""
    kinds = kind_probabilities(probabilities)
    return {
        s.name: StructureConfidence(
            contour=min(float(kinds[s.kind][parts[s.name].mask].mean()), 1.0), level=naming.confidence.get(s.name, 1.0)
        )
        for s in STRUCTURES
        if s.name in parts
    }
