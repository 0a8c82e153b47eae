import csv

import numpy as np
import pytest
import SimpleITK

from spoils.geometry import measure_spine
from spoils.images import LabelMap
from spoils.spatial import Grid


def read_labels(path):
    """Read a mask that is stored inferior to superior along its slowest axis, then posterior, then left-right."""
    image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "PIL")
    column_mm, row_mm, slice_mm = image.GetSpacing()
    labels = SimpleITK.GetArrayFromImage(image)
    return LabelMap(labels, Grid.from_axes(labels.shape, (slice_mm, row_mm, column_mm)))


@pytest.mark.data
def test_published_volumes_are_reproduced(data_dir):
    shares = []
    with (data_dir / "discs-3d" / "volumes_cm3.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found = measure_spine(read_labels(data_dir / "discs-3d" / "masks" / f"{row.pop('subject')}_labels.nii.gz"))
            shares += [found.discs[level]["volume_mm3"].value / 1000 / float(cm3) for level, cm3 in row.items()]
    assert len(shares) == 125
    assert np.median(np.abs(np.array(shares) - 1)) <= 0.02
    assert np.abs(np.array(shares) - 1).max() <= 0.05
