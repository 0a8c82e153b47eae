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

_LOG_ERRORS_ONLY = 3


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to run on the processor: its record and its ONNX Runtime session."""

    record: ModelRecord
    session: InferenceSession

    def run(self, **inputs: npt.ArrayLike) -> dict[str, npt.NDArray[Any]]:
        """Run the network once on inputs given by name; return every output by name."""
        names = [output.name for output in self.session.get_outputs()]
        feed = {name: np.asarray(value) for name, value in inputs.items()}
        return dict(zip(names, self.session.run(names, feed), strict=True))


def load_model(name: str, settings: Settings | None = None) -> LoadedModel:
    """Load the model called ``name`` after checking its weights against the manifest.

    Later calls with the same weights and number of threads reuse the session.

    Raises:
        ModelMissing: the manifest, the model or its weights are not there.
        ModelMismatch: the manifest is not valid, or the weights do not have its hash.
    """
    settings = settings or Settings()
    record = find_record(name, settings)
    weights = (models_folder(settings) / record.file).resolve()
    if not weights.is_file():
        raise ModelMissing(message("model-weights-missing", name=name))
    return LoadedModel(record, _verified_session(weights, record.sha256, settings.threads))


@lru_cache(maxsize=8)
def _verified_session(weights: Path, sha256: str, threads: int) -> InferenceSession:
    content = weights.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelMismatch(message("model-weights-differ", file=weights.name))
    return _open_session(content, threads)


def _open_session(content: bytes, threads: int) -> InferenceSession:
    # Late: importing it takes longer than most commands, and few need a network.
    from spoils.models.runtime import InferenceSession, SessionOptions  # noqa: PLC0415

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _LOG_ERRORS_ONLY
    # Threads that wait in a loop take the cores from whatever else runs: a third of the time on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The bytes that were hashed are the bytes that run: the file is not read a second time.
    return InferenceSession(content, options, providers=["CPUExecutionProvider"])
