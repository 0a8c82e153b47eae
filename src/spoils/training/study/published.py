"""What the paper reports, as data with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

__all__ = ["Published", "read_published"]

_FILE = Path(__file__).parent / "published.json"

Figures = dict[str, dict[str, float]]
"""Figures by protocol and name, as shares."""


class Published(BaseModel):
    """The figures of the paper.

    ``cohort`` counts patients; ``segmentation`` holds figures by protocol, ``graders`` by our name of the model and
    protocol. A model that is missing was drawn in the paper but its numbers are not at hand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    data: str
    cohort: dict[str, dict[str, int]]
    segmentation: Figures
    graders: dict[str, Figures]

    def figure(self, grader: str, name: str) -> float | None:
        """Return the highest of a grader's published figures: the one that the paper's abstract tells.

        >>> read_published().figure("mobilenet-v2", "accuracy")
        0.9784
        >>> read_published().figure("svm", "accuracy") is None
        True
        """
        found = [figures[name] for figures in self.graders.get(grader, {}).values() if name in figures]
        return max(found, default=None)


@cache
def read_published() -> Published:
    """Return the figures of the paper, checked against their form."""
    return Published.model_validate_json(_FILE.read_text(encoding="utf-8"))
