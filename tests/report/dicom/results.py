"""A whole result of a phantom study as DICOM objects, and a reader of structured reports that knows no SPOILS code."""

from io import BytesIO

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from spoils.report import DicomContent

from ..builders import assessment
from .studies import PHANTOM, datasets, stored


def pdf_bytes():
    target = BytesIO()
    page = Canvas(target, invariant=True)
    page.drawString(100, 700, "report")
    page.save()
    return target.getvalue()


def png_bytes():
    target = BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(target, "PNG")
    return target.getvalue()


def small_assessment():
    """One disc and nothing else: enough for a report, and quickly written."""
    return assessment(discs=assessment().discs[:1], vertebrae=[], canal=[])


def phantom_result(folder, images=None, **changes):
    """Return the content of a result, and its study, stored in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    study = stored(images or datasets(), folder, PHANTOM.labels.labels)
    parts = {"assessment": small_assessment(), "labels": study.labels, "pdf": pdf_bytes(), "overlay": png_bytes()}
    return DicomContent(**(parts | changes)), study


def children(item, name=None, kind=None):
    """Return the content items right below ``item`` with a concept name (its code value) and value type."""
    below = getattr(item, "ContentSequence", [])
    return [
        child
        for child in below
        if name in (None, child.ConceptNameCodeSequence[0].CodeValue) and kind in (None, child.ValueType)
    ]


def only(items):
    (item,) = items
    return item


def code_of(item):
    return item.ConceptCodeSequence[0].CodeValue


def texts(item, name):
    return [child.TextValue for child in children(item, name, "TEXT")]


def value_of(item):
    """Return value and UCUM unit of a NUM item."""
    measured = only(item.MeasuredValueSequence)
    return measured.FloatingPointValue, measured.MeasurementUnitsCodeSequence[0].CodeValue


def numbers(item, name):
    return [value_of(child) for child in children(item, name, "NUM")]


def groups_by_tracking(report):
    """Return the measurement groups of a report by their tracking identifier."""
    measurements = only(children(report, "126010", "CONTAINER"))
    return {only(texts(group, "112039")): group for group in children(measurements, "125007", "CONTAINER")}


def section(report, name):
    return only(children(report, name, "CONTAINER"))
