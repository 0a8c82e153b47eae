"""``spoils segment`` with a DICOM segmentation as its result."""

import json

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name

from spoils.cli import main
from spoils.findings import RESEARCH_USE
from spoils.phantom import PhantomSpec, draw_phantom, write_study


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture(scope="module")
def phantom_study(tmp_path_factory):
    phantom = draw_phantom(PhantomSpec(n_slices=3, noise_sd=0.02))
    return write_study(phantom, tmp_path_factory.mktemp("phantom"))


def test_the_outcome_carries_the_notice(phantom_study, tmp_path, capsys):
    assert run("segment", phantom_study, "--out", tmp_path / "mask.nii.gz", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["notice"] == RESEARCH_USE
    assert RESEARCH_USE in told.err


def test_a_name_in_dcm_gives_a_dicom_segmentation_of_the_same_labels(phantom_study, tmp_path):
    mask, segmentation = tmp_path / "mask.nii.gz", tmp_path / "mask.dcm"
    assert run("segment", phantom_study, "--out", mask) == 0
    assert run("segment", phantom_study, "--out", segmentation) == 0
    read, image = hd.seg.segread(segmentation), sitk.ReadImage(mask)
    labels = sitk.GetArrayFromImage(image)
    for path in (phantom_study / "sagittal-t2").iterdir():
        source = pydicom.dcmread(path)
        (pixels,) = read.get_pixels_by_source_instance([source.SOPInstanceUID], combine_segments=True)
        *_, place = image.TransformPhysicalPointToIndex([float(value) for value in source.ImagePositionPatient])
        np.testing.assert_array_equal(pixels, labels[place])


def test_without_dicom_there_is_no_dicom_segmentation(phantom_study, tmp_path, capsys):
    volume = tmp_path / "volume.nii.gz"
    series = sorted((phantom_study / "sagittal-t2").iterdir())
    sitk.WriteImage(sitk.ReadImage([str(path) for path in series]), volume)
    assert run("segment", volume, "--out", tmp_path / "mask.dcm") == 4
    assert "not DICOM" in capsys.readouterr().err
    assert not (tmp_path / "mask.dcm").exists()
