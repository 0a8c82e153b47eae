"""Measurements of one structure as SR: a NUM item each, or in words why it could not be measured."""

from __future__ import annotations

from collections.abc import Mapping

from highdicom.sr import (
    ContentItem,
    CoordinatesForMeasurement,
    CoordinatesForMeasurement3D,
    FindingSite,
    Measurement,
)

from spoils.codes import COMMENT, PERCENTILE, POPULATION, UNITS, Z_SCORE, Code, MeasurementCode
from spoils.findings import Measured, NormalValue, NotMeasured
from spoils.findings import Measurement as Found
from spoils.messages import Translator
from spoils.report.dicom.concepts import PROPERTY, concept, number, text, with_children
from spoils.report.english import reason_words

__all__ = ["PlainMeasurement", "measured", "not_measured"]


class PlainMeasurement(Measurement):
    """A measurement without coordinates. highdicom otherwise searches every measurement for them."""

    @property
    def referenced_coordinates(self) -> list[CoordinatesForMeasurement | CoordinatesForMeasurement3D]:
        """Always empty."""
        return []


def measured(
    found: Mapping[str, Measured], normal: Mapping[str, NormalValue], codes: Mapping[str, MeasurementCode], site: Code
) -> list[Measurement]:
    """Return the quantities of ``found`` that were measured, coded by ``codes``, at the finding site ``site``."""
    return [
        _item(quantity, normal.get(name), codes[name], site)
        for name, quantity in found.items()
        if isinstance(quantity, Found)
    ]


def not_measured(
    found: Mapping[str, Measured], codes: Mapping[str, MeasurementCode], translator: Translator
) -> list[ContentItem]:
    """Return the reasons for what was not measured, as TEXT under the definition of the measurement.

    A NUM item without a value would say the same, but common readers, highdicom's among them, fail on it.
    """
    return [
        text(codes[name].definition, translator.gettext("Not measured: {reason}", reason=_reason(quantity, translator)))
        for name, quantity in found.items()
        if isinstance(quantity, NotMeasured)
    ]


def _reason(quantity: NotMeasured, translator: Translator) -> str:
    return reason_words(quantity.not_measured, translator)


def _item(found: Found, normal: NormalValue | None, code: MeasurementCode, site: Code) -> Measurement:
    at = FindingSite(concept(site), topographical_modifier=concept(code.modifier)) if code.modifier else None
    item = PlainMeasurement(
        name=concept(code.name),
        value=found.value,
        unit=concept(UNITS[found.unit]),
        derivation=concept(code.derivation) if code.derivation else None,
        method=concept(code.definition),
        finding_sites=[at] if at else None,
    )
    with_children(item[0], [text(COMMENT, found.method, PROPERTY), *_placed(normal)])
    return item


def _placed(normal: NormalValue | None) -> list[ContentItem]:
    if normal is None:
        return []
    z_score = [] if normal.z is None else [number(Z_SCORE, normal.z, "1", PROPERTY)]
    return [
        number(PERCENTILE, normal.percentile, "percent", PROPERTY),
        *z_score,
        text(POPULATION, normal.group, PROPERTY),
    ]
