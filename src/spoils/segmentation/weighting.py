"""T2 weighting and fat suppression of a slice, from the signal of fluid, marrow and discs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.segmentation.limits import Limits

__all__ = ["TissueSignal"]


@dataclass(frozen=True)
class TissueSignal:
    """Signal on one slice above that of air, in the units of the image.

    ``fluid`` is CSF, ``marrow`` and ``disc`` are medians over all bodies and all discs, ``dark_disc`` is the lower
    quartile of the discs: annulus and worn discs.
    """

    fluid: float
    marrow: float
    disc: float
    dark_disc: float

    @classmethod
    def of(cls, pixels: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> TissueSignal:
        """Measure a slice (rows, columns) by its label values, which hold the canal, a body and a disc.

        Cord and roots darken the sac, so its upper quartile is taken as fluid.
        """
        air = np.percentile(pixels, 1)
        bone, disc = (
            pixels[np.isin(labels, [structure(name).label for name in names])] - air for names in (BODIES, DISCS)
        )
        fluid = np.percentile(pixels[labels == structure(CANAL).label], 75) - air
        return cls(float(fluid), float(np.median(bone)), float(np.median(disc)), float(np.percentile(disc, 25)))

    def has_bright_fluid(self, limits: Limits) -> bool:
        """Say whether fluid is as bright beside bone and disc as T2 weighting makes it.

        A healthy disc may be as bright as fluid on T2, but then it is brighter than bone.
        """
        return self.fluid > limits.min_fluid_over_bone * self.marrow and (
            self.fluid > limits.min_fluid_over_disc * self.disc or self.disc > self.marrow
        )

    def has_dark_fat(self, limits: Limits) -> bool:
        """Say whether marrow, which is half fat, is so dark that the signal of fat must have been suppressed.

        It is compared with fluid and with the dark of the discs: on T2 it lies well above the latter, with
        fat suppression barely. Where the window of an image cuts off both, only the comparison with fluid is left.
        """
        between = float(np.sqrt(self.fluid * max(self.dark_disc, 0.0)))
        return self.marrow < max(limits.min_marrow_over_fluid * self.fluid, limits.min_marrow_over_between * between)
