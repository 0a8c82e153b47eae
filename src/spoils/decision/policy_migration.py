"""Reads policy files of an earlier format."""

from __future__ import annotations

from typing import Any

__all__ = ["from_format_2"]


def from_format_2(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a policy file of format 2 in format 3, where score bands are no longer called burdens.

    Whatever is not as format 2 has it is left as it is, for the schema to refuse.

    >>> scale = {"bands": [{"name": "mild", "up_to": 3, "burden": "low"}], "burden_reason": "Customary."}
    >>> from_format_2({"format": 2, "scores": {"nrs": scale}})["scores"]["nrs"]
    {'bands': [{'name': 'mild', 'up_to': 3, 'score_band': 'low'}], 'score_band_reason': 'Customary.'}
    """
    scores = content.get("scores")
    if not isinstance(scores, dict):
        return content | {"format": 3}
    return content | {"format": 3, "scores": {name: _scale(scale) for name, scale in scores.items()}}


def _scale(scale: object) -> object:
    renamed = _renamed(scale, {"burden_reason": "score_band_reason", "burden_source": "score_band_source"})
    if not isinstance(renamed, dict) or not isinstance(renamed.get("bands"), list):
        return renamed
    return renamed | {"bands": [_renamed(band, {"burden": "score_band"}) for band in renamed["bands"]]}


def _renamed(part: object, names: dict[str, str]) -> object:
    return {names.get(key, key): value for key, value in part.items()} if isinstance(part, dict) else part
