"""Models at run time: the manifest that describes the weights, and verified ONNX sessions.

Importing this room does not load ONNX Runtime; the first ``load_model`` does.
"""

from spoils.models.manifest import ModelDescription, ModelRecord, installed_models, register_model
from spoils.models.sessions import LoadedModel, load_model

__all__ = [
    "LoadedModel",
    "ModelDescription",
    "ModelRecord",
    "installed_models",
    "load_model",
    "register_model",
]
