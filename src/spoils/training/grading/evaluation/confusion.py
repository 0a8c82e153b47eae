"""Figures from confusion matrices, many at once: arrays (..., classes, classes) whose rows are the truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["accuracy", "confusions", "ious", "kappa", "macro", "merged", "precisions", "recalls"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


def confusions(truth: IntArray, predicted: IntArray, classes: int, weights: FloatArray) -> FloatArray:
    """Return the confusion matrix for each weighting of the discs.

    Args:
        truth: true class index of each disc, (discs,).
        predicted: predicted class index of each disc, (discs,).
        classes: number of classes.
        weights: weight of each disc, (repeats, discs).

    Returns:
        (repeats, classes, classes).

    >>> confusions(np.array([0, 1]), np.array([0, 0]), 2, np.array([[1.0, 3.0]])).tolist()
    [[[1.0, 0.0], [3.0, 0.0]]]
    """
    cells = np.eye(classes**2)[truth * classes + predicted]
    return np.asarray((weights @ cells).reshape(len(weights), classes, classes))


def merged(confusion: FloatArray, group_of_class: IntArray) -> FloatArray:
    """Sum the classes of each group, for example of one Pfirrmann grade: (..., groups, groups).

    >>> merged(np.ones((3, 3)), np.array([0, 0, 1])).tolist()
    [[4.0, 2.0], [2.0, 1.0]]
    """
    membership = np.eye(int(group_of_class.max()) + 1)[group_of_class]
    return np.asarray(membership.T @ confusion @ membership)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _right(confusion: FloatArray) -> FloatArray:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _where_it_occurs(values: FloatArray, confusion: FloatArray) -> FloatArray:
    return np.where(confusion.sum(axis=-1) > 0, values, np.nan)


def accuracy(confusion: FloatArray) -> FloatArray:
    """Return the share of correct predictions, (...).

    >>> float(accuracy(np.array([[3.0, 1.0], [0.0, 4.0]])))
    0.875
    """
    return np.asarray(_right(confusion).sum(axis=-1) / confusion.sum(axis=(-2, -1)))


def recalls(confusion: FloatArray) -> FloatArray:
    """Return the recall of each class, (..., classes); NaN for a class that does not occur.

    >>> recalls(np.array([[3.0, 1.0], [0.0, 2.0]])).tolist()
    [0.75, 1.0]
    """
    return _where_it_occurs(_share(_right(confusion), confusion.sum(axis=-1)), confusion)


def precisions(confusion: FloatArray) -> FloatArray:
    """Return the precision of each class, (..., classes).

    Zero for a class that is never predicted, NaN for one that does not occur.

    >>> precisions(np.array([[3.0, 1.0], [0.0, 1.0]])).tolist()
    [1.0, 0.5]
    """
    return _where_it_occurs(_share(_right(confusion), confusion.sum(axis=-2)), confusion)


def ious(confusion: FloatArray) -> FloatArray:
    """Return the intersection over union of each class, (..., classes), of true and predicted discs.

    NaN for a class that does not occur.

    >>> ious(np.array([[3.0, 1.0], [0.0, 1.0]])).tolist()
    [0.75, 0.5]
    """
    right = _right(confusion)
    union = confusion.sum(axis=-1) + confusion.sum(axis=-2) - right
    return _where_it_occurs(_share(right, union), confusion)


def macro(of_classes: FloatArray, of_all: FloatArray) -> FloatArray:
    """Return the mean of shares (..., classes) over the classes that occur.

    A class that was not drawn in a resampling is replaced by its share among all discs. Otherwise every resampling
    would average over different classes.

    Args:
        of_classes: the shares, NaN for a class that was not drawn.
        of_all: the shares among all discs, NaN for a class that never occurs.

    >>> float(macro(np.array([0.5, np.nan, np.nan]), np.array([0.75, 1.0, np.nan])))
    0.75
    """
    return np.asarray(np.nanmean(np.where(np.isnan(of_classes), of_all, of_classes), axis=-1))


def kappa(confusion: FloatArray) -> FloatArray:
    """Return Cohen's kappa with quadratic weights over ordered classes, (...); zero if chance agreement is perfect.

    >>> float(kappa(np.array([[2.0, 0.0], [0.0, 2.0]])))
    1.0
    """
    order = np.arange(confusion.shape[-1])
    weights = np.asarray((order[:, None] - order) ** 2, dtype=np.float64)
    total = confusion.sum(axis=(-2, -1))
    expected = confusion.sum(axis=-1)[..., :, None] * confusion.sum(axis=-2)[..., None, :] / total[..., None, None]
    found, by_chance = ((weights * counts).sum(axis=(-2, -1)) for counts in (confusion, expected))
    return np.where(by_chance > 0, 1 - _share(found, by_chance), 0.0)
