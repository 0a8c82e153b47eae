from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest

from spoils.anatomy import BODIES, DISCS, structure
from spoils.canvas import FigureCanvasAgg, imread, to_rgb
from spoils.errors import InputUnreadable
from spoils.findings import CanalFinding
from spoils.images import LabelMap
from spoils.messages import Language
from spoils.report import draw_overlay
from spoils.report.alignment_marks import DrawnLines
from spoils.report.overlay import DOTS_PER_INCH, Layout, overlay_figure
from spoils.report.palette import GRADE_COLOURS, WARNING
from spoils.report.slice_view import SliceView
from spoils.spatial import Grid

from .builders import assessment, length, real_slice, spine, ungraded_disc, unusable_assessment


class Picture:
    """A rendered overlay, read by place in millimetres."""

    def __init__(self, series, labels, result):
        self.crop = SliceView.of(series, labels, 1).spine
        self.layout = Layout(self.crop)
        self.pixels = imread(BytesIO(draw_overlay(series, labels, result, slice_index=1).png))[..., :3]
        self.per_mm = self.layout.panel_height * DOTS_PER_INCH / self.crop.height

    def panel(self, left):
        top, first = round(self.layout.head * DOTS_PER_INCH), round(left * DOTS_PER_INCH)
        rows = round(self.layout.panel_height * DOTS_PER_INCH)
        columns = round(self.layout.panel_width * DOTS_PER_INCH)
        return self.pixels[top : top + rows, first : first + columns]

    @property
    def plain(self):
        return self.panel(self.layout.edge)

    @property
    def marked(self):
        return self.panel(self.layout.edge + self.layout.panel_width + self.layout.gap)

    def row(self, y_mm):
        return round((y_mm - self.crop.top) * self.per_mm)

    def column(self, x_mm):
        return round((x_mm - self.crop.left) * self.per_mm)


def strongest(line, colour, count=2):
    """Return the positions of the ``count`` separate places on ``line`` that come nearest to ``colour``."""
    distance = np.abs(line - to_rgb(colour)).sum(axis=1)
    places = []
    for _ in range(count):
        place = int(distance.argmin())
        places.append(place)
        distance[max(0, place - 12) : place + 12] = np.inf
    return sorted(places)


@pytest.mark.parametrize(("row_mm", "column_mm"), [(1.0, 1.0), (0.8, 1.1), (1.2, 0.9)])
def test_contours_lie_on_the_edge_of_the_mask_at_true_aspect(row_mm, column_mm):
    picture = Picture(*spine(row_mm, column_mm), assessment())
    colour = GRADE_COLOURS[5]
    top, left, bottom, right = 182, 58, 190, 91  # first and last pixel of L5-S1 in ``spine``
    middle_y, middle_x = (top + bottom) / 2 * row_mm, (left + right) / 2 * column_mm
    across = strongest(picture.marked[picture.row(middle_y)], colour)
    down = strongest(picture.marked[:, picture.column(middle_x)], colour)
    x_mm = np.array(across) / picture.per_mm + picture.crop.left
    y_mm = np.array(down) / picture.per_mm + picture.crop.top
    assert x_mm == pytest.approx(np.array((left - 0.5, right + 0.5)) * column_mm, abs=0.5)
    assert y_mm == pytest.approx(np.array((top - 0.5, bottom + 0.5)) * row_mm, abs=0.5)


def test_discs_are_tinted_by_grade_and_the_plain_panel_is_grey():
    picture = Picture(*spine(), assessment())
    at = (picture.row(186), picture.column(75))
    red, green, blue = picture.marked[at]
    assert red > green + 0.1
    assert red > blue + 0.1
    assert np.ptp(picture.plain[at]) == 0


def test_a_disc_without_a_grade_is_not_tinted():
    picture = Picture(*spine(), assessment(discs=[ungraded_disc(level) for level in DISCS]))
    assert np.ptp(picture.marked[picture.row(186), picture.column(75)]) == 0


def test_the_plain_panel_shows_the_image_without_contours():
    picture = Picture(*spine(), assessment())
    boundary = picture.plain[picture.row(186), picture.column(57) - 3 : picture.column(57) + 3]
    assert np.ptp(boundary, axis=1).max() == 0


def test_grade_labels_stand_in_their_order_right_of_the_picture():
    picture = Picture(*spine(), assessment())
    right = picture.pixels[:, round((picture.layout.size[0] - picture.layout.column) * DOTS_PER_INCH) :]
    rows = [
        np.nonzero((np.abs(right - to_rgb(GRADE_COLOURS[grade])) < 0.01).all(axis=2))[0].mean()
        for grade in (1, 2, 3, 4, 5)
    ]
    assert rows == sorted(rows)


def test_measured_lengths_are_drawn_white_on_the_marked_panel_alone():
    series, labels = spine()
    length = np.array([[(75.0, 182.5), (75.0, 191.0)]])
    drawn = draw_overlay(series, labels, assessment(), slice_index=1, lines=DrawnLines(length))
    picture, plain = Picture(series, labels, assessment()), Picture(series, labels, assessment())
    picture.pixels = imread(BytesIO(drawn.png))[..., :3]
    at = (picture.row(186.5), picture.column(75))
    assert picture.marked[at].min() > 0.9 > plain.marked[at].min()
    assert picture.plain[at] == pytest.approx(plain.plain[at])


def test_the_parts_are_the_panels_of_the_whole():
    series, labels = spine()
    drawn = draw_overlay(series, labels, assessment(), slice_index=1)
    whole = Picture(series, labels, assessment())
    image, marked = (imread(BytesIO(png))[..., :3] for png in (drawn.image, drawn.marked))
    assert image == pytest.approx(whole.plain)
    assert marked[:, : whole.marked.shape[1]] == pytest.approx(whole.marked)
    assert image.shape[0] == marked.shape[0] == round(Layout.panel_height * DOTS_PER_INCH)


def test_threads_draw_the_same_bytes():
    series, labels = spine()
    results = [assessment(language=language) for language in ("en", "hi", "de", "hi")]

    def drawn(result):
        overlay = draw_overlay(series, labels, result, slice_index=1)
        return overlay.png, overlay.image, overlay.marked

    alone = [drawn(result) for result in results]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(drawn, results)) == alone


def test_captions_are_in_the_language_of_the_assessment():
    series, labels = spine()
    pictures = [
        imread(BytesIO(draw_overlay(series, labels, assessment(language=language), slice_index=1).png))
        for language in ("en", "de", "hi")
    ]
    foot = round((Layout.head + Layout.panel_height) * DOTS_PER_INCH)
    english, german, hindi = (picture[foot:] for picture in pictures)
    assert not np.array_equal(english, german)
    assert not np.array_equal(german, hindi)


def test_a_narrow_canal_is_marked_beside_its_disc():
    series, labels = spine()
    wide, narrow = Picture(series, labels, assessment(alarms=[])), Picture(series, labels, assessment())
    column = round((narrow.layout.size[0] - narrow.layout.column) * DOTS_PER_INCH)
    shown = [(np.abs(one.pixels[:, column:] - to_rgb(WARNING)) < 0.01).all(axis=2).sum() for one in (wide, narrow)]
    assert shown[0] == 0
    assert shown[1] > 1000


@pytest.mark.parametrize("language", Language)
def test_no_caption_is_cut_off(language):
    """The research-use notice above all: beside the text the edge stays white in every language."""
    series, labels = spine()
    result = assessment().model_copy(update={"language": language.value})
    pixels = imread(BytesIO(draw_overlay(series, labels, result, slice_index=1).png))[..., :3]
    layout = Layout(SliceView.of(series, labels, 1).spine)
    foot, head = (round(inches * DOTS_PER_INCH) for inches in (layout.foot, layout.head))
    assert (pixels[:head, -4:] == 1).all()
    assert (pixels[-foot:, -4:] == 1).all()
    assert (pixels[-foot // 2 :] < 0.5).any(), "the notice is there"


def texts_of(figure):
    """Return every text of a figure with the room that it takes, frame included."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = []
    for axes in figure.axes:
        for text in axes.texts:
            frame = text.get_bbox_patch()
            found.append((text.get_text(), (frame or text).get_window_extent(renderer)))
    return found


def squeezed_spine(rng):
    """Return a spine of random heights, down to a few millimetres, and whether L5-S1 lies beside S1's name."""
    series, labels = spine()
    rows = np.zeros_like(labels.labels)
    top = int(rng.integers(4, 20))
    for disc, body in zip(DISCS, BODIES, strict=True):
        disc_rows, body_rows = (int(rng.integers(low, high)) for low, high in ((2, 10), (3, 32)))
        shift = int(rng.integers(-10, 10))
        rows[:, top : top + disc_rows, 58 + shift : 92 + shift] = structure(disc).label
        top += disc_rows
        rows[:, top : top + body_rows, 60 + shift : 90 + shift] = structure(body).label
        top += body_rows
    rows[:, 5 : min(top + 5, 240), 110:124] = structure("canal").label
    return series, LabelMap(rows, labels.grid)


@pytest.mark.parametrize("seed", range(25))
def test_no_label_covers_another_however_close_the_levels_are(seed):
    rng = np.random.default_rng(seed)
    series, labels = squeezed_spine(rng)
    narrow = [
        CanalFinding(level=level, measurements={"ap_diameter_mm": length(float(rng.uniform(4, 14)))}) for level in DISCS
    ]
    view = SliceView.of(series, labels, 1)
    texts = texts_of(overlay_figure(view, Layout(view.spine), assessment(canal=narrow), DrawnLines()))
    assert len(texts) >= 2 * len(DISCS) + len(BODIES)
    colliding = [(one, other) for (one, first), (other, second) in combinations(texts, 2) if first.overlaps(second)]
    assert colliding == []


def test_an_image_without_structures_is_shown_whole():
    series, labels = spine()
    empty = LabelMap(np.zeros_like(labels.labels), labels.grid)
    picture = Picture(series, empty, unusable_assessment())
    assert picture.crop == SliceView.of(series, empty, 1).field
    assert np.ptp(picture.marked[200, 100:300], axis=1).max() < 0.01


def test_a_label_map_of_another_grid_is_refused():
    series, labels = spine()
    shifted = LabelMap(labels.labels, Grid.from_axes(labels.grid.shape, (4.0, 1.0, 1.0), origin_mm=(0, 5, 0)))
    with pytest.raises(InputUnreadable, match="does not lie on the image"):
        draw_overlay(series, shifted, assessment(), slice_index=1)


@pytest.mark.parametrize("slice_index", [-1, 3])
def test_a_slice_that_is_not_there_is_refused(slice_index):
    with pytest.raises(InputUnreadable, match="no slice"):
        draw_overlay(*spine(), assessment(), slice_index=slice_index)


@pytest.mark.data
@pytest.mark.parametrize(("name", "pixel_mm"), [("spider-108", 0.68), ("vb2-05", 1.0)])
def test_contours_of_real_structures_take_little_of_the_picture(name, pixel_mm, data_dir):
    series, labels = real_slice(data_dir / "annotated", name, pixel_mm)
    pixels = imread(BytesIO(draw_overlay(series, labels, assessment(), slice_index=0).png))[..., :3]
    coloured = np.ptp(pixels, axis=2) > 0.2
    assert 0.01 < coloured.mean() < 0.15
