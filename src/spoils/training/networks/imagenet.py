"""Initialisation of encoders with the ImageNet weights that torchvision publishes, from a local file."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from spoils.errors import InputUnreadable, UsageError
from spoils.training.networks.encoders import Encoder

__all__ = ["load_imagenet"]

_COLOURS = 3

_LEFT_OUT = ("fc.", "classifier.", "features.18.")
"""Published layers that encoders do not have."""

_NOT_PUBLISHED = (".num_batches_tracked", ".downsample.0.bias")
"""Layers that a file may lack: a counter that is missing in older files, and MONAI's bias of the shortcuts."""


def load_imagenet(encoder: Encoder, path: Path) -> None:
    """Set every layer of ``encoder`` from torchvision's weights in ``path``, a ``.pth`` or ``.safetensors`` file.

    The first convolution is summed over red, green and blue and divided evenly among the encoder's input channels. Its
    output for a grey image then equals that of the original for the same image in three equal colours. torchvision's
    shortcuts have no bias, so our bias is set to zero.

    Raises:
        InputUnreadable: the file is missing or holds no weights by name.
        UsageError: the weights are of another network or width. The message names the layer that does not fit.
    """
    published = {name: value for name, value in _read(path).items() if not name.startswith(_LEFT_OUT)}
    own = encoder.trunk.state_dict()
    first = next(iter(own))
    _check_names(own, published, path.name)
    for name, value in own.items():
        due = (len(value), _COLOURS, *value.shape[2:]) if name == first else tuple(value.shape)
        found = tuple(published.setdefault(name, torch.zeros_like(value)).shape)
        if found != due:
            raise UsageError(
                f"{path.name} does not fit the encoder: {name} is {_size(found)} there and {_size(due)} here; "
                f"torchvision's weights need width {encoder.published_width}."
            )
    channels = own[first].shape[1]
    published[first] = published[first].sum(dim=1, keepdim=True).repeat(1, channels, 1, 1) / channels
    encoder.trunk.load_state_dict(published)


def _check_names(own: Collection[str], published: Collection[str], file_name: str) -> None:
    missing = [name for name in own if name not in published and not name.endswith(_NOT_PUBLISHED)]
    surplus = [name for name in published if name not in own]
    if missing or surplus:
        what = f"it lacks {missing[0]}" if missing else f"it has {surplus[0]}"
        raise UsageError(f"{file_name} holds the weights of another network than this encoder: {what}.")


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(n) for n in shape)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        found = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pth(path)
    except OSError as error:
        raise InputUnreadable(f"There are no weights to read at {path.name}.") from error
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise InputUnreadable(f"The file {path.name} holds no weights by name.")
    return found


def _read_pth(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (EOFError, LookupError, RuntimeError, UnpicklingError, ValueError) as error:
        raise InputUnreadable(f"The weights {path.name} can't be read.") from error


def _read_safetensors(path: Path) -> object:
    try:
        safetensors = importlib.import_module("safetensors")
        load_file = importlib.import_module("safetensors.torch").load_file
    except ImportError as error:
        raise UsageError(f"Reading {path.name} needs the package safetensors.") from error
    try:
        return load_file(path)
    except safetensors.SafetensorError as error:
        raise InputUnreadable(f"The weights {path.name} can't be read.") from error
