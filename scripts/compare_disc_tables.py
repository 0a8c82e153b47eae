"""Say whether graders stand a change in how discs are measured or extracted, without fitting them anew.

Takes two tables of ``spoils dataset build``, one made before and one after the change. It compares what the installed
graders answer, and what graders say out of fold that learned from the table before and are asked with either. The
installed graders learned from all of these patients: of their figures only the difference to out of fold counts.

    python scripts/compare_disc_tables.py BEFORE.parquet AFTER.parquet [--grader NAME] [--folds 0,1] [--seed 1]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet

from spoils.grading import Graders
from spoils.training.data import grading_folds
from spoils.training.disc_table import DiscTable, read_table
from spoils.training.grading import fit_to
from spoils.training.grading.evaluation import GRADE_INDEX_OF_CLASS, ScoredDiscs, predicted_classes, score_discs
from spoils.training.grading.models import GRADERS, build_grader

Probabilities = npt.NDArray[np.float64]
Tables = tuple[DiscTable, DiscTable]

FIGURES = ("class_accuracy", "pfirrmann_kappa", "pfirrmann_exact", "pfirrmann_within_one")


def read_any(path: Path) -> DiscTable:
    """Read a table whatever it was made from."""
    key = (pyarrow.parquet.read_schema(path).metadata or {}).get(b"key", b"").decode()
    table = read_table(path, key)
    if table is None:
        raise SystemExit(f"{path.name} is no table of discs.")
    return table


def in_both(before: DiscTable, after: DiscTable) -> Tables:
    """Return both tables with the discs alone that both hold, in the same order."""
    rows = [{(row.label.patient, row.label.level): row for row in table.rows} for table in (before, after)]
    both = [key for key in rows[0] if key in rows[1]]
    print(f"discs before {len(rows[0])}, after {len(rows[1])}, in both {len(both)}")
    first, second = (DiscTable(tuple(of[key] for key in both), ()) for of in rows)
    return first, second


def by_installed(graders: Graders, table: DiscTable) -> Probabilities:
    """Return what the installed graders answer together, (discs, 11)."""
    answers = graders.predict(table.images, table.features)
    return np.array([answer.probabilities for answer in answers])


def out_of_fold(
    name: str, tables: Tables, folds: list[int], seed: int
) -> tuple[Probabilities, Probabilities, npt.NDArray[np.bool_]]:
    """Fit a grader to the first table without each of ``folds``, and ask about these folds with either table.

    Returns:
        Probabilities with the first and with the second table (discs, 11), and which discs were asked about, (discs,).
    """
    fold_of = grading_folds()
    fold = np.array([fold_of[patient] for patient in tables[0].patients])
    first, second = (np.zeros((len(fold), GRADE_INDEX_OF_CLASS.size)) for _ in tables)
    for held_out in folds:
        here = fold == held_out
        fitted = fit_to(build_grader(name), tables[0].discs.take(~here), tables[0].findings[~here], seed=seed)
        for answers, table in zip((first, second), tables, strict=True):
            answers[here] = fitted.probabilities(table.discs.take(here))
    return first, second, np.isin(fold, folds)


def report(title: str, table: DiscTable, answers: tuple[Probabilities, Probabilities]) -> None:
    """Print the figures before and after, and how many answers changed."""
    truth, (first, second) = table.classes, map(predicted_classes, answers)
    for when, probabilities in zip(("before", "after"), answers, strict=True):
        discs = ScoredDiscs(truth, probabilities, np.ones(probabilities.shape, dtype=bool), table.patients)
        scores = score_discs(discs)
        print(f"{title}, {when}:", ", ".join(f"{name} {scores[name]:.4f}" for name in FIGURES))
    print(
        f"{title}: class changed in {np.count_nonzero(first != second)} of {len(truth)}, "
        f"grade in {np.count_nonzero(GRADE_INDEX_OF_CLASS[first] != GRADE_INDEX_OF_CLASS[second])}, "
        f"right only before {np.count_nonzero((first == truth) & (second != truth))}, "
        f"only after {np.count_nonzero((second == truth) & (first != truth))}, "
        f"mean absolute difference of probabilities {np.abs(answers[0] - answers[1]).mean():.4f}"
    )


def main() -> None:
    """Compare two tables."""
    parser = argparse.ArgumentParser(description="Compare graders on two tables of discs.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--grader", choices=GRADERS, default="ordinal-boosting", help="The one to fit out of fold.")
    parser.add_argument("--folds", default="0,1,2,3,4,5,6,7", help="The folds to leave out in turn.")
    parser.add_argument("--seed", type=int, default=0, help="Of the fits.")
    given = parser.parse_args()
    tables = in_both(read_any(given.before), read_any(given.after))
    graders = Graders.load()
    installed = by_installed(graders, tables[0]), by_installed(graders, tables[1])
    report("installed graders, fitted to these patients", tables[0], installed)
    folds = [int(fold) for fold in given.folds.split(",")]
    first, second, asked = out_of_fold(given.grader, tables, folds, given.seed)
    rows = tuple(row for row, here in zip(tables[0].rows, asked, strict=True) if here)
    report(f"{given.grader} out of fold", DiscTable(rows, ()), (first[asked], second[asked]))


if __name__ == "__main__":
    main()
