from io import BytesIO

import numpy as np
from matplotlib.image import imread

from spoils.anatomy import DISCS
from spoils.report import disc_strip


def grey(png):
    return imread(BytesIO(png))[..., 0]


def test_pictures_share_one_grey_window():
    bright, dark = np.full((20, 40), 1.0, dtype=np.float32), np.full((20, 40), 0.1, dtype=np.float32)
    pictures = disc_strip({DISCS[0]: bright, DISCS[1]: dark})
    assert list(pictures) == list(DISCS[:2])
    assert grey(pictures[DISCS[0]]).min() == 1.0
    assert grey(pictures[DISCS[1]]).max() == 0.0


def test_a_picture_keeps_the_aspect_of_its_disc():
    (picture,) = disc_strip({DISCS[0]: np.eye(20, 50, dtype=np.float32)}).values()
    rows, columns = grey(picture).shape
    assert columns / rows == 2.5


def test_no_discs_give_no_pictures():
    assert disc_strip({}) == {}
