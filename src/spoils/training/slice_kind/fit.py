"""Fitting of the network for the kind of a slice: a few minutes on one core, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from spoils.errors import InputUnreadable
from spoils.segmentation import KINDS, T2
from spoils.training.progress import Progress, no_progress
from spoils.training.slice_kind.augmentation import augmented, plain
from spoils.training.slice_kind.network import KindNetwork
from spoils.training.slice_kind.pictures import Picture, stacked

__all__ = ["KindPlan", "fit_kinds", "predicted"]

_T2_SHARE, _T1_SHARE, _FAT_SHARE = 0.42, 0.16, 0.09
"""Shares of these kinds in a batch; the others have equal parts of the rest."""

_SOURCE_POWER = 0.5
"""Sources within a kind are drawn by this power of their size: small ones more often than they come."""

_TURNED_KINDS = (T2, "t1", "fat-suppressed", "proton-density")
_SMOOTHING = 0.02


@dataclass(frozen=True)
class KindPlan:
    """How a network is fitted, and the number of synthetic patients among its pictures."""

    steps: int = 800
    batch: int = 32
    width: int = 12
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    warm_up: float = 0.15
    phantoms: int = 80
    seed: int = 0


def _weights(pictures: Sequence[Picture]) -> Tensor:
    """Return how often each picture is drawn."""
    kinds = np.array([one.kind for one in pictures])
    sources = np.array([one.source for one in pictures])
    present = [kind for kind in KINDS if (kinds == kind).any()]
    fixed = {T2: _T2_SHARE, "t1": _T1_SHARE, "fat-suppressed": _FAT_SHARE}
    others = [kind for kind in present if kind not in fixed]
    rest = 1 - sum(fixed[kind] for kind in present if kind in fixed)
    weights = np.zeros(len(pictures))
    for kind in present:
        share = fixed.get(kind, rest / max(len(others), 1))
        of_kind = kinds == kind
        sizes = {source: int((of_kind & (sources == source)).sum()) for source in np.unique(sources[of_kind])}
        total = sum(size**_SOURCE_POWER for size in sizes.values())
        for source, size in sizes.items():
            weights[of_kind & (sources == source)] = share * size**_SOURCE_POWER / total / size
    return torch.from_numpy(weights)


def fit_kinds(pictures: Sequence[Picture], plan: KindPlan, progress: Progress = no_progress) -> KindNetwork:
    """Fit a network to pictures.

    Raises:
        InputUnreadable: there is no T2 picture among them, or nothing else.
    """
    if len({one.kind for one in pictures}) < 2 or not any(one.kind == T2 for one in pictures):
        raise InputUnreadable("The pictures hold no T2 slice, or nothing else, so there is no kind to learn.")
    generator = torch.Generator().manual_seed(plan.seed)
    images, valid = (torch.from_numpy(part)[:, None] for part in stacked(pictures))
    kinds = torch.tensor([KINDS.index(one.kind) for one in pictures])
    may_turn = torch.tensor([one.kind in _TURNED_KINDS for one in pictures])
    weights = _weights(pictures)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        network = KindNetwork(plan.width).train()
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimiser = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, plan.learning_rate, total_steps=plan.steps, pct_start=plan.warm_up
        )
        for step in range(plan.steps):
            drawn = torch.multinomial(weights, plan.batch, replacement=True, generator=generator)
            batch, turns = augmented(images[drawn], valid[drawn].float(), may_turn[drawn], generator)
            loss = _loss(network(batch), kinds[drawn], turns, may_turn[drawn])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            progress(f"step {step + 1} of {plan.steps}, loss {loss.item():.3f}", (step + 1) / plan.steps)
    return network.eval()


def _loss(scores: tuple[Tensor, Tensor], kinds: Tensor, turns: Tensor, may_turn: Tensor) -> Tensor:
    """Return the loss of kinds and, where a picture may be turned, of turns."""
    of_kinds = functional.cross_entropy(scores[0], kinds, label_smoothing=_SMOOTHING)
    if not may_turn.any():
        return of_kinds
    return of_kinds + 0.5 * functional.cross_entropy(scores[1][may_turn], turns[may_turn], label_smoothing=_SMOOTHING)


def predicted(
    network: KindNetwork, pictures: Sequence[Picture], batch: int = 64
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return probabilities of kinds (n, kinds) and turns (n, turns) of pictures as they are."""
    kinds, turns = [], []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            images, valid = (torch.from_numpy(p).float()[:, None] for p in stacked(pictures[start : start + batch]))
            found = network(plain(images, valid))
            kinds.append(found[0].softmax(dim=1))
            turns.append(found[1].softmax(dim=1))
    return torch.cat(kinds).numpy(), torch.cat(turns).numpy()
