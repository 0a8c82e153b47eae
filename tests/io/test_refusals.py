"""Volumes and pictures that can't be read or must not be graded end in the right error, with one plain sentence."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image

from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.io import read_input
from spoils.messages import Language, translator_for
from spoils.spatial import Grid

NOISE = np.random.default_rng(5).integers(0, 255, (300, 240), dtype=np.uint8)


def sagittal_image(values):
    grid = Grid.from_axes(values.shape[:3], (4.0, 0.7, 0.7))
    image = sitk.GetImageFromArray(values, isVector=values.ndim == 4)
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetDirection(grid.axes[::-1].T.ravel().tolist())
    return image


def picture(path, values):
    Image.fromarray(values).save(path)
    return path


@pytest.mark.parametrize("values", [NOISE, NOISE.astype(np.uint16) * 200, np.stack([NOISE] * 3, axis=-1)])
def test_grey_pictures_are_read(tmp_path, values):
    source = read_input(picture(tmp_path / "a.png", values), spacing_mm=0.7)
    grey = values if values.ndim == 2 else values[..., 0]
    np.testing.assert_array_equal(source.series.pixels[0], grey)
    assert source.series.grid.spacing_mm == (1.0, 0.7, 0.7)
    assert [note.code for note in source.notes] == ["laterality-unknown", "slice-thickness-unknown"]


@pytest.mark.parametrize(("spacing_mm", "words"), [(None, "--spacing"), (0.0, "positive"), (float("nan"), "positive")])
def test_a_picture_needs_its_spacing(tmp_path, spacing_mm, words):
    with pytest.raises(UsageError, match=words):
        read_input(picture(tmp_path / "a.png", NOISE), spacing_mm=spacing_mm)


def test_a_colour_photo_is_refused(tmp_path):
    photo = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    with pytest.raises(UnsuitableInput, match="coloured"):
        read_input(picture(tmp_path / "a.png", photo), spacing_mm=0.7)


def test_a_20000_pixel_picture_is_refused_from_its_header(tmp_path):
    path = picture(tmp_path / "a.png", NOISE)
    whole = path.read_bytes()
    path.write_bytes(whole[:16] + (20000).to_bytes(4, "big") * 2 + whole[24:])
    with pytest.raises(UnsuitableInput, match="20000 x 20000"):
        read_input(path, spacing_mm=0.7)


@pytest.mark.parametrize("spacing_mm", [0.1, 3.0])
def test_an_impossible_field_of_view_is_refused(tmp_path, spacing_mm):
    with pytest.raises(UnsuitableInput, match="mm high"):
        read_input(picture(tmp_path / "a.png", NOISE), spacing_mm=spacing_mm)


def test_a_damaged_picture_is_unreadable(tmp_path):
    path = picture(tmp_path / "a.png", NOISE)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for damaged in (b"", whole[:20], whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(damaged)
        with pytest.raises(InputUnreadable):
            read_input(path, spacing_mm=0.7)


def test_only_a_picture_takes_a_spacing(tmp_path):
    with pytest.raises(UsageError, match="Only a PNG"):
        read_input(tmp_path, spacing_mm=0.7)


@pytest.mark.parametrize("name", ["a.dcm", "a.nii", "a.nii.gz", "a.mha", "a.nrrd", "a.jpg"])
def test_text_under_another_name_is_unreadable(tmp_path, name):
    path = tmp_path / name
    path.write_text("The quick brown fox jumps over the lazy dog. " * 20)
    with pytest.raises(InputUnreadable):
        read_input(path)


@pytest.mark.parametrize("name", ["nothing", "nothing.png", "nothing.nii.gz", "n" * 300])
def test_what_is_not_there_is_unreadable(tmp_path, name):
    with pytest.raises(InputUnreadable, match="no such file"):
        read_input(tmp_path / name, spacing_mm=0.7 if name.endswith("png") else None)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd"])
def test_a_cut_off_volume_is_unreadable(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sagittal_image(np.random.default_rng(0).random((3, 200, 200)).astype(np.float32)), str(path))
    whole = path.read_bytes()
    read_input(path)
    for share in (0.001, 0.3, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputUnreadable):
            read_input(path)


def test_stored_scaling_of_nifti_is_applied(tmp_path):
    path = tmp_path / "a.nii.gz"
    values = np.random.default_rng(0).integers(0, 99, (3, 200, 200)).astype(np.int16)
    sitk.WriteImage(sagittal_image(values), str(path))
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[112:116] = np.float32(2.5).tobytes()
    path.write_bytes(gzip.compress(raw))
    assert read_input(path).series.pixels.max() == values.max() * 2.5


RAMP = np.arange(3 * 200 * 200, dtype=np.float64).reshape(3, 200, 200) % 251


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (sagittal_image(np.zeros((3, 200, 200, 3), np.uint8)), UnsuitableInput, "coloured"),
        (sitk.GetImageFromArray(np.zeros((2, 3, 20, 20), np.uint8), isVector=False), UnsuitableInput, "fourth axis"),
        (sitk.GetImageFromArray(NOISE), InputUnreadable, "two dimensions"),
        (sagittal_image(np.full((3, 200, 200), 7, np.int16)), UnsuitableInput, "same value"),
        (sagittal_image(np.full((3, 200, 200), np.inf, np.float32)), InputUnreadable, "not numbers"),
        (sagittal_image(RAMP * 1e300), InputUnreadable, "too large"),
        (sagittal_image((RAMP * 1e30).astype(np.float32)), InputUnreadable, "too large"),
        (sagittal_image(np.where(RAMP == 7, np.nan, RAMP)), InputUnreadable, "not numbers"),
        (sagittal_image(RAMP * 1e-320), UnsuitableInput, "same value"),
        (sagittal_image((RAMP * 1e-40).astype(np.float32)), UnsuitableInput, "same value"),
    ],
    ids=["vector", "4-D", "2-D", "constant", "infinite", "1e300", "1e30", "NaN", "1e-320", "1e-40"],
)
def test_volumes_of_the_wrong_kind(tmp_path, image, error, words):
    sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
    with pytest.raises(error, match=words):
        read_input(tmp_path / "a.nrrd")


def test_max_pixels_holds_for_volumes(tmp_path):
    sitk.WriteImage(sagittal_image(np.zeros((3, 200, 200), np.int16)), str(tmp_path / "a.mha"))
    with pytest.raises(UnsuitableInput, match="more than the 39999"):
        read_input(tmp_path / "a.mha", max_pixels=39999)


@pytest.mark.parametrize(
    ("slices", "german"), [(1, "NRRD-Volumen mit 1 sagittalen Schicht"), (3, "NRRD-Volumen mit 3 sagittalen Schichten")]
)
def test_the_source_of_a_volume_counts_its_slices(tmp_path, slices, german):
    sitk.WriteImage(sagittal_image(np.stack([NOISE] * slices)), str(tmp_path / "a.nrrd"))
    source = read_input(tmp_path / "a.nrrd").source
    assert str(source) == f"NRRD volume with {slices} sagittal slice{'s' if slices > 1 else ''}"
    assert translator_for(Language.GERMAN).render(source) == german
