"""SPOILS: Software to Predict Outcome in Lumbar Spondylosis."""

import os

__all__ = ["__version__"]

__version__ = "0.2.0"

# Nothing leaves the computer. ONNX Runtime reads this when it is imported, and sends telemetry without it. It stands
# here because this file runs before any other module of SPOILS, and child processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
