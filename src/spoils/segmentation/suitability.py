"""Refuses slices that show something else than a sagittal T2 image of the lumbar spine, by what a network sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from spoils.errors import UnsuitableInput
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.messages import message
from spoils.segmentation.limits import Limits
from spoils.segmentation.quality import require_t2
from spoils.segmentation.slice_kind import KINDS, T2, UPRIGHT, SliceKind
from spoils.segmentation.weighting import TissueSignal

__all__ = ["Suitability", "refused_kind"]

_SHOWN: Final = {
    "t1": "kind-t1",
    "fat-suppressed": "kind-fat-suppressed",
    "proton-density": "kind-proton-density",
    "ct": "kind-ct",
    "inverted": "kind-inverted",
    "radiograph": "kind-radiograph",
    "other-plane": "kind-other-plane",
    "other-region": "kind-other-region",
    "off-midline": "kind-off-midline",
    "localizer": "kind-localizer",
    "no-anatomy": "kind-no-anatomy",
}
"""What a slice of each kind is called in messages."""

_TURNED: Final = {
    "upside-down": "upside-down",
    "turned-180": "upside-down",
    "mirrored": "mirrored",
    "turned-90": "turned-sideways",
}
"""The message on a slice that lies in each way but upright."""

_OF_PLACE: Final = frozenset({"other-region", "off-midline"})
"""Kinds of T2 slices that show the wrong place. A level that the user gives says that the place is right."""


_MEASURABLE: Final = frozenset({"t1", "fat-suppressed", "proton-density", "localizer", "off-midline"})
"""Kinds that show a lumbar spine, in another contrast or beside the canal: the segmented slice gives more evidence."""


def _other(seen: SliceKind, *, place_is_given: bool) -> tuple[str, float]:
    """Return the likeliest kind besides T2, and the probability that the slice is of such a kind."""
    spared = {T2, *(_OF_PLACE if place_is_given else ())}
    others = {kind: seen.probability(kind) for kind in KINDS if kind not in spared}
    return max(others, key=lambda kind: others[kind]), sum(others.values())


def refused_kind(seen: SliceKind, limits: Limits) -> str | None:
    """Return what a slice shows instead of lumbar T2 where that is certain enough to refuse it; else None."""
    return _refused(seen, limits, place_is_given=False)


def _refused(seen: SliceKind, limits: Limits, *, place_is_given: bool) -> str | None:
    kind, probability = _other(seen, place_is_given=place_is_given)
    limit = limits.refuse_measurable_kind if kind in _MEASURABLE else limits.refuse_other_kind
    return kind if probability >= limit else None


def _refusal(kind: str) -> UnsuitableInput:
    return UnsuitableInput(message("not-of-kind", shown=message(_SHOWN[kind])))


@dataclass(frozen=True)
class Suitability:
    """What a slice shows, and what follows from it. Without a look at it nothing is refused or noted.

    ``place_is_given`` says that the user gives a level: the slice may then show another part of the spine, and lie as
    the user says.
    """

    seen: SliceKind | None
    limits: Limits
    place_is_given: bool = False

    @property
    def is_surely_t2(self) -> bool:
        """Whether the slice shows T2 for certain, so that its signal needs no further check."""
        return self.seen is not None and self.seen.probability(T2) >= self.limits.sure_t2

    @property
    def is_surely_upright(self) -> bool:
        """Whether the slice lies upright for certain, so that it need not be read upside down."""
        return self.seen is not None and self.seen.probability(UPRIGHT) >= self.limits.sure_upright

    def require(self) -> None:
        """Refuse a slice that surely shows something else than upright sagittal T2 of the lumbar spine.

        Raises:
            UnsuitableInput: it shows something else, or is turned.
        """
        if self.seen is None:
            return
        kind = _refused(self.seen, self.limits, place_is_given=self.place_is_given)
        if kind is not None:
            raise _refusal(kind)
        is_turned = 1 - self.seen.probability(UPRIGHT) >= self.limits.refuse_turned
        if is_turned and not self.place_is_given:
            raise UnsuitableInput(message(_TURNED[self.seen.turn]))

    def require_contrast(self, series: SagittalSeries, labels: LabelMap, mid_slice: int) -> None:
        """Refuse a segmented slice whose signal or order is not that of T2.

        Raises:
            UnsuitableInput: as ``require_t2``; or the kind of the slice is doubtful, and fluid is dim.
        """
        require_t2(series, labels, mid_slice, self.limits, is_surely_t2=self.is_surely_t2)
        self.require_fluid(TissueSignal.of(series.pixels[mid_slice], labels.labels[mid_slice]))

    def require_fluid(self, signal: TissueSignal) -> None:
        """Refuse a slice of doubtful kind on which fluid is not so much brighter than discs as on most T2.

        Discs that are brighter than marrow are healthy ones on T2.

        Raises:
            UnsuitableInput: it probably shows something else.
        """
        if self.seen is None or signal.disc > signal.marrow:
            return
        kind, probability = _other(self.seen, place_is_given=self.place_is_given)
        if probability >= self.limits.warn_other_kind and signal.fluid < self.limits.dim_fluid_over_disc * signal.disc:
            raise _refusal(kind)

    def notes(self) -> list[Note]:
        """Return the note on a slice that may show something else but is not refused; none as a rule."""
        if self.seen is None:
            return []
        kind, probability = _other(self.seen, place_is_given=self.place_is_given)
        if probability < self.limits.warn_other_kind:
            return []
        doubt = message("kind-doubtful", shown=message(_SHOWN[kind]), probability=probability)
        return [Note("kind-doubtful", doubt)]
