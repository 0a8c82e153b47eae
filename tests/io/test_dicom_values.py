"""Stored values: bits above BitsStored and padding are no picture."""

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import read_input


def written(series, folder, pixels, syntax=None, **header):
    folder.mkdir()
    for index in range(len(pixels)):
        dataset = series.dataset(index, index + 1)
        dataset.PixelRepresentation = header.get("PixelRepresentation", 0)
        dataset.PixelData = pixels[index].tobytes()
        if syntax is not None:
            dataset.compress(syntax, generate_instance_uid=False)
        for keyword, value in header.items():
            if keyword.startswith("PixelPadding"):
                dataset.add_new(keyword, *value)
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(folder / f"{index}.dcm")
    return read_input(folder).series.pixels


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_bits_above_those_stored_are_left_out(dicom_series, tmp_path, syntax):
    series = dicom_series(shape=(5, 64, 64))
    marked = series.pixels.copy()
    marked[:, 10:20, 5:9] |= 1 << 14
    read = written(series, tmp_path / "s", marked, syntax, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read, series.pixels)


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless])
def test_signed_values_keep_their_sign(dicom_series, tmp_path, syntax):
    series = dicom_series(shape=(5, 64, 64))
    signed = (series.pixels.astype(np.int16) - 2000).clip(-2000, 2000)
    read = written(series, tmp_path / "s", signed, syntax, PixelRepresentation=1, BitsStored=13, HighBit=12)
    np.testing.assert_array_equal(read, signed)


@pytest.mark.parametrize(
    ("padding", "header"),
    [
        (-32768, {"PixelPaddingValue": ("SS", -32768)}),
        (-2000, {"PixelPaddingValue": ("SS", -2000)}),
        (-32768, {"PixelPaddingValue": ("US", 32768)}),
        (-1500, {"PixelPaddingValue": ("SS", -2000), "PixelPaddingRangeLimit": ("SS", -1000)}),
        (32767, {"PixelPaddingValue": ("SS", 32767)}),
    ],
)
def test_padding_is_background(dicom_series, tmp_path, padding, header):
    series = dicom_series()
    pixels = series.pixels.astype(np.int16)
    padded = pixels.copy()
    padded[:, :4] = padding
    read = written(series, tmp_path / "s", padded, PixelRepresentation=1, **header)
    np.testing.assert_array_equal(read[:, 4:], pixels[:, 4:])
    assert (read[:, :4] == pixels[:, 4:].min()).all()


def test_a_blank_slice_ends_no_study(dicom_series, tmp_path):
    series = dicom_series()
    pixels = series.pixels.copy()
    pixels[0] = 0
    assert not written(series, tmp_path / "s", pixels)[0].any()


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ({"RescaleSlope": "1e300", "RescaleIntercept": "0"}, InputUnreadable),
        ({"RescaleSlope": "1e-320", "RescaleIntercept": "0"}, UnsuitableInput),
        ({"RescaleSlope": "1e38", "RescaleIntercept": "-1e308"}, InputUnreadable),
    ],
)
def test_scaling_beyond_reckoning_is_refused(header, error, dicom_series, tmp_path, capfd):
    series = dicom_series()
    series.write(tmp_path)
    for file in tmp_path.iterdir():
        dataset = pydicom.dcmread(file)
        for keyword, value in header.items():
            dataset[keyword] = RawDataElement(Tag(keyword), "DS", len(value), value.encode(), 0, False, True)
        dataset.save_as(file)
    with pytest.raises(error):
        read_input(tmp_path)
    assert capfd.readouterr() == ("", "")
