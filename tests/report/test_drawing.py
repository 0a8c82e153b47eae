import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.report.drawing import Box, Text, contribution_bars, probability_bars
from spoils.report.palette import AGAINST, FOR

GRADES = {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.25, "5": 0.0}
SEVERITIES = {"L": 0.1, "M": 0.3, "H": 0.6}


def boxes(drawing):
    return [shape for shape in drawing.shapes if isinstance(shape, Box)]


def test_bars_are_as_high_as_they_are_probable():
    bars = boxes(probability_bars(GRADES, SEVERITIES, "bars"))
    heights = [bar.height for bar in bars]
    assert heights == pytest.approx([heights[2] * 2 * p for p in (*GRADES.values(), *SEVERITIES.values())])
    assert len({round(bar.y + bar.height, 6) for bar in bars}) == 1


def test_a_bar_lies_on_its_side_and_is_cut_at_the_strongest():
    drawing = contribution_bars({"signal": 1.0, "shape": -1.0, "texture": 0.5, "neighbours": 9.0}, "bars")
    signal, shape, texture, neighbours = boxes(drawing)
    assert (signal.fill, shape.fill) == (FOR, AGAINST)
    assert shape.x + shape.width == pytest.approx(signal.x)
    assert signal.width == pytest.approx(2 * texture.width)
    assert neighbours.x + neighbours.width == pytest.approx(drawing.width)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=8))
def test_everything_keeps_to_its_room(values):
    drawing = contribution_bars({f"kind {place}": value for place, value in enumerate(values)}, "bars")
    for shape in drawing.shapes:
        if isinstance(shape, Box | Text):
            assert 0 <= shape.x <= drawing.width
            assert 0 <= shape.y <= drawing.height
