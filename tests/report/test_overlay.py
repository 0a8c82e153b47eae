from .builders import assessment, spine
from spoils.report import draw_overlay


def test_x():
    assert draw_overlay(*spine(), assessment(), slice_index=1)
