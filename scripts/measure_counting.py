"""Count the levels of many slices and say how many counts are sure, named in two ways, or refused.

    python scripts/measure_counting.py DATA/annotated DATA/spider

Each folder holds PNG slices, itself or in ``images``, with ``index.csv`` or ``acquisitions.csv``: the column ``id`` or
``patient`` names the picture, ``spacing_mm`` its pixel spacing. Where a LabelMe JSON lies beside a picture, its S1 says
whether the count is right. ``--every N`` takes each Nth picture.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spoils.errors import UnsuitableInput
from spoils.io import read_input
from spoils.segmentation import SACRUM, Segmentation, SegmentationModels, segment


def pictures(folder: Path) -> Iterator[tuple[Path, float]]:
    """Yield the path of each picture of a folder and its pixel spacing in mm."""
    table = next(path for name in ("index.csv", "acquisitions.csv") if (path := folder / name).exists())
    with table.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            name = f"{row.get('id') or row['patient']}.png"
            path = folder / name if (folder / name).exists() else folder / "images" / name
            yield path, float(row["spacing_mm"])


def is_right(path: Path, seen: Segmentation) -> bool | None:
    """Say whether the middle of the annotated S1 is labelled S1; None where the picture is not annotated."""
    notes = path.with_suffix(".json")
    if not notes.exists():
        return None
    shapes = json.loads(notes.read_text(encoding="utf-8"))["shapes"]
    points = next((np.array(shape["points"]) for shape in shapes if shape["label"] == SACRUM), None)
    if points is None:
        return None
    column, row = points.mean(axis=0)
    return bool(seen.labels.mask(SACRUM)[0, int(row), int(column)])


def outcome(path: Path, spacing_mm: float, models: SegmentationModels) -> str:
    """Return what becomes of the count of one picture."""
    try:
        seen = segment(read_input(path, spacing_mm=spacing_mm).series, models, mid_slice=0)
    except UnsuitableInput as error:
        return f"refused: {error.message.id}"
    right = {None: "", True: ", right", False: ", wrong"}[is_right(path, seen)]
    is_flagged = any(note.code == "level-count-uncertain" for note in seen.notes)
    return ("named in two ways" if is_flagged else "sure") + right


def main() -> None:
    """Print one line for each picture that is not sure and right, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    models = SegmentationModels.load()
    for folder in options.folders:
        sums: Counter[str] = Counter()
        for path, spacing_mm in list(pictures(folder))[:: options.every]:
            said = outcome(path, spacing_mm, models)
            sums[said] += 1
            if said not in ("sure", "sure, right"):
                print(f"{folder.name}/{path.stem}: {said}", flush=True)
        print(
            f"{folder.name}: {sum(sums.values())} slices; " + "; ".join(f"{n} {said}" for said, n in sums.most_common())
        )


if __name__ == "__main__":
    main()
