import pytest

from spoils.anatomy import DISCS
from spoils.findings import (
    UNCERTAIN_COUNT,
    Alignment,
    CanalFinding,
    Clinical,
    Deficit,
    Flag,
    Measurement,
    NotMeasured,
    RedFlag,
    alarms_of,
    level_alignment,
    vertebral_shape,
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


def slipped(level, mm, percent):
    return level_alignment(
        level,
        {
            "slip_mm": Measurement(value=mm, unit="mm", method="slice 7"),
            "slip_percent": Measurement(value=percent, unit="percent", method="slice 7"),
        },
    )


def shaped(level, **losses):
    found = {
        f"{shape}_loss_percent": Measurement(value=value, unit="percent", method="slice 7")
        for shape, value in losses.items()
    }
    return vertebral_shape(level, found)


def aligned(levels=(), vertebrae=()):
    return Alignment(measurements={}, levels=list(levels), vertebrae=list(vertebrae))


@pytest.mark.parametrize(
    ("mm", "percent", "code", "priority", "grade"),
    [
        (3.6, 10.0, "anterolisthesis", "medium", "I"),
        (8.4, 25.0, "anterolisthesis", "medium", "I"),
        (8.5, 25.1, "anterolisthesis", "high", "II"),
        (20.0, 60.0, "anterolisthesis", "high", "III"),
        (30.0, 90.0, "anterolisthesis", "high", "IV"),
        (36.0, 104.0, "anterolisthesis", "high", "V"),
        (-7.0, -20.0, "retrolisthesis", "medium", "I"),
    ],
)
def test_a_slip_beyond_its_limit_is_an_alarm_with_its_figure(mm, percent, code, priority, grade):
    (alarm,) = alarms_of([], NOBODY, alignment=aligned([slipped("L4-L5", mm, percent)]))
    assert (alarm.code, alarm.priority, alarm.level) == (code, priority, "L4-L5")
    assert f"{abs(mm):.1f} mm, {abs(percent):.0f} % of the endplate below (Meyerding grade {grade})" in alarm.message


@pytest.mark.parametrize(("mm", "percent"), [(3.5, 9.9), (2.9, 12.0), (-6.6, -19.9), (-2.9, -25.0), (0.0, 0.0)])
def test_a_slip_within_the_error_of_measurement_is_no_listhesis(mm, percent):
    found = slipped("L4-L5", mm, percent)
    assert found.listhesis is None
    assert alarms_of([], NOBODY, alignment=aligned([found])) == []


@pytest.mark.parametrize(
    ("losses", "genant", "shape", "priority"),
    [
        ({"wedge": 19.9, "biconcave": 3.0}, 0, None, None),
        ({"wedge": 20.0}, 1, "wedge", None),
        ({"wedge": 25.0, "crush": 4.0}, 2, "wedge", "medium"),
        ({"biconcave": 39.9, "wedge": 30.0}, 2, "biconcave", "medium"),
        ({"crush": 40.0, "wedge": -3.0}, 3, "crush", "high"),
        ({}, None, None, None),
    ],
)
def test_a_body_is_graded_by_its_greatest_loss(losses, genant, shape, priority):
    body = shaped("L1", **losses)
    assert (body.genant, body.shape) == (genant, shape)
    alarms = alarms_of([], NOBODY, alignment=aligned(vertebrae=[body]))
    assert [(alarm.priority, alarm.level) for alarm in alarms] == ([] if priority is None else [(priority, "L1")])
    if priority:
        assert f"{losses[shape]:.0f} % of its height is lost" in alarms[0].message
        assert f"(Genant grade {genant})" in alarms[0].message


def test_the_narrowest_slice_is_named_where_it_is_not_the_graded_one():
    def on(index, value):
        return Measurement.by(message("method-slice", slice=index), value, "mm")

    beside = CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": on(7, 13.0), "ap_diameter_min_mm": on(8, 9.1)})
    same = CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": on(7, 9.1), "ap_diameter_min_mm": on(7, 9.1)})
    assert alarms_of([beside], NOBODY)[0].message == (
        "Absolute canal stenosis at L4-L5: AP diameter 9.1 mm (below 10 mm). Narrowest on slice 9."
    )
    assert alarms_of([same], NOBODY)[0].message.endswith("(below 10 mm).")
