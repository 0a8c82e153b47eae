"""Label maps come and go whole, on the grid of their input."""

import numpy as np
import pytest
from PIL import Image

from spoils.errors import InputUnreadable, UsageError
from spoils.images import LabelMap
from spoils.io import SourceLayout, read_label_map, require_same_grid, write_label_map
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

GRID = Grid.from_axes((3, 20, 16), (4.0, 0.5, 0.5))
SLICE = Grid.from_axes((1, 20, 16), (1.0, 0.5, 0.5))


def labels_on(grid):
    return LabelMap(np.random.default_rng(2).integers(0, 14, grid.shape).astype(np.uint8), grid)


def test_png_holds_label_values(tmp_path):
    labels = labels_on(SLICE)
    write_label_map(labels, SourceLayout(SLICE), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), labels.labels[0])
    again, layout = read_label_map(tmp_path / "a.png", spacing_mm=0.5)
    np.testing.assert_array_equal(again.labels, labels.labels)
    require_same_grid(layout.grid, SLICE)


def test_thoracic_bodies_become_background(tmp_path):
    values = labels_on(GRID).labels.copy()
    values[0, 0, :5] = 20
    (tmp_path / "a.nii.gz").write_bytes(volume_bytes(values, GRID, ".nii.gz"))
    again, _ = read_label_map(tmp_path / "a.nii.gz")
    assert (again.labels[0, 0, :5] == 0).all()
    np.testing.assert_array_equal(again.labels[1:], values[1:])


@pytest.mark.parametrize("bad", [14, 2.5, -1])
def test_other_values_are_refused(tmp_path, bad):
    values = np.zeros(GRID.shape, np.float32)
    values[1, 2, 3] = bad
    (tmp_path / "a.mha").write_bytes(volume_bytes(values, GRID, ".mha"))
    with pytest.raises(InputUnreadable, match="label map"):
        read_label_map(tmp_path / "a.mha")


def test_a_coloured_label_picture_is_refused(tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(InputUnreadable, match="single channel"):
        read_label_map(tmp_path / "a.png", spacing_mm=1.0)


@pytest.mark.parametrize("name", ["a.dcm", "a.jpg", "a"])
def test_unknown_suffixes_name_the_known(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.nii\.gz, .*\.png"):
        write_label_map(labels_on(GRID), SourceLayout(GRID), tmp_path / name)
    (tmp_path / name).write_bytes(b"no label map")
    with pytest.raises(UsageError, match=r"\.nii\.gz, .*\.png"):
        read_label_map(tmp_path / name)


def test_several_slices_do_not_fit_a_picture(tmp_path):
    with pytest.raises(UsageError, match="one slice"):
        write_label_map(labels_on(GRID), SourceLayout(GRID), tmp_path / "a.png")


def test_another_grid_is_refused_with_both_described(tmp_path):
    shifted = Grid.from_axes(GRID.shape, GRID.spacing_mm, origin_mm=(0.0, 1.0, 0.0))
    with pytest.raises(InputUnreadable, match=r"3 x 20 x 16 .* against 3 x 20 x 16"):
        write_label_map(labels_on(GRID), SourceLayout(shifted), tmp_path / "a.nii.gz")


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mha", "a.png"])
def test_what_can_not_be_written_leaves_nothing(tmp_path, name):
    grid = SLICE if name.endswith("png") else GRID
    (tmp_path / name).mkdir()  # the final place is taken by a folder, so that only the last step fails
    with pytest.raises(UsageError, match="is not a file"):
        write_label_map(labels_on(grid), SourceLayout(grid), tmp_path / name)
    with pytest.raises(UsageError, match="can't be written: No such file"):
        write_label_map(labels_on(grid), SourceLayout(grid), tmp_path / "missing" / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "spacing_mm", "words"), [("a.png", None, "--spacing"), ("a.nii", 1.0, "Only a PNG")])
def test_spacing_goes_with_pictures_only(tmp_path, name, spacing_mm, words):
    grid = SLICE if name.endswith("png") else GRID
    write_label_map(labels_on(grid), SourceLayout(grid), tmp_path / name)
    with pytest.raises(UsageError, match=words):
        read_label_map(tmp_path / name, spacing_mm=spacing_mm)
