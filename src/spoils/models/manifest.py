"""The manifest: what each model is, where it comes from, and the hash that its weights must have.

A model folder holds ``manifest.json`` beside the weights that it names (``*.onnx``).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator, model_validator

from spoils.config import Settings
from spoils.errors import ModelMismatch, ModelMissing
from spoils.messages import message

__all__ = [
    "MANIFEST_NAME",
    "PACKAGED_MODELS",
    "ModelDescription",
    "ModelRecord",
    "find_record",
    "installed_models",
    "models_folder",
    "register_model",
]

MANIFEST_NAME = "manifest.json"
PACKAGED_MODELS = Path(__file__).parent / "weights"

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelDescription(_Entry):
    """What the maker of a model says about it.

    ``preprocessing`` and ``extra`` are free for the room that uses the model (window, spacing, order of inputs and
    classes). ``metrics`` are free too, but name under ``command`` the command that computed them.
    """

    name: Slug
    task: Slug
    preprocessing: dict[str, JsonValue]
    licence: Annotated[str, Field(min_length=1)]
    training_data: Annotated[tuple[str, ...], Field(min_length=1)]
    metrics: dict[str, JsonValue]
    created: datetime
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("metrics")
    @classmethod
    def _metrics_name_their_command(cls, metrics: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if not isinstance(metrics.get("command"), str):
            raise ValueError("metrics need the command that computed them, as 'command'")
        return metrics


class ModelRecord(ModelDescription):
    """A model as the manifest lists it: its description with the name, size and SHA-256 of its weights."""

    file: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.onnx$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=1)]


class _Manifest(_Entry):
    schema_version: Literal[1] = 1
    models: tuple[ModelRecord, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [record.name for record in self.models]
        if len(set(names)) != len(names):
            raise ValueError("two models have the same name")
        return self

    def to_json(self) -> str:
        """Return the same text for the same content: sorted models and keys, one final newline."""
        content = self.model_dump(mode="json")
        content["models"].sort(key=lambda record: record["name"])
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def models_folder(settings: Settings) -> Path:
    """Return the folder of manifest and weights: the one that is set, else the packaged one."""
    return settings.models_dir or PACKAGED_MODELS


def _read_manifest(folder: Path) -> _Manifest:
    try:
        text = (folder / MANIFEST_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelMissing(message("model-manifest-missing")) from None
    except OSError as error:
        raise ModelMissing(message("model-file-unreadable", file=MANIFEST_NAME)) from error
    except UnicodeDecodeError as error:
        raise ModelMismatch(message("model-manifest-not-utf-8")) from error
    try:
        return _Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelMismatch(message("model-manifest-invalid", place=where, problem=first["msg"])) from error


def installed_models(settings: Settings | None = None) -> tuple[ModelRecord, ...]:
    """Return the record of every model in the manifest, by name.

    Raises:
        ModelMissing: there is no manifest.
        ModelMismatch: the manifest is not valid.
    """
    manifest = _read_manifest(models_folder(settings or Settings()))
    return tuple(sorted(manifest.models, key=lambda record: record.name))


def find_record(name: str, settings: Settings) -> ModelRecord:
    """Return the record of the model called ``name``.

    Raises:
        ModelMissing: there is no manifest, or it does not name this model.
        ModelMismatch: the manifest is not valid.
    """
    records = {record.name: record for record in installed_models(settings)}
    if name not in records:
        missing = message("model-not-installed", name=name, installed=[*records])
        raise ModelMissing(missing if records else message("model-none-installed", name=name))
    return records[name]


def register_model(onnx_path: Path, description: ModelDescription, folder: Path = PACKAGED_MODELS) -> ModelRecord:
    """Copy the weights into ``folder`` as ``<name>.onnx`` and write them into its manifest.

    A model of the same name is replaced. The same weights and description always give the same manifest.

    Raises:
        ModelMissing: ``onnx_path`` is not a file.
        ModelMismatch: the folder has a manifest that is not valid.
    """
    if not onnx_path.is_file():
        raise ModelMissing(message("model-weights-to-register-missing"))
    weights = onnx_path.read_bytes()
    record = ModelRecord(
        **description.model_dump(),
        file=f"{description.name}.onnx",
        sha256=hashlib.sha256(weights).hexdigest(),
        bytes=len(weights),
    )
    folder.mkdir(parents=True, exist_ok=True)
    known = _read_manifest(folder).models if (folder / MANIFEST_NAME).exists() else ()
    others = tuple(other for other in known if other.name != record.name)
    _replace_file(folder / record.file, weights)
    _replace_file(folder / MANIFEST_NAME, _Manifest(models=(*others, record)).to_json().encode())
    return record


def _replace_file(path: Path, content: bytes) -> None:
    """Write the whole file or leave the old one: a reader never sees half of it."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
