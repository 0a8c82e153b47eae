"""The middle slice, on which levels are counted: read in several looks, and refused unless it can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL
from spoils.images import Note
from spoils.segmentation.anomalies import anomaly_notes, has_disc_below_sacrum
from spoils.segmentation.checks import naming_notes
from spoils.segmentation.components import Component, canal_component
from spoils.segmentation.counting import Countings, ballot, counted
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits
from spoils.segmentation.looks import OTHER_LOOKS
from spoils.segmentation.naming import Naming, rename_components, renumbering_note, shifted
from spoils.segmentation.predict import Prediction
from spoils.segmentation.quality import (
    is_certain_of_sacrum,
    is_countable,
    require_counted,
    require_enough,
    require_lumbar,
    require_lumbar_size,
    require_pieces,
    require_sacrum_inside,
    require_upright,
    upside_down_notes,
)
from spoils.segmentation.reader import SliceReader
from spoils.segmentation.sacrum import weights_of_context

__all__ = ["Middle", "read_middle", "with_canal"]

_LEAST_COUNTABLE_SHARE = 0.5
"""Share of the looks in which a slice must be countable where the first look is not."""


@dataclass(frozen=True, eq=False)
class Middle:
    """The middle slice, as ``reader`` saw it: class probabilities, features and names.

    ``ballots`` are the votes of all looks on how to count ``naming``; there are none where the user counts. ``notes``
    are about the levels.
    """

    reader: SliceReader
    probabilities: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    naming: Naming
    parts: Mapping[str, Component]
    ballots: tuple[Countings | None, ...]
    notes: tuple[Note, ...]

    def countings(self, beside: Sequence[Countings | None], limits: Limits) -> Countings | None:
        """Return the distribution over the ways to count, with the votes of slices beside; None if the user counts."""
        found = counted([*self.ballots, *beside])
        if found is not None:
            found = found.weighed(*weights_of_context(self.naming, limits.endplate_bands))
        if found is not None and has_disc_below_sacrum(self.naming, limits):
            found = found.with_alternative(1, limits.transitional_alternative)
        return found


def with_canal(naming: Naming, probabilities: npt.NDArray[np.float32], pixel_area_mm2: float) -> dict[str, Component]:
    """Return the named parts together with the canal, where there is one."""
    canal = canal_component(probabilities, pixel_area_mm2)
    return {**naming.parts, **({CANAL: canal} if canal else {})}


def read_middle(
    reader: SliceReader, mid_slice: int, limits: Limits, hint: LevelHint | None, *, is_surely_upright: bool = False
) -> Middle:
    """Read the middle slice, and refuse it unless it shows an upright lumbar spine.

    With a hint the sacrum may be out of view and the count uncertain. A slice that seems upside down then gets a note
    and is not refused, as the user overrules the count that this rests on. A slice that ``is_surely_upright`` by its
    looks is not read upside down without a hint.

    Raises:
        UnsuitableInput: not a lumbar spine, upside down, sacrum out of view, or too few structures to count.
        UsageError: the hint can't be honoured.
    """
    pixels = reader.series.pixels[mid_slice]
    return (
        _counted(reader, pixels, limits, is_surely_upright) if hint is None else _numbered(reader, pixels, limits, hint)
    )


def _counted(reader: SliceReader, pixels: npt.NDArray[np.float32], limits: Limits, is_surely_upright: bool) -> Middle:
    prediction = reader.read([pixels])
    namings = [reader.named(prediction.probabilities[0]), *reader.recounted(pixels, OTHER_LOOKS)]
    naming, ways = namings[0], [is_countable(one, limits) for one in namings]
    if not ways[0] and sum(ways) >= _LEAST_COUNTABLE_SHARE * len(ways):
        naming = namings[ways.index(True)]
        reader = replace(reader, look=OTHER_LOOKS[ways.index(True) - 1])
        prediction = reader.read([pixels])
    require_lumbar(naming, limits)
    votes = counted(ballot(naming, other) for other in namings)
    if votes is not None and votes.best != 0 and is_countable(moved := shifted(naming, votes.best), limits):
        naming = moved
    ballots = tuple(ballot(naming, other) for other in namings)
    _require_suited(reader, pixels, naming, counted(ballots), limits)
    if not is_surely_upright and max(one.sacral_evidence for one in namings) < limits.sure_sacrum:
        turned = reader.read([pixels[::-1], pixels[::-1, ::-1]]).probabilities
        require_upright(namings, [reader.named(one) for one in turned], limits)
    notes = (*naming_notes(naming), *anomaly_notes(naming, limits))
    return _middle(reader, prediction, naming, ballots, notes)


def _require_suited(
    reader: SliceReader,
    pixels: npt.NDArray[np.float32],
    naming: Naming,
    votes: Countings | None,
    limits: Limits,
) -> None:
    """Refuse what can't be counted, by the naming of the slice and the votes of all looks at it."""
    require_counted(votes, limits)
    is_certain = is_certain_of_sacrum(naming, votes, limits)
    require_sacrum_inside(naming, pixels, reader.series.grid.spacing_mm[1], limits, is_certain=is_certain)
    require_lumbar_size(naming, _area_mm2(reader, naming), limits)


def _numbered(reader: SliceReader, pixels: npt.NDArray[np.float32], limits: Limits, hint: LevelHint) -> Middle:
    """Name the slice as the user says."""
    prediction = reader.read([pixels])
    turned = [reader.named(one) for one in reader.read([pixels[::-1], pixels[::-1, ::-1]]).probabilities]
    before = reader.named(prediction.probabilities[0])
    require_pieces(before.pieces, limits)
    place = reader.pixel_of(hint, prediction.probabilities[0])
    naming = rename_components(before.pieces, before, hint, place, limits)
    require_enough(naming, limits)
    require_lumbar_size(naming, _area_mm2(reader, naming), limits)
    notes = (
        renumbering_note(hint, before, naming),
        *upside_down_notes(before, turned, limits),
        *naming_notes(naming),
    )
    return _middle(reader, prediction, naming, (), notes)


def _area_mm2(reader: SliceReader, naming: Naming) -> float:
    return reader.pixel_area_mm2(naming.pieces[0].mask.shape)


def _middle(
    reader: SliceReader,
    prediction: Prediction,
    naming: Naming,
    ballots: tuple[Countings | None, ...],
    notes: tuple[Note, ...],
) -> Middle:
    seen = prediction.probabilities[0]
    parts = with_canal(naming, seen, reader.pixel_area_mm2(seen.shape))
    return Middle(reader, seen, prediction.features[0], naming, parts, ballots, notes)
