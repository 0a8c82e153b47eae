"""The same image gives the same series, whatever kind of input holds it."""

import gzip
from io import BytesIO, StringIO

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image
from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.images import LabelMap
from spoils.io import read_input, read_label_map, write_label_map
from spoils.io.inputs import FileSource
from spoils.report import SourceDicom, segmentation_file
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

PIXELS = np.random.default_rng(5).integers(0, 255, (3, 200, 160)).astype(np.int16)
GRID = Grid.from_axes(PIXELS.shape, (4.0, 0.75, 0.75), origin_mm=(5.0, -20.0, 30.0))
SUFFIXES = [".nii", ".nii.gz", ".mha", ".nrrd"]


def codes(source):
    return [note.code for note in source.notes]


def require_equal(source, other):
    np.testing.assert_array_equal(source.series.pixels, other.series.pixels)
    assert source.series.grid.matches(other.series.grid)
    assert (source.source, source.notes, source.subject) == (other.source, other.notes, other.subject)
    assert source.dicom_frames == other.dicom_frames
    assert [header.to_json() for header in source.dicom_headers] == [header.to_json() for header in other.dicom_headers]


def png(pixels):
    file = BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, format="PNG")
    return file.getvalue()


@pytest.fixture(params=SUFFIXES)
def volume(request, tmp_path):
    path = tmp_path / f"volume{request.param}"
    path.write_bytes(volume_bytes(PIXELS, GRID, request.param))
    return path


def test_a_volume_is_the_same_from_path_text_bytes_and_open_file(volume):
    by_path = read_input(volume)
    np.testing.assert_array_equal(by_path.series.pixels, PIXELS)
    require_equal(read_input(str(volume)), by_path)
    require_equal(read_input(volume.read_bytes()), by_path)
    require_equal(read_input(memoryview(volume.read_bytes())), by_path)
    require_equal(read_input(BytesIO(volume.read_bytes())), by_path)
    with volume.open("rb") as file:
        require_equal(read_input(file), by_path)


def test_the_content_of_a_file_decides_not_its_name(volume, tmp_path):
    for name in ("scan", "scan.png", "scan.nrrd", "scan.nii"):
        (tmp_path / name).write_bytes(volume.read_bytes())
        require_equal(read_input(tmp_path / name), read_input(volume))


def test_a_png_is_the_same_from_bytes(tmp_path):
    content = png(PIXELS[0])
    (tmp_path / "slice.png").write_bytes(content)
    require_equal(read_input(content, spacing_mm=0.75), read_input(tmp_path / "slice.png", spacing_mm=0.75))
    source = read_input(content, spacing_mm=(0.75, 0.5))
    assert source.series.grid.spacing_mm == (1.0, 0.75, 0.5)


@pytest.mark.parametrize("content", [b"", b"nothing known", b"\x1f\x8b cut", gzip.compress(b"text"), b"\0" * 500])
def test_bytes_of_no_known_format_are_unreadable(content):
    with pytest.raises(InputUnreadable, match="neither DICOM nor"):
        read_input(content)


@pytest.mark.parametrize(
    ("header", "suffix"),
    [
        ("ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = {}\n", ".mha"),
        (
            "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = LIST\n{}\n",
            ".mha",
        ),
        ("NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: {}\n\n", ".nrrd"),
        ("NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndatafile: {}\n\n", ".nrrd"),
    ],
)
def test_a_volume_can_not_make_us_read_another_file(tmp_path, header, suffix):
    (tmp_path / "other").write_bytes(bytes(range(8)))
    (tmp_path / f"volume{suffix}").write_text(header.format(tmp_path / "other"))
    with pytest.raises(InputUnreadable, match="damaged"):
        read_input(tmp_path / f"volume{suffix}")


def test_an_array_of_one_slice_takes_the_spacing_of_its_pixels():
    source = read_input(PIXELS[0], spacing_mm=0.75)
    np.testing.assert_array_equal(source.series.pixels, PIXELS[:1])
    assert source.series.grid.spacing_mm == (1.0, 0.75, 0.75)
    assert codes(source) == ["laterality-unknown", "slice-thickness-unknown"]
    assert str(source.source) == "NumPy array of one slice"
    assert read_input(PIXELS[0], spacing_mm=(0.75, 0.5)).series.grid.spacing_mm == (1.0, 0.75, 0.5)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64, bool])
def test_an_array_of_a_volume_lies_in_canonical_order(dtype):
    source = read_input(PIXELS.astype(dtype), spacing_mm=(4.0, 0.75, 0.75))
    np.testing.assert_array_equal(source.series.pixels, PIXELS.astype(dtype))
    assert source.series.grid.matches(Grid.from_axes(PIXELS.shape, (4.0, 0.75, 0.75)))
    assert codes(source) == ["sequence-unknown"]
    assert str(source.source) == "NumPy volume with 3 sagittal slices"


@pytest.mark.parametrize(
    ("array", "spacing_mm", "error", "words"),
    [
        (PIXELS[0], None, UsageError, "spacing_mm"),
        (PIXELS[0], (4.0, 0.75, 0.75), UsageError, "single slice"),
        (PIXELS, 0.75, UsageError, "three spacings"),
        (PIXELS, (4.0, 0.75, 0.0), UsageError, "positive"),
        (PIXELS[0], "wide", UsageError, "positive number of millimetres, not wide"),
        (PIXELS[0], [[1, 1], [1]], UsageError, "positive"),
        (PIXELS[0], [[1, 1], [1, 1]], UsageError, "positive"),
        (PIXELS[0], 1j, UsageError, "positive"),
        (PIXELS[0], 10**400, UsageError, "positive"),
        (PIXELS[0], 1e308, InputUnreadable, "not finite|finite"),
        (PIXELS[0] * 1e300, 0.75, InputUnreadable, "not numbers"),
        (PIXELS[None], (4.0, 0.75, 0.75), InputUnreadable, "neither a slice"),
        (PIXELS[:0], (4.0, 0.75, 0.75), InputUnreadable, "neither a slice"),
        (PIXELS[0] * 1j, 0.75, InputUnreadable, "real numbers"),
        (np.where(PIXELS[0] > 200, np.nan, PIXELS[0]), 0.75, InputUnreadable, "not numbers"),
        (PIXELS[0] * 0, 0.75, UnsuitableInput, "same value"),
        (PIXELS[0], 0.1, UnsuitableInput, "20 mm high"),
        (PIXELS, (0.75, 4.0, 0.75), UnsuitableInput, "axial"),
    ],
)
def test_arrays_that_can_not_be_read(array, spacing_mm, error, words):
    with pytest.raises(error, match=words):
        read_input(array, spacing_mm=spacing_mm)


def test_an_itk_image_is_read_as_the_volume_it_was_read_from(volume):
    source, by_path = read_input(sitk.ReadImage(str(volume))), read_input(volume)
    np.testing.assert_array_equal(source.series.pixels, by_path.series.pixels)
    assert source.series.grid.matches(by_path.series.grid)
    assert str(source.source) == "SimpleITK volume with 3 sagittal slices"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (sitk.GetImageFromArray(PIXELS[0]), "two dimensions"),
        (sitk.GetImageFromArray(PIXELS, isVector=True), "coloured"),
    ],
)
def test_itk_images_of_the_wrong_kind(image, words):
    with pytest.raises((InputUnreadable, UnsuitableInput), match=words):
        read_input(image)


def test_datasets_in_memory_are_read_as_their_files_are(dicom_series, tmp_path):
    series = dicom_series(PatientName="Muster^Erika", PatientID="7")
    series.write(tmp_path, order=[3, 0, 4, 1, 2])
    dicom_series(SeriesNumber=9, EchoTime="10").write(tmp_path)
    datasets = [pydicom.dcmread(path) for path in sorted(tmp_path.iterdir())]
    require_equal(read_input(datasets), read_input(tmp_path))
    assert read_input(datasets).subject.person.name == "Muster, Erika"


def test_dicom_bytes_are_read_as_their_file_is(dicom_series, tmp_path):
    path = dicom_series().write(tmp_path)[0]
    require_equal(read_input(path.read_bytes()), read_input(path))


def test_datasets_stay_as_they_are(dicom_series, tmp_path):
    given = [dicom_series().dataset(k) for k in range(5)]
    for dataset in given:
        item = Dataset()
        item.add_new(0x00091001, "LO", "kept")
        dataset.ReferencedImageSequence = [item]
    before = [dataset.to_json() for dataset in given]
    read = read_input(given)
    segmentation_file(LabelMap(np.ones(read.series.grid.shape), read.series.grid), with_study(read))
    assert [dataset.to_json() for dataset in given] == before


def with_study(read):
    for header in read.dicom_headers:
        header.StudyInstanceUID, header.FrameOfReferenceUID = "1.2.3", "1.2.4"
    return SourceDicom.of(read)


def test_a_dataset_without_transfer_syntax_has_native_pixels(dicom_series):
    series = dicom_series()
    datasets = [series.dataset(k) for k in range(5)]
    for dataset in datasets:
        del dataset.file_meta
    np.testing.assert_array_equal(read_input(datasets).series.pixels, series.pixels)
    np.testing.assert_array_equal(read_input(datasets[2]).series.pixels, series.pixels[2:3])


def test_headers_are_kept_without_pixels(dicom_series, tmp_path):
    dicom_series().write(tmp_path)
    for header in read_input(tmp_path).dicom_headers:
        assert "PixelData" not in header
        assert "EchoTime" in header


@pytest.mark.parametrize("datasets", [[], [Dataset()]])
def test_datasets_without_an_image_are_unreadable(datasets):
    with pytest.raises(InputUnreadable, match="datasets"):
        read_input(datasets)


@pytest.mark.parametrize(
    ("source", "words"),
    [(StringIO("text"), "binary mode"), (42, "not int"), ([1, 2], "not list"), (None, "not NoneType")],
)
def test_what_is_no_input_is_wrong_usage(source, words):
    with pytest.raises(UsageError, match=words):
        read_input(source)


def test_a_spacing_is_for_png_and_arrays_alone(volume, dicom_series):
    for source in (volume, volume.read_bytes(), sitk.ReadImage(str(volume)), dicom_series().dataset(0)):
        with pytest.raises(UsageError, match="Only a PNG or an array"):
            read_input(source, spacing_mm=0.7)


def test_a_closed_file_is_unreadable(volume):
    file = volume.open("rb")
    file.close()
    with pytest.raises(InputUnreadable, match="can't be opened"):
        read_input(file)


def test_a_label_map_is_the_same_from_bytes(volume, tmp_path):
    source = read_input(volume)
    labels = LabelMap(PIXELS % 14, source.series.grid)
    for name in ("labels.nii.gz", "labels.nrrd"):
        write_label_map(labels, source.layout, tmp_path / name)
        np.testing.assert_array_equal(read_label_map((tmp_path / name).read_bytes())[0].labels, labels.labels)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_format_is_found_by_content(suffix):
    assert FileSource(volume_bytes(PIXELS, GRID, suffix)).suffix == suffix
