"""The tools of ONNX Runtime that take a network to eight bits. They need the extra ``train``."""

from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from spoils.models import runtime as _silent  # noqa: F401  # switches telemetry off

__all__ = ["CalibrationDataReader", "QuantFormat", "QuantType", "quant_pre_process", "quantize_static"]
