"""Whatever the axis order, direction and slice order of the input, every voxel keeps its place in the patient."""

import struct
import tempfile
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import LabelMap
from spoils.io import read_input, read_label_map, write_label_map
from spoils.io.canonical import canonical_layout, to_canonical, to_source
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

CANONICAL = ((1, 0, 0), (0, 0, -1), (0, 1, 0))
SHAPE = (5, 26, 22)

orders = st.sampled_from(list(permutations(range(3))))
flips = st.tuples(st.booleans(), st.booleans(), st.booleans())
tilts = st.tuples(st.floats(-20, 20), st.floats(-15, 15), st.floats(-15, 15))


def volume(order, flipped, tilt_deg):
    """Return an array with one voxel of each value, and its grid, tilted and then rearranged."""
    axes = Rotation.from_euler("xyz", tilt_deg, degrees=True).apply(CANONICAL)
    grid = Grid.from_axes(SHAPE, (4.0, 2.4, 2.0), axes, origin_mm=(3.0, -40.0, 90.0))
    big = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE)
    tall = np.repeat(np.repeat(big, 3, axis=1), 2, axis=2)
    grid = Grid(tall.shape, grid.affine)
    turned = tall.transpose(order)
    for axis, flip in enumerate(flipped):
        if flip:
            turned = np.flip(turned, axis)
    return turned, grid.rearranged(order, flipped), tall, grid


def save(values, grid, path):
    image = sitk.GetImageFromArray(np.ascontiguousarray(values))
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetDirection(grid.axes[::-1].T.ravel().tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    sitk.WriteImage(image, str(path))


@settings(max_examples=25, deadline=None)
@given(order=orders, flipped=flips, tilt_deg=tilts, suffix=st.sampled_from([".nii.gz", ".nii", ".mha", ".nrrd"]))
def test_volumes_end_canonical_and_labels_go_back(order, flipped, tilt_deg, suffix):
    values, grid, canonical, canonical_grid = volume(order, flipped, tilt_deg)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"in{suffix}")
        save(values, grid, path)
        source = read_input(path)
        np.testing.assert_array_equal(source.series.pixels, canonical)
        assert source.series.grid.matches(canonical_grid)

        labels = LabelMap((canonical % 14).astype(np.uint8), source.series.grid)
        out = Path(folder, f"out{suffix}")
        write_label_map(labels, source.layout, out)
        before, after = sitk.ReadImage(str(path)), sitk.ReadImage(str(out))
        assert after.GetSize() == before.GetSize()
        np.testing.assert_allclose(after.GetOrigin(), before.GetOrigin(), atol=1e-3)
        np.testing.assert_allclose(after.GetDirection(), before.GetDirection(), atol=1e-5)
        np.testing.assert_allclose(after.GetSpacing(), before.GetSpacing(), atol=1e-5)
        np.testing.assert_array_equal(sitk.GetArrayFromImage(after), values % 14)
        again, _ = read_label_map(out)
        np.testing.assert_array_equal(again.labels, labels.labels)
        assert again.grid.matches(labels.grid)


@settings(max_examples=15, deadline=None)
@given(in_plane=st.sampled_from([(0, 1, 2), (0, 2, 1)]), flipped=flips, tilt_deg=tilts, order=st.permutations(range(5)))
def test_dicom_ends_canonical(dicom_series, in_plane, flipped, tilt_deg, order):
    values, grid, canonical, canonical_grid = volume(in_plane, flipped, tilt_deg)
    series = replace(dicom_series(), pixels=values, grid=grid)
    with tempfile.TemporaryDirectory() as folder:
        series.write(Path(folder), order=list(order))
        source = read_input(Path(folder))
    np.testing.assert_array_equal(source.series.pixels, canonical)
    assert source.series.grid.matches(canonical_grid)


@given(order=orders, flipped=flips)
@settings(max_examples=20, deadline=None)
def test_there_and_back_is_nothing(order, flipped):
    values, grid, _, _ = volume(order, flipped, (0, 0, 0))
    layout = canonical_layout(grid)
    np.testing.assert_array_equal(to_source(to_canonical(values, layout), layout), values)


@pytest.mark.parametrize(("spacing_mm", "plane"), [((0.8, 4.0, 0.8), "axial"), ((0.8, 0.8, 4.0), "coronal")])
def test_volumes_with_thick_slices_in_another_plane_are_refused(tmp_path, spacing_mm, plane):
    values = np.random.default_rng(1).random((40, 60, 60)).astype(np.float32)
    save(values, Grid.from_axes(values.shape, spacing_mm), tmp_path / "a.nii.gz")
    with pytest.raises(UnsuitableInput, match=plane):
        read_input(tmp_path / "a.nii.gz")


def sheared(shear):
    """Return a NIfTI file of a sagittal volume whose column axis leans by ``shear`` towards its row axis."""
    pixels = np.random.default_rng(3).integers(0, 999, (5, 80, 60)).astype(np.int16)
    grid = Grid.from_axes((5, 80, 60), (4.4, 2.0, 2.0))
    content = bytearray(volume_bytes(pixels, grid, ".nii"))
    struct.pack_into("<2h", content, 252, 0, 1)
    affine = np.array(struct.unpack_from("<12f", content, 280)).reshape(3, 4)
    affine[:, 0] += shear * affine[:, 1]
    struct.pack_into("<12f", content, 280, *affine.ravel())
    return bytes(content), pixels, grid


@pytest.mark.parametrize("shear", [0.001, -0.004, 0.009])
def test_a_slight_shear_is_straightened_with_a_note(shear):
    content, pixels, grid = sheared(shear)
    source = read_input(content)
    np.testing.assert_array_equal(source.series.pixels, pixels)
    assert source.series.grid.spacing_mm == pytest.approx(grid.spacing_mm)
    np.testing.assert_allclose(source.series.grid.axes @ source.series.grid.axes.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(source.series.grid.axes, grid.axes, atol=0.006)
    assert [note.code for note in source.notes] == ["sequence-unknown", "axes-sheared"]
    assert f"{np.rad2deg(abs(shear)):.2f} degrees" in str(source.notes[1].message)


def test_a_gross_shear_is_refused_as_such():
    with pytest.raises(InputUnreadable, match=r"2\.9 degrees off right angles.* sheared"):
        read_input(sheared(0.05)[0])
