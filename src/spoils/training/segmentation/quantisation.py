"""Taking an exported network to whole numbers of eight bits, for processors that multiply these faster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnx

from spoils.models.quantisation import CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static
from spoils.training.networks.onnx_files import forget_origin

__all__ = ["quantised"]

_WHOLE_NUMBERS = ("Conv", "Relu", "Add", "Concat", "Resize", "MaxPool")
"""What is done in eight bits; softmax and pooled features stay as they are."""

Image = npt.NDArray[np.float32]


class _Images(CalibrationDataReader):  # type: ignore[misc]  # the library has no types
    """Hands one image after the other to the calibration."""

    def __init__(self, images: Iterable[Image]) -> None:
        self.images: Iterator[Image] = iter(images)

    def get_next(self) -> dict[str, Image] | None:
        image = next(self.images, None)
        return None if image is None else {"image": image[None, None]}


def _first_and_last_convolution(path: Path) -> list[str]:
    """Name the convolutions that see signal and give class scores: their rounding errors weigh most."""
    convolutions = [node.name for node in onnx.load(path).graph.node if node.op_type == "Conv"]
    return [convolutions[0], convolutions[-1]]


def quantised(onnx_path: Path, calibration_images: Iterable[Image], out_path: Path) -> None:
    """Write an exported network in eight bits: activations in eight, weights in seven with a scale for each channel.

    Inputs and outputs keep their names and types. The range of every activation is what the images show, so take
    slices that the network was fitted on, from every source; a few dozen are enough.

    Args:
        onnx_path: a file that ``export_network`` wrote.
        calibration_images: slices (rows, columns), resampled, normalised and padded as at run time.
        out_path: the file to write.
    """
    with TemporaryDirectory() as folder:
        prepared = Path(folder) / onnx_path.name
        quant_pre_process(onnx_path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            out_path,
            _Images(calibration_images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_WHOLE_NUMBERS),
            per_channel=True,
            # Without VNNI two products are added in sixteen bits, which weights of eight bits can overflow.
            reduce_range=True,
            # Unsigned by signed is the product that VNNI instructions do; signed by signed takes twice as long.
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_first_and_last_convolution(prepared),
        )
    forget_origin(out_path)
