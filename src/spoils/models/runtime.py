"""ONNX Runtime, silent: the only module that imports it, for all others.

``spoils/__init__.py`` switches its telemetry off before it is loaded. The call below is for a program that imported
ONNX Runtime before SPOILS: then the library has begun already, and this stops its later events.
"""

from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events

__all__ = ["InferenceSession", "SessionOptions"]

disable_telemetry_events()
