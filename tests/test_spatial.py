import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from spoils.errors import InputUnreadable
from spoils.spatial import POSITION_TOLERANCE_MM, Grid

SHAPES = st.tuples(*[st.integers(1, 5)] * 3)
SPACINGS = st.tuples(*[st.floats(0.2, 8.0)] * 3)
ORIGINS = st.tuples(*[st.floats(-500.0, 500.0)] * 3)
ROTATIONS = st.tuples(*[st.floats(-180.0, 180.0)] * 3).map(
    lambda angles_deg: Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
)
GRIDS = st.builds(Grid.from_axes, SHAPES, SPACINGS, ROTATIONS, ORIGINS)
ORDERS = st.sampled_from(list(itertools.permutations(range(3))))
FLIPS = st.tuples(*[st.booleans()] * 3)


def all_indices(shape):
    return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)


@given(GRIDS)
@settings(max_examples=50)
def test_to_index_undoes_to_patient(grid):
    indices = all_indices(grid.shape) + 0.25
    np.testing.assert_allclose(grid.to_index(grid.to_patient(indices)), indices, atol=1e-6)


@given(GRIDS, ORDERS, FLIPS)
@settings(max_examples=50)
def test_rearranging_moves_no_voxel_in_the_patient(grid, order, flipped):
    positions = grid.to_patient(all_indices(grid.shape)).transpose(*order, 3)
    positions = np.flip(positions, [axis for axis in range(3) if flipped[axis]])
    rearranged = grid.rearranged(order, flipped)
    np.testing.assert_allclose(rearranged.to_patient(all_indices(rearranged.shape)), positions, atol=1e-9)


def test_default_axes_are_left_inferior_posterior():
    grid = Grid.from_axes((3, 4, 5), (4.0, 0.5, 0.6), origin_mm=(-4.0, 10.0, 20.0))
    assert grid.spacing_mm == (4.0, 0.5, 0.6)
    np.testing.assert_allclose(grid.to_patient((0, 0, 0)), (-4.0, 10.0, 20.0))
    np.testing.assert_allclose(grid.to_patient((1, 0, 0)), (0.0, 10.0, 20.0))
    np.testing.assert_allclose(grid.to_patient((0, 1, 0)), (-4.0, 10.0, 19.5))
    np.testing.assert_allclose(grid.to_patient((0, 0, 1)), (-4.0, 10.6, 20.0))
    assert grid.voxel_volume_mm3 == pytest.approx(1.2)


@given(SHAPES, SPACINGS, ROTATIONS)
@settings(max_examples=25)
def test_from_axes_keeps_spacing_and_axes(shape, spacing_mm, axes):
    grid = Grid.from_axes(shape, spacing_mm, axes)
    np.testing.assert_allclose(grid.spacing_mm, spacing_mm)
    np.testing.assert_allclose(grid.axes, axes, atol=1e-12)


def sheared():
    affine = np.eye(4)
    affine[0, 1] = 0.1
    return affine


def projective():
    affine = np.eye(4)
    affine[3, 0] = 0.1
    return affine


@pytest.mark.parametrize(
    ("shape", "affine", "complaint"),
    [
        ((0, 2, 2), np.eye(4), "no voxels"),
        ((2, 2), np.eye(4), "no voxels"),
        ((2, 2, 2), np.eye(3), "finite 4 x 4"),
        ((2, 2, 2), np.full((4, 4), np.nan), "finite 4 x 4"),
        ((2, 2, 2), np.diag((1.0, 0.0, 1.0, 1.0)), "spacing of zero"),
        ((2, 2, 2), sheared(), "right angles"),
        ((2, 2, 2), projective(), "not an affine transform"),
    ],
)
def test_an_impossible_grid_is_refused(shape, affine, complaint):
    with pytest.raises(InputUnreadable, match=complaint):
        Grid(shape, affine)


def test_a_grid_does_not_change_with_its_source():
    affine = np.eye(4)
    grid = Grid((2, 2, 2), affine)
    affine[0, 3] = 9.0
    assert grid.affine[0, 3] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 3] = 9.0


@pytest.mark.parametrize(("shift", "same"), [(0.5, True), (2.0, False)])
def test_grids_match_within_the_tolerance(shift, same):
    one = Grid.from_axes((3, 4, 5), (4.0, 0.5, 0.5))
    other = Grid.from_axes((3, 4, 5), (4.0, 0.5, 0.5), origin_mm=(0.0, shift * POSITION_TOLERANCE_MM, 0.0))
    assert one.matches(other) is same


def test_grids_of_different_shape_do_not_match():
    assert not Grid((2, 2, 2), np.eye(4)).matches(Grid((2, 2, 3), np.eye(4)))
