from io import BytesIO

import numpy as np
from matplotlib.image import imread

from spoils.report import disc_strip


def grey(pixels):
    return imread(BytesIO(disc_strip(np.asarray(pixels, dtype=np.float32))))[..., 0]


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
