import pytest

from spoils.anatomy import DISCS
from spoils.findings import (
    UNCERTAIN_COUNT,
    CanalFinding,
    Clinical,
    Deficit,
    Flag,
    Measurement,
    NotMeasured,
    RedFlag,
    alarms_of,
)
from spoils.messages import message

NOBODY = Clinical(odi=None, nrs=None)


def canal(level, diameter_mm):
    return CanalFinding(
        level=level, measurements={"ap_diameter_mm": Measurement(value=diameter_mm, unit="mm", method="slice 7")}
    )


@pytest.mark.parametrize(
    ("diameter_mm", "code", "priority"),
    [
        (5.8, "canal-stenosis-absolute", "high"),
        (9.99, "canal-stenosis-absolute", "high"),
        (10.0, "canal-stenosis-relative", "medium"),
        (12.0, "canal-stenosis-relative", "medium"),
    ],
)
def test_a_narrow_canal_raises_an_alarm(diameter_mm, code, priority):
    (alarm,) = alarms_of([canal("L4-L5", diameter_mm)], NOBODY)
    assert (alarm.code, alarm.priority, alarm.level) == (code, priority, "L4-L5")
    assert alarm.message == str(alarm.wording)


def test_a_canal_that_is_wide_or_not_measured_raises_none():
    missing = CanalFinding(level="L5-S1", measurements={"ap_diameter_mm": NotMeasured(not_measured="not found")})
    assert alarms_of([canal("L4-L5", 12.01), missing], NOBODY) == []


def test_the_gravest_alarms_come_first_and_levels_go_downward():
    found = alarms_of([canal(level, width) for level, width in zip(DISCS, (11, 9, 15, 11, 5, 20), strict=True)], NOBODY)
    assert [alarm.level for alarm in found] == ["L1-L2", "L4-L5", "T12-L1", "L3-L4"]


def test_every_red_flag_raises_an_alarm_of_high_priority():
    found = alarms_of([], NOBODY.model_copy(update={"red_flags": list(RedFlag)}))
    assert [alarm.code for alarm in found] == ["red-flag"] * len(RedFlag)
    assert {alarm.priority for alarm in found} == {"high"}
    assert len({alarm.message for alarm in found}) == len(RedFlag)


def test_a_progressive_deficit_is_a_red_flag_and_named_once():
    progressive = {"deficit": Deficit.PROGRESSIVE}
    (alarm,) = alarms_of([], NOBODY.model_copy(update=progressive))
    assert alarm.message == "Red flag reported: progressive neurological deficit."
    both = progressive | {"red_flags": [RedFlag.PROGRESSIVE_DEFICIT]}
    assert len(alarms_of([], NOBODY.model_copy(update=both))) == 1


def test_levels_that_can_be_counted_in_several_ways_are_an_alarm_and_other_flags_are_not():
    words = message("levels-count-in-ways", ways=["L5-S1", "L4-L5"])
    flags = [Flag.of("low-confidence", message("names-uncertain", levels=["L5"])), Flag.of(UNCERTAIN_COUNT, words)]
    (alarm,) = alarms_of([], NOBODY, flags)
    assert (alarm.code, alarm.priority, alarm.level) == ("level-count-uncertain", "high", None)
    assert (alarm.message, alarm.wording) == (str(words), words)


def test_the_count_of_an_earlier_version_is_no_alarm():
    """Results of schema 1.3 and before have no wording, and no alarms."""
    assert alarms_of([], NOBODY, [Flag(code=UNCERTAIN_COUNT, message="Which body is S1 is uncertain.")]) == []
