"""Text in pixels: found where it is drawn, not seen where it is not."""

import numpy as np
import pydicom
import pytest
from PIL import Image

from spoils.io import holds_text
from spoils.phantom import PhantomSpec, draw_phantom

from .conftest import write_text


@pytest.fixture(scope="module")
def slices():
    return draw_phantom(PhantomSpec(n_slices=5, noise_sd=0.02)).series.pixels


def test_a_phantom_holds_no_text(slices):
    assert not any(holds_text(pixels) for pixels in slices)


@pytest.mark.parametrize("rows", [12, 16, 24, 32])
@pytest.mark.parametrize("level", [1.0, 0.8])
@pytest.mark.parametrize("place", ["top", "bottom"])
def test_text_at_the_border_is_found(slices, rows, level, place):
    pixels = slices[2]
    top = 4 if place == "top" else pixels.shape[0] - rows - 8
    assert holds_text(write_text(pixels, rows=rows, at=(8, top), level=level))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_the_type_of_the_numbers_does_not_matter(slices, dtype):
    pixels = (slices[2] / slices[2].max() * 250).astype(dtype)
    assert holds_text(write_text(pixels))
    assert not holds_text(pixels)


def test_a_row_of_dots_or_a_ruler_is_no_text(slices):
    pixels = slices[2].copy()
    pixels[10:13, 10:200:12] = pixels.max()
    pixels[50:300:20, 4:10] = pixels.max()
    assert not holds_text(pixels)


@pytest.mark.parametrize("pixels", [np.zeros((40, 30)), np.full((40, 30), 7)])
def test_an_even_image_holds_no_text(pixels):
    assert not holds_text(pixels)


@pytest.mark.data
def test_real_slices_raise_no_false_alarm(data_dir):
    for path in sorted((data_dir / "dicom").rglob("*.dcm"))[::4]:
        assert not holds_text(pydicom.dcmread(path).pixel_array), path.name
    for path in sorted((data_dir / "annotated").glob("*.png"))[::4]:
        with Image.open(path) as picture:
            assert not holds_text(np.asarray(picture)), path.name


@pytest.mark.data
def test_text_on_real_slices_is_found(data_dir):
    for path in sorted((data_dir / "dicom").rglob("*.dcm"))[::10]:
        assert holds_text(write_text(pydicom.dcmread(path).pixel_array, rows=18)), path.name
