"""The figures of the paper, as data with their source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

__all__ = ["DRAWN_ONLY", "NOT_AT_HAND", "Published", "read_published"]

_FILE = Path(__file__).parent / "published.json"

Figures = dict[str, dict[str, float]]
"""Figures by protocol and name, as shares."""

DRAWN_ONLY = "chart only"
NOT_AT_HAND = "not available"

_DRAWN_FIGURES = ("accuracy", "iou")
"""Figures that the paper's bar charts show for each grader."""


class Published(BaseModel):
    """The figures of the paper.

    Attributes:
        source: citation of the paper.
        data: description of its data.
        cohort: number of patients by characteristic.
        protocols: meaning of each protocol.
        segmentation: figures of the segmentation, by protocol.
        image_epochs: epochs of its image graders.
        graders: figures by our name of the grader, and by protocol.
        drawn: the chart of each grader that the paper shows as bars, without a number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    data: str
    cohort: dict[str, dict[str, int]]
    protocols: dict[str, str]
    segmentation: Figures
    image_epochs: int
    graders: dict[str, Figures]
    drawn: dict[str, str]

    @model_validator(mode="after")
    def _protocols_are_explained(self) -> Self:
        named = {protocol for figures in (self.segmentation, *self.graders.values()) for protocol in figures}
        if not named <= self.protocols.keys():
            raise ValueError("a protocol is not explained")
        return self

    def figure(self, grader: str, protocol: str, name: str) -> float | None:
        """Return a grader's published figure under one protocol; None if its number is not available.

        >>> read_published().figure("mobilenet-v2", "one split", "accuracy")
        0.864
        >>> read_published().figure("svm", "one split", "accuracy") is None
        True
        """
        return self.graders.get(grader, {}).get(protocol, {}).get(name)

    def rows(self, grader: str) -> tuple[str, ...]:
        """Return the protocols with numbers for a grader. If there are none, return the chart that shows it.

        >>> read_published().rows("boosting"), read_published().rows("svm")
        (('one split',), ('figure 7',))
        """
        if grader in self.graders:
            return tuple(self.graders[grader])
        return (self.drawn[grader],) if grader in self.drawn else ()

    def cell(self, grader: str, row: str, name: str) -> str:
        """Return the cell of a figure in one of ``rows``: the number, or why there is none.

        >>> published = read_published()
        >>> [published.cell("mobilenet-v2", "one split", name) for name in ("iou", "recall")]
        ['0.7427', 'not available']
        >>> published.cell("svm", "figure 7", "accuracy")
        'chart only'
        """
        known = self.figure(grader, row, name)
        if known is not None:
            return f"{known:.4f}"
        return DRAWN_ONLY if row == self.drawn.get(grader) and name in _DRAWN_FIGURES else NOT_AT_HAND


@cache
def read_published() -> Published:
    """Return the validated figures of the paper."""
    return Published.model_validate_json(_FILE.read_text(encoding="utf-8"))
