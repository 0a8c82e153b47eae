"""Verified ONNX sessions: weights are run only if they are the ones that the manifest names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spoils.config import Settings
from spoils.errors import ModelMismatch, ModelMissing
from spoils.messages import message
from spoils.models.manifest import ModelRecord, find_record, models_folder

if TYPE_CHECKING:
    from spoils.models.runtime import InferenceSession

__all__ = ["LoadedModel", "load_model"]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to run on the processor: its record and its ONNX Runtime session."""

    record: ModelRecord
    session: InferenceSession

    def run(self, **inputs: npt.ArrayLike) -> dict[str, npt.NDArray[Any]]:
        """Run the network once on inputs given by name; return every output by name.

        Raises:
            ModelMismatch: the network does not take these inputs; or, once it is asked for, it lacks an output.
        """
        from spoils.models.runtime import UNUSABLE_MODEL  # noqa: PLC0415 - as below

        names = [output.name for output in self.session.get_outputs()]
        feed = {name: np.asarray(value) for name, value in inputs.items()}
        try:
            values = self.session.run(names, feed)
        except UNUSABLE_MODEL as error:
            raise ModelMismatch(message("model-not-fitting", name=self.record.name)) from error
        return _Outputs(self.record.name, dict(zip(names, values, strict=True)))


class _Outputs(dict[str, npt.NDArray[Any]]):
    """The outputs of a network; one that it does not have means that it is another network."""

    def __init__(self, network: str, values: dict[str, npt.NDArray[Any]]) -> None:
        super().__init__(values)
        self._network = network

    def __missing__(self, name: str) -> npt.NDArray[Any]:
        raise ModelMismatch(message("model-not-fitting", name=self._network))


def load_model(name: str, settings: Settings | None = None) -> LoadedModel:
    """Load the model called ``name`` after checking its weights against the manifest.

    Later calls with the same weights and number of threads reuse the session.

    Raises:
        ModelMissing: the manifest, the model or its weights are not there, or can't be read.
        ModelMismatch: the manifest is not valid, or the weights do not have its hash or are no network.
    """
    settings = settings or Settings()
    record = find_record(name, settings)
    weights = (models_folder(settings) / record.file).resolve()
    if not weights.is_file():
        raise ModelMissing(message("model-weights-missing", name=name))
    return LoadedModel(record, _verified_session(weights, record.sha256, settings.threads))


@lru_cache(maxsize=8)
def _verified_session(weights: Path, sha256: str, threads: int) -> InferenceSession:
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise ModelMissing(message("model-file-unreadable", file=weights.name)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelMismatch(message("model-weights-differ", file=weights.name))
    return _open_session(content, threads, weights.name)


def _open_session(content: bytes, threads: int, name: str) -> InferenceSession:
    # Late: importing it takes longer than most commands, and few need a network.
    from spoils.models.runtime import (  # noqa: PLC0415
        LOG_NOTHING,
        UNUSABLE_MODEL,
        InferenceSession,
        SessionOptions,
    )

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = LOG_NOTHING
    # Threads that wait in a loop take the cores from whatever else runs: a third of the time on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The bytes that were hashed are the bytes that run: the file is not read a second time.
    try:
        return InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except UNUSABLE_MODEL as error:
        raise ModelMismatch(message("model-not-onnx", file=name)) from error
