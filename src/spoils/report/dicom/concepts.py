"""SPOILS' codes as concepts of highdicom, and the content items of SR."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from highdicom.sr import CodeContentItem, CodedConcept, ContentItem, ContentSequence, NumContentItem, TextContentItem
from highdicom.sr.enum import RelationshipTypeValues
from pydicom.dataset import Dataset

from spoils.codes import UNITS, Code

__all__ = ["CONTAINS", "MODIFIES", "PROPERTY", "coded", "concept", "number", "text", "with_children"]

Item = TypeVar("Item", bound=Dataset)

CONTAINS = RelationshipTypeValues.CONTAINS
MODIFIES = RelationshipTypeValues.HAS_CONCEPT_MOD
PROPERTY = RelationshipTypeValues.HAS_PROPERTIES


@cache
def concept(code: Code) -> CodedConcept:
    """Return ``code`` as a concept of DICOM. All items share one object, which must not be changed."""
    return CodedConcept(value=code.value, scheme_designator=code.scheme.value, meaning=code.meaning)


def text(name: Code, words: str, relation: RelationshipTypeValues = CONTAINS) -> TextContentItem:
    """Return a TEXT item."""
    return TextContentItem(name=concept(name), value=words, relationship_type=relation)


def coded(name: Code, value: Code, relation: RelationshipTypeValues = CONTAINS) -> CodeContentItem:
    """Return a CODE item."""
    return CodeContentItem(name=concept(name), value=concept(value), relationship_type=relation)


def number(name: Code, value: float, unit: str, relation: RelationshipTypeValues = CONTAINS) -> NumContentItem:
    """Return a NUM item; ``unit`` is a key of ``codes.UNITS``.

    The value is stored in full, in addition to its first 16 digits.
    """
    return NumContentItem(name=concept(name), value=float(value), unit=concept(UNITS[unit]), relationship_type=relation)


def with_children(item: Item, children: Sequence[ContentItem]) -> Item:
    """Add ``children`` to ``item`` and return it."""
    if children:
        below = item.get("ContentSequence") or ContentSequence()
        below.extend(children)
        item.ContentSequence = below
    return item
