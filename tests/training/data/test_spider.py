"""SPIDER as published becomes what training reads: right slice, square pixels of true size, right tables."""

import csv

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image
from scipy.ndimage import zoom

from spoils.anatomy import CANAL, DISCS, structure
from spoils.errors import InputUnreadable, UsageError
from spoils.io import read_input
from spoils.phantom import PhantomSpec, draw_phantom
from spoils.training.data.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.data.gradings import count_graded_discs, read_disc_labels
from spoils.training.data.spider import import_spider

PADDING, PADDED = -1000.0, 12
OVERVIEW = (
    "new_file_name,subset,num_vertebrae,num_discs,sex,Manufacturer,ManufacturerModelName,MagneticFieldStrength,"
    "EchoTime,RepetitionTime"
)
GRADINGS = (
    "Patient,IVD label,Modic,UP endplate,LOW endplate,Spondylolisthesis,Disc herniation,Disc narrowing,Disc bulging,"
    "Pfirrman grade"
)


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(PhantomSpec(grades=(1, 1, 2, 3, 5, 4), n_slices=7, noise_sd=0.02))


def published_masks(phantom):
    """Labels by the source's scheme: canal 100, discs 201 and up from below; bodies are not needed."""
    masks = np.zeros(phantom.labels.labels.shape, np.int16)
    masks[phantom.labels.labels == structure(CANAL).label] = 100
    for number, level in enumerate(reversed(DISCS), start=201):
        masks[phantom.labels.labels == structure(level).label] = number
    return masks


def write(values, grid, path, order):
    """Write a canonical array with its axes in ``order``, every other row left out, as MetaImage."""
    spacing, axes = np.array(grid.spacing_mm) * (1, 2, 1), np.asarray(grid.axes)
    image = sitk.GetImageFromArray(np.ascontiguousarray(values[:, ::2].transpose(order)))
    image.SetSpacing([spacing[axis] for axis in order[::-1]])
    image.SetDirection(np.stack([axes[axis] for axis in order[::-1]]).T.ravel().tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


@pytest.fixture
def published(phantom, tmp_path):
    """Patient 4 as its file lies sagittal, 12 with another axis first and off the middle; 7 is for validation."""
    folder = tmp_path / "published"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    signal = np.array(phantom.series.pixels)
    signal[:, :, -PADDED:] = PADDING
    aside = np.roll(published_masks(phantom), 1, axis=0)
    for patient, masks, order in (
        (4, published_masks(phantom), (0, 1, 2)),
        (12, aside, (1, 2, 0)),
        (7, aside, (0, 1, 2)),
    ):
        write(signal.astype(np.float32), phantom.labels.grid, folder / "images" / f"{patient}_t2.mha", order)
        write(masks, phantom.labels.grid, folder / "masks" / f"{patient}_t2.mha", order)
    rows = [
        "12_t2,training,7,7,F ,Philips Healthcare,Ingenia,3.0,120.0,3563.1",
        "4_t1,training,6,6,M,SIEMENS,Aera,1.5,9,500",
        "4_t2,training,6,6,M,SIEMENS,Aera,1.5,114,",
        "4_t2_SPACE,training,6,6,M,SIEMENS,Aera,1.5,114,",
        "7_t2,validation,6,6,M,SIEMENS,Aera,1.5,114,3000",
    ]
    (folder / "overview.csv").write_text("\n".join((OVERVIEW, *rows)) + "\n", encoding="utf-8-sig")
    graded = [f"{patient},{disc},0,0,1,0,0,1,1,{min(5, disc)}" for patient in (4, 7, 12) for disc in range(7)]
    (folder / "radiological_gradings.csv").write_text("\n".join((GRADINGS, *graded)) + "\n")
    return folder


def test_training_reads_what_was_imported(published, phantom, tmp_path):
    reported = []
    done = import_spider(published, tmp_path, progress=lambda stage, share: reported.append((stage, share)))
    assert done.patients == ("4", "12")
    assert (done.discs, done.gradings_left_out) == (12, 2)
    assert done.left_out == {}
    assert reported == [("imported patient 4", 0.5), ("imported patient 12", 1.0)]
    spider = tmp_path / "spider"
    records = {
        patient: ScannerRecord.of_row(row) for patient, row in read_acquisitions(spider / "acquisitions.csv").items()
    }
    column_mm = phantom.labels.grid.spacing_mm[2]
    assert records["4"] == ScannerRecord("M", "SIEMENS", "Aera", 1.5, 114, None, round(column_mm, 4), 6, 6)
    assert records["12"].scanner == "Philips Ingenia"
    assert (records["12"].sex, records["12"].field_t, records["12"].annotated_discs) == ("F", 3.0, 7)
    assert count_graded_discs(spider / "gradings.csv") == {"4": 6, "12": 6}
    labels = read_disc_labels(spider / "gradings.csv")["12"]
    assert [labels[level].grade for level in DISCS] == [5, 5, 4, 3, 2, 1]
    assert labels["L5-S1"].findings.lower_endplate == 1


@pytest.mark.parametrize(("patient", "aside"), [("4", 0), ("12", 1)])
def test_the_picture_is_the_slice_in_the_middle_of_the_canal(published, phantom, tmp_path, patient, aside):
    """With square pixels: every other row was left out before, so rows are doubled again."""
    import_spider(published, tmp_path)
    column_mm = phantom.labels.grid.spacing_mm[2]
    read = read_input(tmp_path / "spider" / "images" / f"{patient}.png", spacing_mm=column_mm).series.pixels[0]
    truth = phantom.series.pixels
    middle = int(np.median(np.nonzero(published_masks(phantom) == 100)[0])) + aside
    rows = min(len(read), truth.shape[1])
    shown = np.s_[:rows, :-PADDED]
    drawn = [windowed(zoom(plane[::2], (2, 1), order=1, grid_mode=True, mode="nearest")[shown]) for plane in truth]
    likeness = [np.corrcoef(read[shown].ravel(), plane.ravel())[0, 1] for plane in drawn]
    assert abs(read.shape[0] - truth.shape[1]) <= 1
    assert read.shape[1] == truth.shape[2]
    assert np.argmax(likeness) == middle
    assert likeness[middle] > 0.99


def windowed(pixels):
    return np.clip(pixels, *np.percentile(pixels, (0.5, 99.5)))


def test_a_window_leaves_out_the_padding(published, tmp_path):
    import_spider(published, tmp_path)
    with Image.open(tmp_path / "spider" / "images" / "4.png") as picture:
        assert picture.mode == "L"
        values = np.asarray(picture)
    assert (values.min(), values.max()) == (0, 255)
    assert 40 < np.median(values[values > 0]) < 200


def test_validation_patients_are_taken_on_demand(published, tmp_path):
    assert import_spider(published, tmp_path, subsets=("validation",)).patients == ("7",)


def test_a_patient_without_canal_is_left_out_and_named(published, phantom, tmp_path):
    empty = np.zeros(phantom.labels.labels.shape, np.int16)
    write(empty, phantom.labels.grid, published / "masks" / "4_t2.mha", (0, 1, 2))
    done = import_spider(published, tmp_path)
    assert done.patients == ("12",)
    assert done.left_out == {"4": "The mask shows no spinal canal."}
    with (tmp_path / "spider" / "gradings.csv").open() as stream:
        assert {row["patient"] for row in csv.DictReader(stream)} == {"12"}


def test_a_mask_of_another_image_is_left_out(published, phantom, tmp_path):
    masks = published_masks(phantom)[:5]
    write(masks, phantom.labels.grid, published / "masks" / "4_t2.mha", (0, 1, 2))
    assert import_spider(published, tmp_path).left_out == {"4": "The mask does not lie on the grid of the image."}


@pytest.mark.parametrize("missing", ["overview.csv", "radiological_gradings.csv", "masks/4_t2.mha", "images/12_t2.mha"])
def test_an_incomplete_download_is_named_and_leaves_no_tables(published, tmp_path, missing):
    (published / missing).unlink()
    with pytest.raises(InputUnreadable):
        import_spider(published, tmp_path)
    assert not list(tmp_path.glob("spider/*.csv"))


def test_another_table_is_refused(published, tmp_path):
    overview = published / "overview.csv"
    overview.write_text(overview.read_text(encoding="utf-8-sig").replace("EchoTime", "Echo"), encoding="utf-8")
    with pytest.raises(InputUnreadable, match="'EchoTime'"):
        import_spider(published, tmp_path)


def test_what_was_imported_before_is_not_overwritten(published, tmp_path):
    import_spider(published, tmp_path)
    with pytest.raises(UsageError, match="already"):
        import_spider(published, tmp_path)
