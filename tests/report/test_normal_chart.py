from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest

from spoils.anatomy import DISCS
from spoils.canvas import imread
from spoils.findings import NormalValue
from spoils.messages import Language, translator_for
from spoils.reference_values import load_reference_values, with_normals
from spoils.report.normal_chart import DRAWN, draw_normal_chart, normal_figure

from .builders import assessment


def placed_by_packaged_values():
    return with_normals(assessment(), load_reference_values())


def placed(**percentiles):
    """An assessment whose lowest disc has these percentiles."""
    normal = {
        name: NormalValue(percentile=percentile, z=None, group="171 patients")
        for name, percentile in percentiles.items()
    }
    plain = assessment()
    last = plain.discs[-1].model_copy(update={"normal": normal})
    return plain.model_copy(update={"discs": [*plain.discs[:-1], last]})


def marks(figure, panel=0):
    """The place and the mark of every disc drawn in a panel."""
    return [
        (line.get_ydata()[0], line.get_marker()) for line in figure.axes[panel].lines if line.get_marker() != "None"
    ]


def test_without_normal_values_there_is_no_chart():
    assert draw_normal_chart(assessment(), translator_for()) is None
    assert normal_figure(placed(height_anterior_mm=50), translator_for()) is None


@pytest.mark.parametrize(("percentile", "mark"), [(1, "<"), (1.1, "o"), (50, "o"), (98.9, "o"), (99, ">")])
def test_the_mark_stands_at_its_disc_and_points_beyond_the_table(percentile, mark):
    figure = normal_figure(placed(height_index=percentile), translator_for())
    assert marks(figure) == [(len(DISCS) - 1, mark)]
    assert [marks(figure, panel) for panel in range(1, len(DRAWN))] == [[], [], []]


def test_marks_keep_the_order_of_percentiles():
    drawn = [
        normal_figure(placed(height_index=percentile), translator_for()).axes[0].lines for percentile in (2, 25, 50, 98)
    ]
    places = [next(line.get_xdata()[0] for line in lines if line.get_marker() == "o") for lines in drawn]
    assert places == sorted(places)
    assert places[2] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("language", Language)
def test_the_chart_is_as_wide_as_its_place_in_print_and_says_everything(language):
    whole = placed_by_packaged_values()
    png = draw_normal_chart(whole, translator_for(language))
    height, width, _ = imread(BytesIO(png)).shape
    assert width / 300 * 25.4 == pytest.approx(85, abs=0.2)
    assert height < width
    assert draw_normal_chart(whole, translator_for(language)) == png


@pytest.mark.parametrize("language", Language)
def test_no_word_leaves_the_chart(language):
    figure = normal_figure(placed_by_packaged_values(), translator_for(language))
    figure.canvas.draw()
    words = [*figure.texts, *(axes.title for axes in figure.axes), *figure.axes[0].get_yticklabels()]
    boxes = [text.get_window_extent() for text in words if text.get_text()]
    assert len(boxes) >= 1 + len(DRAWN) + len(DISCS)
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    titles = [axes.title.get_window_extent() for axes in figure.axes]
    assert all(left.x1 <= right.x0 for left, right in pairwise(titles))


def test_marks_stand_out_from_the_bands_in_grey():
    """What is told apart by lightness alone is told apart by every kind of colour vision."""
    png = draw_normal_chart(placed_by_packaged_values(), translator_for())
    grey = imread(BytesIO(png))[..., :3] @ np.array([0.299, 0.587, 0.114])
    blue = float(np.array([0.0, 0x72 / 255, 0xB2 / 255]) @ np.array([0.299, 0.587, 0.114]))
    band = float(np.array([0xB4, 0xC3, 0xCD]) / 255 @ np.array([0.299, 0.587, 0.114]))
    assert np.isclose(grey, blue, atol=0.01).any()
    assert np.isclose(grey, band, atol=0.01).any()
    assert band - blue > 0.3
