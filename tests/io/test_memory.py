"""A large series is held once, as 32-bit floats; all else is done a slice at a time."""

import numpy as np

from spoils.images import SagittalSeries
from spoils.io import mid_sagittal_index, read_input
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

from ..memory import peak_bytes

SHAPE = (60, 320, 240)
SERIES_BYTES = 4 * np.prod(SHAPE)


def test_dicom_files_are_read_into_one_copy(dicom_series, tmp_path):
    dicom_series(shape=SHAPE).write(tmp_path)
    read_input(tmp_path)
    assert peak_bytes(lambda: read_input(tmp_path)) < 1.4 * SERIES_BYTES


def test_a_volume_is_read_into_one_copy_beside_its_file(dicom_series, tmp_path):
    series = dicom_series(shape=SHAPE)
    path = tmp_path / "a.nii"
    path.write_bytes(volume_bytes(series.pixels.astype(np.int16), series.grid, ".nii"))
    assert peak_bytes(lambda: read_input(path)) < 2.2 * SERIES_BYTES


def test_the_middle_is_found_on_coarse_slices():
    grid = Grid.from_axes((40, 800, 600), (4.0, 0.2, 0.2))
    series = SagittalSeries(np.zeros(grid.shape, np.float32), grid)
    assert peak_bytes(lambda: mid_sagittal_index(series)) < 0.3 * series.pixels.nbytes
