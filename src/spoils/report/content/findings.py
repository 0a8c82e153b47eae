"""Alarms, and findings at each disc in addition to its grade, in words."""

from __future__ import annotations

from spoils.findings import ABSOLUTE_STENOSIS, LISTHESES, Alarm, Assessment, DiscFinding, LevelAlignment, measurement_of
from spoils.messages import Translator
from spoils.report.content.parts import Alarms, Emphasis, Remark
from spoils.report.disc_findings import LIKELY, alarm_at, canal_diameter, listhesis_at, sign_names, stenosis_at
from spoils.report.words import figure, percent

__all__ = ["alarm_emphasis", "alarms", "disc_remarks"]


def alarms(assessment: Assessment, translator: Translator) -> Alarms | None:
    """Return all alarms of an assessment; None if there are none."""
    if not assessment.alarms:
        return None
    remarks = (
        Remark(translator.text(alarm.message, alarm.wording), alarm_emphasis(alarm)) for alarm in assessment.alarms
    )
    return Alarms(translator.gettext("Alarms"), tuple(remarks))


def alarm_emphasis(alarm: Alarm | None) -> Emphasis:
    """Return the emphasis of an alarm; normal emphasis if there is none."""
    if alarm is None:
        return Emphasis.USUAL
    return Emphasis.ALARM if alarm.priority == "high" else Emphasis.WARNING


def disc_remarks(assessment: Assessment, disc: DiscFinding, translator: Translator) -> tuple[Remark, ...]:
    """Return stenosis and the probability of each finding at a disc. Unlikely findings are pale."""
    remarks = []
    alarm, diameter = stenosis_at(assessment, disc.level), canal_diameter(assessment, disc.level)
    if alarm and diameter:
        name = (
            translator.gettext("absolute stenosis, {diameter} mm", diameter=figure(diameter, translator))
            if alarm.code == ABSOLUTE_STENOSIS
            else translator.gettext("relative stenosis, {diameter} mm", diameter=figure(diameter, translator))
        )
        remarks.append(Remark(name, alarm_emphasis(alarm)))
    slip = listhesis_at(assessment, disc.level)
    if slip is not None:
        emphasis = alarm_emphasis(alarm_at(assessment, disc.level, LISTHESES))
        remarks.append(Remark(_slip_words(slip, translator), emphasis))
    for sign, name_of in sign_names().items():
        if sign in disc.findings:
            probability = disc.findings[sign]
            emphasis = Emphasis.USUAL if probability >= LIKELY else Emphasis.PALE
            remarks.append(Remark(f"{translator.render(name_of)} {percent(probability)}", emphasis))
    return tuple(remarks)


def _slip_words(slip: LevelAlignment, translator: Translator) -> str:
    found = measurement_of(slip.measurements, "slip_mm")
    millimetres = "" if found is None else translator.number(abs(found.value), 1)
    if slip.listhesis is not None and slip.listhesis.direction == "anterior":
        return translator.gettext("anterolisthesis, {slip} mm", slip=millimetres)
    return translator.gettext("retrolisthesis, {slip} mm", slip=millimetres)
