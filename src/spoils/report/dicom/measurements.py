"""Measurements of one structure as SR: a NUM item each, or a text with the reason if it was not measured."""

from __future__ import annotations

from collections.abc import Mapping

from highdicom.sr import (
    ContentItem,
    CoordinatesForMeasurement,
    CoordinatesForMeasurement3D,
    FindingSite,
    Measurement,
)

from spoils.codes import ALARM, COMMENT, PERCENTILE, POPULATION, UNITS, Z_SCORE, Code, MeasurementCode
from spoils.findings import Alarm, Measured, NormalValue, NotMeasured
from spoils.findings import Measurement as Found
from spoils.messages import Translator
from spoils.report.dicom.concepts import PROPERTY, concept, number, text, with_children

__all__ = ["PlainMeasurement", "alarm_item", "measured", "not_measured"]


class PlainMeasurement(Measurement):
    """A measurement without coordinates, which highdicom would otherwise search for in every measurement."""

    @property
    def referenced_coordinates(self) -> list[CoordinatesForMeasurement | CoordinatesForMeasurement3D]:
        """Always empty."""
        return []


def measured(
    found: Mapping[str, Measured],
    normal: Mapping[str, NormalValue],
    codes: Mapping[str, MeasurementCode],
    site: Code,
    translator: Translator,
) -> list[Measurement]:
    """Return the measured quantities of ``found``, with the codes of ``codes``, at the finding site ``site``."""
    return [
        _item(quantity, normal.get(name), codes[name], site, translator)
        for name, quantity in found.items()
        if isinstance(quantity, Found)
    ]


def not_measured(
    found: Mapping[str, Measured], codes: Mapping[str, MeasurementCode], translator: Translator
) -> list[ContentItem]:
    """Return the reasons for missing measurements, as TEXT under the definition of the measurement.

    A NUM item without a value would mean the same, but common readers, including highdicom's, fail on it.
    """
    return [
        text(codes[name].definition, translator.gettext("Not measured: {reason}", reason=_reason(quantity, translator)))
        for name, quantity in found.items()
        if isinstance(quantity, NotMeasured)
    ]


def alarm_item(alarm: Alarm, translator: Translator) -> ContentItem:
    """Return alarms as TEXT: code and sentence."""
    return text(ALARM, f"{alarm.code}: {translator.text(alarm.message, alarm.wording)}")


def _reason(quantity: NotMeasured, translator: Translator) -> str:
    return translator.text(quantity.not_measured, quantity.wording)


def _item(
    found: Found, normal: NormalValue | None, code: MeasurementCode, site: Code, translator: Translator
) -> Measurement:
    at = FindingSite(concept(site), topographical_modifier=concept(code.modifier)) if code.modifier else None
    item = PlainMeasurement(
        name=concept(code.name),
        value=found.value,
        unit=concept(UNITS[found.unit]),
        derivation=concept(code.derivation) if code.derivation else None,
        method=concept(code.definition),
        finding_sites=[at] if at else None,
    )
    method = translator.text(found.method, found.wording)
    with_children(item[0], [text(COMMENT, method, PROPERTY), *_placed(normal, translator)])
    return item


def _placed(normal: NormalValue | None, translator: Translator) -> list[ContentItem]:
    if normal is None:
        return []
    z_score = [] if normal.z is None else [number(Z_SCORE, normal.z, "1", PROPERTY)]
    return [
        number(PERCENTILE, normal.percentile, "percent", PROPERTY),
        *z_score,
        text(POPULATION, translator.text(normal.group, normal.group_wording), PROPERTY),
    ]
