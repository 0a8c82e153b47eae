"""Tables of discs with given classes, and models' answers for them."""

import numpy as np

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.grading import FEATURES, grade_of, severity_of
from spoils.training.data.acquisitions import ScannerRecord
from spoils.training.data.gradings import DiscLabel
from spoils.training.disc_table import DiscRow, DiscTable
from spoils.training.disc_table.table import IMAGE_SHAPE
from spoils.training.grading.evaluation.scores import ScoredDiscs


def table(labels, patients=None, acquisition=None):
    rows = tuple(
        DiscRow(
            DiscLabel(
                patients[number] if patients else "p", DISCS[number % len(DISCS)], grade_of(label), severity_of(label)
            ),
            np.zeros(len(FEATURES), dtype=np.float32),
            np.zeros(IMAGE_SHAPE, dtype=np.float32),
            acquisition or ScannerRecord(),
        )
        for number, label in enumerate(labels)
    )
    return DiscTable(rows, ())


def answers(*labels, certainty=0.9):
    one_hot = np.eye(11)[[GRADE_CLASSES.index(label) for label in labels]]
    return certainty * one_hot + (1 - certainty) / 11


def graded(of, chosen):
    probabilities = answers(*chosen)
    return ScoredDiscs(of.classes, probabilities, probabilities > 0.5, of.patients)
