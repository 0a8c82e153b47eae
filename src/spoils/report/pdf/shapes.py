"""Drawings and pictures as things that can be placed on a page."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from reportlab.pdfbase.ttfonts import shapeStr
from reportlab.platypus import Flowable
from reportlab.platypus import Image as PlacedImage

from spoils.report.content import Picture
from spoils.report.drawing import Box, Drawing, Line
from spoils.report.pdf.styles import REGULAR

__all__ = ["PlacedDrawing", "aspect", "placed"]


class PlacedDrawing(Flowable):  # type: ignore[misc]
    """A drawing scaled to a width in points."""

    def __init__(self, drawing: Drawing, width: float, *, is_shaped: bool) -> None:
        super().__init__()
        self.drawing, self.is_shaped = drawing, is_shaped
        self.width, self.height = width, width * drawing.height / drawing.width

    def draw(self) -> None:
        """Draw on the canvas, whose y runs upward."""
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


def aspect(picture: Picture) -> float:
    """Return width over height of a picture.

    Raises:
        PIL.UnidentifiedImageError: it is no picture.
    """
    with Image.open(BytesIO(picture.png)) as image:
        return image.width / image.height


def placed(picture: Picture, width: float) -> PlacedImage:
    """Return a picture at a width in points."""
    return PlacedImage(BytesIO(picture.png), width=width, height=width / aspect(picture), hAlign="LEFT")
