"""NIfTI volumes and PNG images without header texts."""

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import Cleaning, Deidentification, Pseudonyms, write_deidentified

from .conftest import SECRET, write_text


def written(out):
    (path,) = out.iterdir()
    assert "eatherby" not in path.name
    return path


def nifti_bytes(name="Weatherby"):
    """Return a small NIfTI-1 file with texts in its header and an extension, and its voxels."""
    voxels = np.random.default_rng(3).integers(0, 900, (5, 20, 30)).astype("<i2")
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 30, 20, 5, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, 0.7, 0.7, 4.4, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 384, 2.0, 1.0)
    struct.pack_into("<2h", header, 252, 1, 0)
    for place, size in ((4, 10), (14, 18), (148, 80), (228, 24), (328, 16)):
        header[place : place + size] = name.encode().ljust(size, b"\0")[:size]
    header[344:348] = b"n+1\0"
    extension = struct.pack("<4b2i", 1, 0, 0, 0, 32, 6) + name.encode().ljust(24, b"\0")
    return bytes(header) + extension + voxels.tobytes(), voxels


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_nifti_keeps_voxels_and_geometry_alone(tmp_path, how, suffix):
    content, voxels = nifti_bytes()
    source = tmp_path / f"Weatherby{suffix}"
    source.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    assert write_deidentified(source, tmp_path / "out", how).files == 1
    path = written(tmp_path / "out")
    raw = path.read_bytes()
    inside = gzip.decompress(raw) if suffix.endswith("gz") else raw
    assert b"Weatherby" not in inside
    assert b"Weatherby" not in raw
    assert inside[-voxels.nbytes :] == voxels.tobytes()
    before, after = sitk.ReadImage(source), sitk.ReadImage(path)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(before), sitk.GetArrayFromImage(after))
    assert after.GetSpacing() == before.GetSpacing()


def test_what_follows_the_voxels_of_a_nifti_goes(tmp_path, how):
    content, voxels = nifti_bytes()
    (tmp_path / "in.nii").write_bytes(content + b"Weatherby")
    write_deidentified(tmp_path / "in.nii", tmp_path / "out", how)
    assert written(tmp_path / "out").read_bytes().endswith(voxels.tobytes())


@pytest.mark.parametrize("second", [False, True])
def test_a_nifti_whose_voxels_are_not_all_there_is_refused(tmp_path, second):
    """Even where a person looked at the pixels, so that nobody else did."""
    content, _ = nifti_bytes()
    header = bytearray(content)
    if second:
        struct.pack_into("<f", header, 108, 2e9)
    (tmp_path / "in.nii").write_bytes(bytes(header)[: len(content) - (0 if second else 9)])
    checked = Deidentification(Cleaning(Pseudonyms(SECRET)), pixels_checked=True)
    with pytest.raises(InputUnreadable, match="damaged"):
        write_deidentified(tmp_path / "in.nii", tmp_path / "out", checked)


def test_a_nifti_2_is_cleaned_too(tmp_path, how):
    volume = sitk.GetImageFromArray(np.random.default_rng(3).integers(0, 900, (5, 20, 30)).astype(np.int16))
    sitk.WriteImage(volume, tmp_path / "one.nii")
    one = (tmp_path / "one.nii").read_bytes()
    header = bytearray(540)
    struct.pack_into("<i8s2h8q", header, 0, 540, b"n+2\0\r\n\x1a\n", 4, 16, 3, 30, 20, 5, 1, 1, 1, 1)
    struct.pack_into("<8d", header, 104, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<q2d", header, 168, 544, 1.0, 0.0)
    header[240:249] = b"Weatherby"
    (tmp_path / "in.nii").write_bytes(bytes(header) + bytes(4) + one[352:] + b"Weatherby")
    write_deidentified(tmp_path / "in.nii", tmp_path / "out", Deidentification(how.cleaning, pixels_checked=True))
    copy = written(tmp_path / "out").read_bytes()
    assert b"Weatherby" not in copy
    assert copy.endswith(one[352:])


def test_a_png_keeps_pixels_alone(tmp_path, how):
    texts = PngInfo()
    texts.add_text("Patient", "Weatherby")
    texts.add_itxt("Comment", "Cordelia", zip=True)
    pixels = np.random.default_rng(3).integers(0, 60000, (40, 30)).astype(np.uint16)
    Image.fromarray(pixels).save(tmp_path / "Weatherby.png", pnginfo=texts)
    write_deidentified(tmp_path / "Weatherby.png", tmp_path / "out", how)
    path = written(tmp_path / "out")
    with Image.open(path) as picture:
        assert not picture.info
        np.testing.assert_array_equal(np.asarray(picture), pixels)


def test_a_palette_stays(tmp_path, how):
    picture = Image.fromarray(np.arange(200, dtype=np.uint8).reshape(20, 10)).convert("P")
    picture.putpalette([value for index in range(256) for value in (index, 255 - index, 7)])
    picture.save(tmp_path / "in.png")
    write_deidentified(tmp_path / "in.png", tmp_path / "out", how)
    with Image.open(written(tmp_path / "out")) as copy:
        np.testing.assert_array_equal(np.asarray(copy.convert("RGB")), np.asarray(picture.convert("RGB")))


def test_text_in_a_picture_is_refused_unless_a_person_looked(tmp_path, how):
    pixels = write_text(np.full((300, 200), 90, dtype=np.uint8), level=2.5)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    with pytest.raises(UnsuitableInput, match="burned in"):
        write_deidentified(tmp_path / "in.png", tmp_path / "out", how)
    assert not (tmp_path / "out").exists()
    checked = Deidentification(how.cleaning, pixels_checked=True)
    assert write_deidentified(tmp_path / "in.png", tmp_path / "out", checked).files == 1


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_formats_with_free_headers_are_refused(tmp_path, how, suffix):
    sitk.WriteImage(sitk.Image(8, 8, 3, sitk.sitkInt16), tmp_path / f"in{suffix}")
    with pytest.raises(UnsuitableInput, match="NIfTI"):
        write_deidentified(tmp_path / f"in{suffix}", tmp_path / "out", how)


@pytest.mark.parametrize("name", ["in.nii", "in.nii.gz", "in.png"])
def test_damaged_images_are_refused(tmp_path, how, name):
    (tmp_path / name).write_bytes(b"Weatherby")
    with pytest.raises(InputUnreadable):
        write_deidentified(tmp_path / name, tmp_path / "out", how)
    assert not (tmp_path / "out").exists()
