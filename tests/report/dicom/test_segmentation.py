"""A label map as DICOM segmentation, read back by highdicom."""

import highdicom as hd
import numpy as np
import pytest

from spoils.anatomy import BODIES, STRUCTURES, structure
from spoils.errors import UnsuitableInput
from spoils.images import LabelMap
from spoils.io import read_input
from spoils.report import SourceDicom, segmentation_file

from .studies import ARRANGEMENTS, PHANTOM, Study, datasets, enhanced, stored


def written(study, folder):
    (folder / "seg.dcm").write_bytes(segmentation_file(study.labels, study.source))
    return hd.seg.segread(folder / "seg.dcm")


def labels_at(study, points_mm):
    """Return the label at each place in the patient (..., 3), which must be voxel centres."""
    indices = study.labels.grid.to_index(points_mm)
    whole = np.rint(indices).astype(int)
    np.testing.assert_allclose(indices, whole, atol=1e-3)
    return study.labels.labels[tuple(np.moveaxis(whole, -1, 0))]


def centres_of(image):
    """Return where the pixel centres of a single image lie, (rows, columns, 3), by its own header."""
    along_row, along_column = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
    row_mm, column_mm = (float(value) for value in image.PixelSpacing)
    rows, columns = np.mgrid[: image.Rows, : image.Columns]
    steps = rows[..., None] * row_mm * along_column + columns[..., None] * column_mm * along_row
    return np.array(image.ImagePositionPatient, dtype=float) + steps


@pytest.fixture(params=ARRANGEMENTS.values(), ids=ARRANGEMENTS)
def study(request, tmp_path):
    (tmp_path / "study").mkdir()
    return stored(datasets(request.param), tmp_path / "study")


def test_every_pixel_of_every_source_image_has_its_label(study, tmp_path):
    read = written(study, tmp_path)
    for image in study.headers:
        (pixels,) = read.get_pixels_by_source_instance([image.SOPInstanceUID], combine_segments=True)
        np.testing.assert_array_equal(pixels, labels_at(study, centres_of(image)))


def test_the_volume_has_every_label_where_it_is_in_the_patient(study, tmp_path):
    volume = written(study, tmp_path).get_volume(combine_segments=True)
    assert volume.array.size == study.labels.labels.size
    indices = np.stack(np.indices(volume.spatial_shape), axis=-1).reshape(-1, 3)
    points = volume.map_indices_to_reference(indices).reshape(*volume.spatial_shape, 3)
    np.testing.assert_array_equal(volume.array, labels_at(study, points))


@pytest.mark.parametrize("arrangement", [ARRANGEMENTS["shuffled"], ARRANGEMENTS["oblique and turned about"]])
def test_multi_frame_sources_are_pointed_at_by_frame(arrangement, tmp_path):
    (tmp_path / "study").mkdir()
    singles = datasets(arrangement)
    study = stored([enhanced(singles)], tmp_path / "study")
    (source,) = study.headers
    read = written(study, tmp_path)
    second_echoes = [2 * place + 2 for place in range(len(singles))]
    for frame, single in zip(second_echoes, reversed(datasets(arrangement)), strict=True):
        (pixels,) = read.get_pixels_by_source_frame(source.SOPInstanceUID, [frame], combine_segments=True)
        np.testing.assert_array_equal(pixels, labels_at(study, centres_of(single)))


def test_a_structure_is_a_segment_by_its_label_value(tmp_path):
    (tmp_path / "study").mkdir()
    study = stored(datasets(), tmp_path / "study", PHANTOM.labels.labels)
    read = written(study, tmp_path)
    assert read.SegmentationType == "BINARY"
    assert [(s.SegmentNumber, s.SegmentLabel) for s in read.SegmentSequence] == [(s.label, s.name) for s in STRUCTURES]
    for segment, one in zip(read.SegmentSequence, STRUCTURES, strict=True):
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        assert (kind.CodeValue, kind.CodingSchemeDesignator) == (one.sct_code, "SCT")
        assert segment.SegmentAlgorithmType == "AUTOMATIC"
    held = {(s.label, k) for s in STRUCTURES for k in range(5) if (study.labels.labels[k] == s.label).any()}
    assert read.NumberOfFrames == len(held), "a frame for each slice that a structure lies in, and no other"


def test_slices_without_any_structure_stay_empty(tmp_path):
    (tmp_path / "study").mkdir()
    labels = np.zeros((5, 100, 72), dtype=np.uint8)
    labels[2, 40:50, 30:40] = 3
    study = stored(datasets(), tmp_path / "study", labels)
    uids = [image.SOPInstanceUID for image in study.headers]
    pixels = written(study, tmp_path).get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(pixels, labels // 3)


def test_only_structures_that_are_there_are_described(tmp_path):
    (tmp_path / "study").mkdir()
    labels = np.zeros((5, 100, 72), dtype=np.uint8)
    labels[2, 40:50, 30:40], labels[1, 60:70, 30:40] = 3, 7
    read = written(stored(datasets(), tmp_path / "study", labels), tmp_path)
    names = [one.name for one in STRUCTURES if one.label in (3, 7)]
    assert [(s.SegmentNumber, s.SegmentLabel) for s in read.SegmentSequence] == [(1, names[0]), (2, names[1])]
    assert read.NumberOfFrames == 2


def test_tracking_is_the_same_in_every_run_and_everything_else_is_new(tmp_path):
    (tmp_path / "study").mkdir()
    study = stored(datasets(), tmp_path / "study")
    one, other = written(study, tmp_path), written(study, tmp_path)
    assert [s.TrackingUID for s in one.SegmentSequence] == [s.TrackingUID for s in other.SegmentSequence]
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.SeriesInstanceUID != other.SeriesInstanceUID


@pytest.mark.parametrize("keyword", ["FrameOfReferenceUID", "StudyInstanceUID", "SOPInstanceUID"])
def test_a_source_without_what_dicom_needs_is_refused(keyword, tmp_path):
    study = stored(datasets(), tmp_path)
    delattr(study.source.images[2], keyword)
    with pytest.raises(UnsuitableInput, match="name no"):
        (tmp_path / "seg.dcm").write_bytes(segmentation_file(study.labels, study.source))
    assert not (tmp_path / "seg.dcm").exists()


def test_what_can_t_be_referred_to_is_refused(tmp_path):
    study = stored(datasets(), tmp_path)
    images = study.source.images
    with pytest.raises(UnsuitableInput, match="not DICOM"):
        SourceDicom((), ())
    with pytest.raises(UnsuitableInput, match="no DICOM result"):
        SourceDicom(images[:2], (0,) * 5)
    fewer = SourceDicom(images[:4], (0,) * 4)
    with pytest.raises(UnsuitableInput, match="frames of the DICOM images"):
        (tmp_path / "seg.dcm").write_bytes(segmentation_file(study.labels, fewer))


def test_rounded_orientations_and_missing_thickness_are_borne(tmp_path):
    images = datasets()
    images[3].ImageOrientationPatient = ["0.0001", "1", "0", "0", "0", "-1"]
    for image in images:
        del image.SliceThickness
    read = written(stored(images, tmp_path), tmp_path)
    assert float(read.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness) == pytest.approx(4.4)


def test_bodies_are_named_by_their_codes(tmp_path):
    read = written(stored(datasets(), tmp_path), tmp_path)
    found = read.get_segment_numbers(segment_label=BODIES[4])
    assert list(found) == [5]


def test_labels_must_lie_on_the_frames(tmp_path):
    study = stored(datasets(), tmp_path)
    turned = LabelMap(study.labels.labels[:, :70], study.labels.grid.__class__((5, 70, 72), study.labels.grid.affine))
    with pytest.raises(UnsuitableInput, match="frames"):
        (tmp_path / "seg.dcm").write_bytes(segmentation_file(turned, study.source))


@pytest.mark.data
def test_a_real_study_keeps_every_label(data_dir, tmp_path):
    read = read_input(data_dir / "dicom")
    labels = np.zeros(read.series.grid.shape, dtype=np.uint8)
    labels[4:9, 200:260, 150:260], labels[5:8, 260:280, 150:261], labels[7, 100:400, 300:330] = 5, 12, 13
    seg = written(Study(SourceDicom.of(read), LabelMap(labels, read.series.grid)), tmp_path)
    uids = [header.SOPInstanceUID for header in read.dicom_headers]
    pixels = seg.get_pixels_by_source_instance(uids, combine_segments=True, assert_missing_frames_are_empty=True)
    numbers = {segment.SegmentNumber: structure(segment.SegmentLabel).label for segment in seg.SegmentSequence}
    np.testing.assert_array_equal(np.vectorize(lambda number: numbers.get(number, 0))(pixels), labels)
