"""Cross-validation of the network for the kind of a slice: every picture is judged by a fit that never saw its source.

The T2 slices of each small source are held out as a whole, one source with each fold. SPIDER, the only source with T1
slices, is split by patient. T2 SPACE is held out together with its patients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from spoils.errors import InputUnreadable
from spoils.segmentation import KINDS, T2, TURNS, Limits, SliceKind, load_limits, refused_kind
from spoils.training.data import SPIDER, assign_folds
from spoils.training.progress import Progress, no_progress, part, turn
from spoils.training.slice_kind.fit import KindPlan, fit_kinds, predicted
from spoils.training.slice_kind.network import KindNetwork
from spoils.training.slice_kind.pictures import SPACE, Picture, read_pictures, turned

__all__ = [
    "ALL",
    "FOLDS",
    "Judged",
    "cross_validate_kinds",
    "fold_of",
    "judge_folds",
    "kind_document",
    "network_of",
    "pictures_of",
    "plan_of",
]

FOLDS = 5
ALL = "all"
"""Name of the fit that holds nothing out."""

_NAMED = 20
"""As many patients are named in the document; where there are more, none."""

_PLAN_NAME = "plan.json"
_WITH_FOLD = {"vb1": 0, "vb2": 1, "ivd": 2, "vesal": 3, SPACE: 4}
"""Sources that are held out as a whole, by their fold."""


@dataclass(frozen=True)
class Judged:
    """A picture and what the fit that never saw it says."""

    kind: str
    source: str
    patient: str
    simulated: bool
    turn: str
    seen: SliceKind


def fold_of(pictures: Sequence[Picture]) -> list[int]:
    """Return the fold that holds each picture out."""
    of_space = {one.patient for one in pictures if one.source == SPACE}
    others = {one.patient for one in pictures if one.source == SPIDER} - of_space
    count = FOLDS - 1 if of_space else FOLDS
    of_spider = assign_folds(dict.fromkeys(others, SPIDER), count) if len(others) >= count else dict.fromkeys(others, 0)
    of_spider |= dict.fromkeys(of_space, _WITH_FOLD[SPACE])
    made = {one.patient for one in pictures if one.source not in (*_WITH_FOLD, SPIDER)}
    of_made = {patient: number % FOLDS for number, patient in enumerate(sorted(made))}
    return [
        of_spider[one.patient]
        if one.source in (SPIDER, SPACE)
        else _WITH_FOLD.get(one.source, of_made.get(one.patient, 0))
        for one in pictures
    ]


def plan_of(out: Path) -> KindPlan:
    """Return the plan of the fits in the folder ``out``.

    Raises:
        InputUnreadable: the folder holds no plan that can be read.
    """
    try:
        return KindPlan(**json.loads((out / _PLAN_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputUnreadable(f"{out.name} holds no fits of slice kinds; run 'spoils train slice-kind'.") from error


def network_of(out: Path, name: str) -> KindNetwork:
    """Return the fit called ``name`` in the folder ``out``.

    Raises:
        InputUnreadable: the folder holds no such fit.
    """
    network, path = KindNetwork(plan_of(out).width), out / f"{name}.pt"
    if not path.is_file():
        raise InputUnreadable(f"{out.name} holds no fit called {name}; run 'spoils train slice-kind'.")
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def _fold_name(fold: int) -> str:
    return f"fold-{fold}"


def _fit_once(pictures: Sequence[Picture], out: Path, name: str, plan: KindPlan, progress: Progress) -> None:
    path = out / f"{name}.pt"
    if path.is_file():
        return
    network = fit_kinds(pictures, plan, progress)
    partial = path.with_suffix(".partial")
    torch.save(network.state_dict(), partial)
    partial.replace(path)


def cross_validate_kinds(data: Path, out: Path, plan: KindPlan, progress: Progress = no_progress) -> list[Picture]:
    """Fit the network of each fold, and one on all pictures; fits of the same plan in ``out`` are kept.

    Args:
        data: see ``read_pictures``.
        out: folder of the fits.
        plan: how each is fitted.
        progress: called with the stage and the share of the work done.

    Returns:
        The pictures.

    Raises:
        InputUnreadable: there are no data, or ``out`` holds fits of another plan.
    """
    out.mkdir(parents=True, exist_ok=True)
    if (out / _PLAN_NAME).is_file() and plan_of(out) != plan:
        raise InputUnreadable(f"{out.name} holds fits of another plan; choose another folder.")
    (out / _PLAN_NAME).write_text(json.dumps(asdict(plan), indent=1, sort_keys=True), encoding="utf-8")
    pictures = pictures_of(data, plan, part(progress, 0.0, 0.2))
    folds, fitting = fold_of(pictures), part(progress, 0.2, 1.0)
    for fold in range(FOLDS):
        kept = [one for one, held in zip(pictures, folds, strict=True) if held != fold]
        _fit_once(kept, out, _fold_name(fold), plan, turn(fitting, fold, FOLDS + 1))
    _fit_once(pictures, out, ALL, plan, turn(fitting, FOLDS, FOLDS + 1))
    return pictures


def pictures_of(data: Path, plan: KindPlan, progress: Progress = no_progress) -> list[Picture]:
    """Return the pictures that fits of this plan learn from; see ``read_pictures``."""
    return read_pictures(data, seed=plan.seed, phantoms=plan.phantoms, progress=progress)


def judge_folds(pictures: Sequence[Picture], out: Path) -> list[Judged]:
    """Judge every picture, and every T2 slice turned in each way, with the fit of the fold that held it out."""
    folds, judged = fold_of(pictures), []
    for fold in range(FOLDS):
        network = network_of(out, _fold_name(fold))
        held = [one for one, of in zip(pictures, folds, strict=True) if of == fold]
        judged += _judged(network, held, TURNS[0])
        suitable = [one for one in held if one.kind == T2]
        for name in TURNS[1:]:
            judged += _judged(network, [turned(one, name) for one in suitable], name)
    return judged


def _judged(network: KindNetwork, pictures: Sequence[Picture], turn_: str) -> list[Judged]:
    if not pictures:
        return []
    kinds, turns = predicted(network, pictures)
    return [
        Judged(one.kind, one.source, one.patient, one.simulated, turn_, SliceKind(tuple(k), tuple(t)))
        for one, k, t in zip(pictures, kinds.tolist(), turns.tolist(), strict=True)
    ]


def kind_document(judged: Sequence[Judged], limits: Limits | None = None) -> dict[str, Any]:
    """Return the confusion of kinds and of turns, and what would be refused, by kind and source.

    Args:
        judged: pictures judged by fits that never saw them.
        limits: those of the product by default.
    """
    limits = limits or load_limits()
    upright = [one for one in judged if one.turn == TURNS[0]]
    groups = sorted({(KINDS.index(one.kind), one.source, one.simulated) for one in upright})
    rows = []
    for number, source, simulated in groups:
        ones = [one for one in upright if (one.kind, one.source, one.simulated) == (KINDS[number], source, simulated)]
        refused = [one for one in ones if refused_kind(one.seen, limits)]
        rows.append(
            {
                "kind": KINDS[number],
                "source": source,
                "simulated": simulated,
                "pictures": len(ones),
                "patients": len({one.patient for one in ones}),
                "refused": len(refused),
                "called": _counts([one.seen.kind for one in ones]),
            }
        )
    return {
        "by_kind_and_source": rows,
        "turns": {name: _turn_row([one for one in judged if one.kind == T2 and one.turn == name]) for name in TURNS},
        "suitable": _share([one for one in upright if one.kind == T2 and one.source != "phantom"], limits),
        "t1": _share([one for one in upright if one.kind == "t1" and not one.simulated], limits),
    }


def _counts(names: Sequence[str]) -> dict[str, int]:
    values, counts = np.unique(np.array(names), return_counts=True)
    order: npt.NDArray[np.intp] = np.argsort(-counts, kind="stable")
    return {str(values[i]): int(counts[i]) for i in order}


def _turn_row(ones: Sequence[Judged]) -> Mapping[str, Any]:
    return {"pictures": len(ones), "called": _counts([one.seen.turn for one in ones]) if ones else {}}


def _name(one: Judged) -> str:
    return f"{one.source} {one.patient}"


def _share(ones: Sequence[Judged], limits: Limits) -> Mapping[str, Any]:
    refused = [one for one in ones if refused_kind(one.seen, limits)]
    accepted = [one for one in ones if not refused_kind(one.seen, limits)]
    return {
        "pictures": len(ones),
        "refused": len(refused),
        "refused_patients": [] if len(refused) > _NAMED else sorted({_name(one) for one in refused}),
        "accepted_patients": [] if len(accepted) > _NAMED else sorted({_name(one) for one in accepted}),
    }
