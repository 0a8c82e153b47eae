import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name

from spoils.errors import UsageError
from spoils.phantom import PhantomSpec, draw_phantom, write_study

SPEC = PhantomSpec(rows=200, columns=160, spacing_mm=1.05, n_slices=3, slice_spacing_mm=4.5, seed=9, shift_left_mm=1.0)


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(SPEC)


@pytest.fixture(scope="module")
def folder(phantom, tmp_path_factory):
    return write_study(phantom, tmp_path_factory.mktemp("study"))


def read(folder, series):
    return [pydicom.dcmread(path) for path in sorted((folder / series).glob("*.dcm"))]


def test_sagittal_images_keep_pixels_and_positions(phantom, folder):
    images = read(folder, "sagittal-t2")
    assert len(images) == SPEC.n_slices
    for i, image in enumerate(images):
        np.testing.assert_allclose(image.pixel_array, phantom.series.pixels[i], atol=0.51)
        along_row, along_column = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
        spacing = [float(s) for s in image.PixelSpacing]
        corner = np.array(image.ImagePositionPatient, dtype=float)
        far = corner + along_row * spacing[1] * (SPEC.columns - 1) + along_column * spacing[0] * (SPEC.rows - 1)
        grid = phantom.series.grid
        np.testing.assert_allclose(corner, grid.to_patient((i, 0, 0)), atol=1e-5)
        np.testing.assert_allclose(far, grid.to_patient((i, SPEC.rows - 1, SPEC.columns - 1)), atol=1e-4)
        assert (image.RepetitionTime, image.EchoTime, image.SpacingBetweenSlices) == (3500, 100, 4.5)


def test_the_localiser_has_three_planes_in_the_same_frame(folder):
    images = read(folder, "localizer")
    assert len({tuple(image.ImageOrientationPatient) for image in images}) == 3
    sagittal = read(folder, "sagittal-t2")[0]
    assert {image.FrameOfReferenceUID for image in images} == {sagittal.FrameOfReferenceUID}
    assert {image.StudyInstanceUID for image in images} == {sagittal.StudyInstanceUID}
    assert images[0].SeriesInstanceUID != sagittal.SeriesInstanceUID
    assert all(image.pixel_array.max() > 500 for image in images)


def test_instance_identifiers_are_unique_and_follow_from_the_specification(phantom, folder, tmp_path):
    first = [image.SOPInstanceUID for series in ("sagittal-t2", "localizer") for image in read(folder, series)]
    assert len(set(first)) == len(first)
    write_study(phantom, tmp_path)
    for series in ("sagittal-t2", "localizer"):
        for path in (folder / series).glob("*.dcm"):
            assert path.read_bytes() == (tmp_path / series / path.name).read_bytes()


def test_labels_come_back_in_place(phantom, folder):
    image = sitk.ReadImage(folder / "truth_labels.nii.gz")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), phantom.labels.labels)
    place = image.TransformIndexToPhysicalPoint((5, 7, 2))
    np.testing.assert_allclose(place, phantom.labels.grid.to_patient((2, 7, 5)), atol=1e-3)


def test_truth_is_written_as_it_is(phantom, folder):
    written = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert written["discs"] == phantom.truth.discs
    assert written["vertebrae"] == phantom.truth.vertebrae
    assert written["canal"] == phantom.truth.canal
    assert written["grades"] == phantom.grades
    assert PhantomSpec(**written["spec"]) == SPEC


def test_a_folder_that_is_a_file_is_refused(phantom, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("here")
    with pytest.raises(UsageError, match="can't be written"):
        write_study(phantom, taken)
