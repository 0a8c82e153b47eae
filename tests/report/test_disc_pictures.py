from io import BytesIO

import numpy as np
import pytest

from spoils.canvas import imread
from spoils.report import draw_disc


def grey(pixels):
    return imread(BytesIO(draw_disc(np.asarray(pixels, dtype=np.float32)).strip))


def activated(activation, signal=0.4):
    volume = np.full((1, 20, 40), signal, dtype=np.float32)
    return imread(BytesIO(draw_disc(volume, np.asarray(activation, dtype=np.float32)).activation))


def test_the_middle_slice_is_shown():
    volume = np.zeros((3, 20, 40))
    volume[1] = 1.0
    assert grey(volume).min() == 1.0
    assert grey(volume[:1]).max() == 0.0


def test_grey_follows_the_signal_of_csf_whatever_else_the_disc_holds():
    volume = np.full((1, 20, 40), 0.4)
    volume[0, 0, 0] = 3.0
    assert abs(grey(volume)[-1, -1] - 0.4) < 0.01


def test_a_picture_keeps_the_aspect_of_its_disc():
    rows, columns = grey(np.zeros((1, 20, 50))).shape
    assert columns / rows == 2.5


def test_without_a_map_there_is_no_coloured_picture():
    assert draw_disc(np.zeros((1, 20, 40), dtype=np.float32)).activation is None


@pytest.mark.parametrize("signal", [0.0, 0.4, 1.0])
def test_orange_speaks_for_the_grade_and_blue_against_it_on_any_tissue(signal):
    picture = activated([[2.0, 0.0, -2.0]], signal)
    red, _, blue = picture[30, 5]
    assert red > blue + 0.3
    red, _, blue = picture[30, -5]
    assert blue > red + 0.3
    assert np.ptp(picture[30, 60]) < 0.05


def test_the_colour_follows_the_place_and_the_share_of_the_loudest():
    weak, strong = activated([[1.0, 0.0], [0.0, 4.0]]), activated([[10.0, 0.0], [0.0, 40.0]])
    assert weak == pytest.approx(strong)
    assert np.ptp(weak[-5, -5]) > 3 * np.ptp(weak[5, 5]) > 0


def test_a_map_that_says_nothing_leaves_the_disc_grey():
    assert activated(np.zeros((2, 3))) == pytest.approx(0.4, abs=0.01)
