"""Every attribute of the profile's table is planted with a value, and none of these values survives."""

import gzip
import warnings

import numpy as np
import pytest
from dicomanonymizer.simpledicomanonymizer import initialize_actions
from PIL import Image
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import MRImageStorage

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import Cleaning, Deidentification, Pseudonyms, write_deidentified
from spoils.io.deidentify import image_files
from spoils.io.deidentify.profile import PROFILE_EDITION, cleaned

HOW = Cleaning(Pseudonyms(b"sixteen bytes..."))
VALUES = {
    "AS": "045Y",
    "DA": "19501231",
    "DS": "4711",
    "DT": "19501231101112",
    "IS": "4711",
    "UI": "1.2.3.4711.5",
    "FD": 4711.5,
    "FL": 4711.5,
    "SL": 4711,
    "SS": 4711,
    "UL": 4711,
    "US": 4711,
    "OB": b"Muster",
    "OW": b"Muster",
}
"""By value representation; texts are a name. Times of day stay, as the option for modified dates allows."""
BESIDE_THE_TABLE = [
    "PatientBirthDateInAlternativeCalendar",
    "PatientDeathDateInAlternativeCalendar",
    "PlacerOrderNumberProcedure",
    "FillerOrderNumberProcedure",
    "PlacerOrderNumberImagingServiceRequestRetired",
    "FillerOrderNumberImagingServiceRequestRetired",
    "OtherStudyNumbers",
    "BoardingPassID",
    "RouteOfAdmissions",
]


def table():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tags = [Tag(tag) for tag in initialize_actions(f"dicomfields_{PROFILE_EDITION}") if len(tag) == 2]
    return [tag for tag in tags if dictionary_has_tag(tag) and tag.group > 0x0002]


def planted(tag):
    kind = dictionary_VR(tag).split(" or ")[0]
    if kind != "SQ":
        return DataElement(tag, kind, VALUES.get(kind, "Muster"))
    item = Dataset()
    item.PatientComments = item.InstitutionName = item.PatientName = "Muster"
    return DataElement(tag, "SQ", [item])


def image():
    dataset = FileDataset("", {}, file_meta=FileMetaDataset())
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.PatientID = "1.2.3", "1.2.3.9", "4712"
    return dataset


def values_of(dataset):
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from values_of(item)
        else:
            yield element.tag, str(element.value)


@pytest.mark.filterwarnings("ignore")
def test_no_value_of_the_table_survives():
    tags = [tag for tag in table() if dictionary_VR(tag) != "TM"]
    assert len(tags) > 400
    survivors = []
    for tag in [*tags, *(Tag(tag_for_keyword(keyword)) for keyword in BESIDE_THE_TABLE)]:
        dataset = image()
        dataset[tag] = planted(tag)
        left = dict(values_of(cleaned(dataset, HOW)))
        if any("Muster" in value or "4711" in value or value in {"19501231", "045Y"} for value in left.values()):
            survivors.append(keyword_for_tag(tag))
    assert survivors == []


def write(source, out):
    return write_deidentified(source, out, Deidentification(HOW, pixels_checked=True))


@pytest.mark.data
def test_deep_nesting_is_refused_in_seconds(data_dir, tmp_path):
    packed = data_dir.parent / "cases" / "failing" / "nest300.dcm.gz"
    (tmp_path / "nest.dcm").write_bytes(gzip.decompress(packed.read_bytes()))
    with pytest.raises(InputUnreadable):
        write(tmp_path / "nest.dcm", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_picture_of_too_many_pixels_is_refused(tmp_path):
    Image.fromarray(np.zeros((1, 1), np.uint8)).resize((20000, 20000)).save(tmp_path / "large.png")
    with pytest.raises((InputUnreadable, UnsuitableInput)):
        write(tmp_path / "large.png", tmp_path / "out")


def test_a_gzip_bomb_is_not_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(image_files, "_MAX_BYTES", 1000)
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(100_000)))
    with pytest.raises(InputUnreadable):
        write(tmp_path / "bomb.nii.gz", tmp_path / "out")
