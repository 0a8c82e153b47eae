"""``spoils info``: versions, models with their hashes, and the schema of ``assessment.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.settings import settings_of_environment

__all__ = ["info"]

_LIBRARIES = ("numpy", "scipy", "scikit-image", "pydicom", "onnxruntime")
"""The libraries on whose versions a number in a result can depend."""

SchemaOption = Annotated[bool, typer.Option("--schema", help="Print the JSON schema of assessment.json and stop.")]


def info(*, as_json: JsonOption = False, schema: SchemaOption = False) -> None:
    """Show versions and installed models on one screen; all about them with --json."""
    if schema:
        from spoils.findings import Assessment

        print_json(Assessment.model_json_schema())
        return
    document = _document()
    if as_json:
        print_json(document)
    else:
        print_lines(_lines(document))


def _document() -> dict[str, Any]:
    from importlib.metadata import version
    from platform import python_version

    from spoils import __version__
    from spoils.decision import load_policy
    from spoils.findings import RESEARCH_USE, SCHEMA_VERSION
    from spoils.models import installed_models

    settings = settings_of_environment()
    return {
        "notice": RESEARCH_USE,
        "spoils": __version__,
        "schema_version": SCHEMA_VERSION,
        "policy_version": load_policy(settings.policy).version,
        "python": python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "models": [record.model_dump(mode="json") for record in installed_models(settings)],
    }


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"SPOILS {document['spoils']}"
    yield f"Result schema {document['schema_version']}, triage policy {document['policy_version']}"
    libraries = ", ".join(f"{name} {version}" for name, version in document["libraries"].items())
    yield f"Python {document['python']}, {libraries}"
    yield ""
    yield "Models" if document["models"] else "No models are installed."
    for model in document["models"]:
        megabytes = model["bytes"] / 1e6
        yield f"  {model['name']:20} {model['task']:22} {megabytes:5.1f} MB  sha256 {model['sha256'][:16]}"
    yield ""
    yield "'spoils info --json' prints everything: hashes, licences, training data and figures of each model."
    yield document["notice"]
