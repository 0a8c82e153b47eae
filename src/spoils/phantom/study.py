"""A phantom as a study on disk: DICOM files of two series, with the ground truth beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spoils.errors import UsageError
from spoils.phantom.dicom import Scan, localiser_scans, sagittal_scans, to_dataset
from spoils.phantom.draw import Phantom
from spoils.phantom.tissue import CSF_SIGNAL
from spoils.volume_files import volume_bytes

__all__ = ["TRUTH_FILE", "TRUTH_LABELS_FILE", "write_study"]

TRUTH_FILE = "truth.json"
TRUTH_LABELS_FILE = "truth_labels.nii.gz"


def write_study(phantom: Phantom, folder: Path) -> Path:
    """Write a phantom below ``folder``, which is made if missing, and return ``folder``.

    ``sagittal-t2/`` and ``localizer/`` hold one DICOM file a slice; ``truth.json`` holds the specification, the grades
    and the exact measurements; ``truth_labels.nii.gz`` holds the exact labels on the grid of the sagittal series.

    Raises:
        UsageError: the folder can't be written.
    """
    try:
        for series, scans in (("sagittal-t2", sagittal_scans(phantom)), ("localizer", localiser_scans(phantom))):
            _write_series(folder / series, phantom, scans)
        text = json.dumps(_truth(phantom), indent=2)
        (folder / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")
        labels = volume_bytes(phantom.labels.labels, phantom.labels.grid, ".nii.gz")
        (folder / TRUTH_LABELS_FILE).write_bytes(labels)
    except OSError as error:
        raise UsageError(f"The phantom can't be written to {folder.name!r}: {error.strerror}.") from error
    return folder


def _write_series(folder: Path, phantom: Phantom, scans: Iterator[Scan]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scan in scans:
        to_dataset(scan, phantom.spec).save_as(folder / f"{scan.instance:03d}.dcm", enforce_file_format=True)


def _truth(phantom: Phantom) -> dict[str, Any]:
    return {
        "spec": asdict(phantom.spec),
        "grades": phantom.grades,
        "mid_slice": phantom.mid_slice,
        "units": {"lengths": "mm", "areas": "mm2", "volumes": "mm3", "signal_csf": CSF_SIGNAL},
        **asdict(phantom.truth),
    }
