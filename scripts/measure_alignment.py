"""Compare angles, slips and shapes of the network's outlines with those of annotated outlines, and count alarms.

    for image in ANNOTATED/*.png; do spoils segment $image --spacing MM --out OUTLINES/$(basename $image); done
    python scripts/measure_alignment.py errors ANNOTATED OUTLINES
    python scripts/measure_alignment.py alarms ACQUISITIONS.csv GRADINGS.csv OUTLINES

``ANNOTATED`` is a folder of annotated slices with ``index.csv``, ``OUTLINES`` holds the label map ``ID.png`` of each.
``errors`` prints the median and the 95th percentile of the difference. ``alarms`` counts the listheses at disc levels
that a radiologist did and did not call spondylolisthesis, and the bodies of each Genant grade.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from spoils.anatomy import DISCS
from spoils.findings import Measured, Measurement, level_alignment, vertebral_shape
from spoils.geometry import SpineAlignment, measure_slice
from spoils.training.data import read_annotated, read_index


def outline_alignment(path: Path, spacing_mm: float) -> SpineAlignment:
    """Return the alignment of a label map on a slice with square pixels."""
    return measure_slice(np.asarray(Image.open(path)), (spacing_mm, spacing_mm)).alignment


def values(alignment: SpineAlignment) -> Iterator[tuple[str, str, float]]:
    """Yield level, name and value of everything that was measured."""
    parts: list[tuple[str, dict[str, Measured]]] = [("spine", alignment.spine)]
    parts += [*alignment.levels.items(), *alignment.vertebrae.items()]
    for level, measured in parts:
        for name, found in measured.items():
            if isinstance(found, Measurement):
                yield level, name, found.value


def errors(annotated: Path, outlines: Path) -> None:
    """Print the differences of outlines and annotations by source and measurement."""
    differences: dict[tuple[str, str], list[float]] = {}
    for row in read_index(annotated):
        path = outlines / f"{row['id']}.png"
        if not path.is_file():
            print(f"no outlines of {row['id']}", file=sys.stderr)
            continue
        drawn = read_annotated(row, annotated)
        spacing_mm = (drawn.spacing_mm, drawn.spacing_mm)
        true = {
            (level, name): value for level, name, value in values(measure_slice(drawn.labels, spacing_mm).alignment)
        }
        for level, name, value in values(outline_alignment(path, drawn.spacing_mm)):
            if (level, name) in true:
                differences.setdefault((row["source"], name), []).append(abs(value - true[level, name]))
    names = dict.fromkeys(name for _, name in differences)
    print("| source | measurement | n | median | 95 % |\n|---|---|---|---|---|")
    for source in dict.fromkeys(source for source, _ in differences):
        for name in names:
            found = differences.get((source, name), [])
            if found:
                print(f"| {source} | {name} | {len(found)} | {np.median(found):.2f} | {np.percentile(found, 95):.2f} |")


def alarms(acquisitions: Path, gradings: Path, outlines: Path) -> None:
    """Print how often a slip and a loss of height go beyond their limits."""
    with acquisitions.open(encoding="utf-8") as stream:
        spacing = {row["patient"]: float(row["spacing_mm"]) for row in csv.DictReader(stream)}
    with gradings.open(encoding="utf-8") as stream:
        graded = {
            (row["patient"], int(row["ivd_label"])): row["spondylolisthesis"] == "1" for row in csv.DictReader(stream)
        }
    slips: Counter[tuple[bool, str]] = Counter()
    bodies: Counter[int] = Counter()
    for path in sorted(outlines.glob("*.png")):
        found = outline_alignment(path, spacing[path.stem])
        for place, disc in enumerate(reversed(DISCS), start=1):
            known = graded.get((path.stem, place))
            measured = found.levels.get(disc, {})
            if known is None or not isinstance(measured.get("slip_percent"), Measurement):
                continue
            slip = level_alignment(disc, measured).listhesis
            slips[known, slip.direction if slip else "none"] += 1
        for body, measured in found.vertebrae.items():
            genant = vertebral_shape(body, measured).genant
            if genant is not None:
                bodies[genant] += 1
    for (known, direction), count in sorted(slips.items()):
        print(f"{'called' if known else 'not called'} spondylolisthesis, measured {direction}: {count}")
    print(f"bodies by Genant grade: {dict(sorted(bodies.items()))}")


def main() -> None:
    """Run the command that the arguments name."""
    commands = {"errors": errors, "alarms": alarms}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*map(Path, sys.argv[2:]))


if __name__ == "__main__":
    main()
