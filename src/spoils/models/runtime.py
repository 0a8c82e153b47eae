"""ONNX Runtime, silent: the only module that imports it, for all others.

``spoils/__init__.py`` switches its telemetry off before it is loaded. The call below is for a program that imported
ONNX Runtime before SPOILS: then the library has begun already, and this stops its later events.
"""

from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events, set_default_logger_severity
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoModel,
    RuntimeException,
)
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NotSupported

__all__ = ["LOG_NOTHING", "UNUSABLE_MODEL", "InferenceSession", "SessionOptions"]

UNUSABLE_MODEL = (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoModel,
    NotSupported,
    RuntimeException,
    RuntimeError,
    ValueError,
)
"""What the library raises on bytes that are no network, or none that it can run."""

LOG_NOTHING = 4
"""Severity of faults alone: everything else is raised as an error, and must not be printed as well."""

disable_telemetry_events()
set_default_logger_severity(LOG_NOTHING)
