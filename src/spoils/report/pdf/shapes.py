"""Drawings and images as elements of a page."""

from __future__ import annotations

import struct
from hashlib import sha256
from io import BytesIO

import numpy as np
from PIL import Image
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFDocument, PDFName, PDFObject, PDFStream
from reportlab.pdfbase.ttfonts import shapeStr
from reportlab.platypus import Flowable

from spoils.report.content import Picture
from spoils.report.drawing import Box, Drawing, Line
from spoils.report.pdf.styles import REGULAR
from spoils.report.png import encoded_png

__all__ = ["PlacedDrawing", "PlacedPicture"]

_HEADER = struct.Struct(">IIBBBBB")
"""Header of a PNG: width, height, bit depth, colour type, compression, filter and interlacing."""

_SAMPLES = {0: 1, 2: 3}
"""Samples per pixel by colour type: grey and RGB."""


class PlacedDrawing(Flowable):  # type: ignore[misc]
    """A drawing scaled to a width in points."""

    def __init__(self, drawing: Drawing, width: float, *, is_shaped: bool) -> None:
        super().__init__()
        self.drawing, self.is_shaped = drawing, is_shaped
        self.width, self.height = width, width * drawing.height / drawing.width

    def draw(self) -> None:
        """Draw on the canvas, whose y runs upward."""
        with self.canv.marked("Figure", self.drawing.description):
            self._draw_shapes()

    def _draw_shapes(self) -> None:
        drawing, canvas = self.drawing, self.canv
        scale = self.width / drawing.width
        canvas.scale(scale, scale)
        canvas.setStrokeColor(drawing.ink)
        canvas.setLineWidth(drawing.line_width)
        for shape in drawing.shapes:
            if isinstance(shape, Box):
                canvas.setFillColor(shape.fill)
                canvas.rect(shape.x, drawing.height - shape.y - shape.height, shape.width, shape.height, fill=1)
            elif isinstance(shape, Line):
                canvas.line(shape.x0, drawing.height - shape.y0, shape.x1, drawing.height - shape.y1)
            else:
                canvas.setFillColor(drawing.ink)
                canvas.setFont(REGULAR, shape.size)
                write = canvas.drawCentredString if shape.is_centred else canvas.drawString
                words = shapeStr(shape.text, REGULAR, shape.size) if self.is_shaped else shape.text
                write(shape.x, drawing.height - shape.y, words)


class PlacedPicture(Flowable):  # type: ignore[misc]
    """An image scaled to a width in points. Its PNG data are copied into the PDF."""

    def __init__(self, picture: Picture, width: float) -> None:
        super().__init__()
        self._picture, self._png = picture, _PngImage.of(picture.png)
        self.width, self.height = width, width * self._png.rows / self._png.columns

    def draw(self) -> None:
        """Draw on the canvas."""
        with self.canv.marked("Figure", self._picture.description):
            self.canv.draw_object(self._png.name, self._png, self.width, self.height)


class _PngImage(PDFObject):  # type: ignore[misc]
    """An 8-bit PNG, grey or RGB, as an image object. PDF supports the compression and the predictors of PNG."""

    __RefOnly__ = 1

    def __init__(self, columns: int, rows: int, samples: int, compressed: bytes) -> None:
        super().__init__()
        self.columns, self.rows, self.samples, self.compressed = columns, rows, samples, compressed
        self.name = sha256(compressed).hexdigest()

    @classmethod
    def of(cls, png: bytes) -> _PngImage:
        """Read the parts of a PNG. Other kinds of PNG are re-encoded."""
        chunks = _chunks(png)
        columns, rows, bits, colour, _, _, interlaced = _HEADER.unpack(chunks[b"IHDR"])
        if bits != 8 or colour not in _SAMPLES or interlaced:
            with Image.open(BytesIO(png)) as picture:
                return cls.of(encoded_png(np.asarray(picture.convert("RGB"))))
        return cls(columns, rows, _SAMPLES[colour], chunks[b"IDAT"])

    def format(self, document: PDFDocument) -> bytes:
        """Return the object in the format of the file."""
        predictor = {"Predictor": 15, "Colors": self.samples, "BitsPerComponent": 8, "Columns": self.columns}
        dictionary = {
            "Type": PDFName("XObject"),
            "Subtype": PDFName("Image"),
            "Width": self.columns,
            "Height": self.rows,
            "BitsPerComponent": 8,
            "ColorSpace": PDFName("DeviceGray" if self.samples == 1 else "DeviceRGB"),
            "Filter": PDFName("FlateDecode"),
            "DecodeParms": PDFDictionary(predictor),
        }
        stream = PDFStream(PDFDictionary(dictionary), self.compressed)
        return bytes(stream.format(document))


def _chunks(png: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG by type; chunks of the same type are joined."""
    found: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        found[kind] = found.get(kind, b"") + png[place + 8 : place + 8 + length]
        place += length + 12
    return found
