"""The lumbar spine as SPOILS names it: the only place that spells a level name or a label value.

Label values, names and SNOMED CT (SCT) codes are a public contract. Order is always cranial to caudal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spoils.errors import UsageError

__all__ = [
    "BACKGROUND",
    "BODIES",
    "CANAL",
    "CHAIN",
    "DISCS",
    "DISC_FINDING_SITES",
    "GRADE_CLASSES",
    "LUMBAR_SPINE_SCT",
    "N_CLASSES",
    "STRUCTURES",
    "Kind",
    "Structure",
    "bodies_beside",
    "structure",
    "structure_of_label",
]

BACKGROUND = 0
LUMBAR_SPINE_SCT = "122496007"


class Kind(StrEnum):
    """What a structure is."""

    BODY = "body"
    DISC = "disc"
    CANAL = "canal"


@dataclass(frozen=True, slots=True)
class Structure:
    """One labelled region: its name, label value, kind, SCT code and drawing colour (``#rrggbb``)."""

    name: str
    label: int
    kind: Kind
    sct_code: str
    colour: str

    @property
    def sct_meaning(self) -> str:
        """Meaning of the SCT code in DICOM's words.

        >>> [structure(name).sct_meaning for name in ("L5", "L5-S1", "canal")]
        ['L5 vertebra', 'L5/S1 disc', 'Vertebral canal']
        """
        if self.kind is Kind.BODY:
            return f"{self.name} vertebra"
        return f"{self.name.replace('-', '/')} disc" if self.kind is Kind.DISC else "Vertebral canal"


STRUCTURES: tuple[Structure, ...] = (
    Structure("L1", 1, Kind.BODY, "66794005", "#88ccee"),
    Structure("L2", 2, Kind.BODY, "14293000", "#5aa9d6"),
    Structure("L3", 3, Kind.BODY, "36470004", "#88ccee"),
    Structure("L4", 4, Kind.BODY, "11994002", "#5aa9d6"),
    Structure("L5", 5, Kind.BODY, "49668003", "#88ccee"),
    Structure("S1", 6, Kind.BODY, "65985001", "#b9a3e3"),
    Structure("T12-L1", 7, Kind.DISC, "76206002", "#f0c75e"),
    Structure("L1-L2", 8, Kind.DISC, "80064006", "#f2a154"),
    Structure("L2-L3", 9, Kind.DISC, "67459009", "#f0c75e"),
    Structure("L3-L4", 10, Kind.DISC, "62551000", "#f2a154"),
    Structure("L4-L5", 11, Kind.DISC, "84020006", "#f0c75e"),
    Structure("L5-S1", 12, Kind.DISC, "715056000", "#f2a154"),
    Structure("canal", 13, Kind.CANAL, "61853006", "#44aa99"),
)
"""Every labelled structure, by rising label value (1 to 13). Neighbours differ in brightness as well as hue."""

N_CLASSES = len(STRUCTURES) + 1
"""The 14 regions: background and the thirteen structures."""

BODIES: tuple[str, ...] = tuple(s.name for s in STRUCTURES if s.kind is Kind.BODY)
DISCS: tuple[str, ...] = tuple(s.name for s in STRUCTURES if s.kind is Kind.DISC)
CANAL: str = next(s.name for s in STRUCTURES if s.kind is Kind.CANAL)

CHAIN: tuple[str, ...] = tuple(name for disc, body in zip(DISCS, BODIES, strict=True) for name in (disc, body))
"""Discs and bodies as they follow each other downward: T12-L1, L1, L1-L2, ..., L5-S1, S1."""

GRADE_CLASSES: tuple[str, ...] = ("1L", "2L", "3L", "3M", "3H", "4L", "4M", "4H", "5L", "5M", "5H")
"""Pfirrmann grade 1-5, then spondylosis severity low, moderate or high; mildest first."""

DISC_FINDING_SITES: dict[str, str] = dict(
    zip(
        DISCS,
        ("243926009", "243920003", "243921004", "243922006", "243923001", "243927000"),
        strict=True,
    )
)
"""SCT finding site ("level of disc") of each disc level."""

_BY_NAME = {s.name: s for s in STRUCTURES}
_BY_LABEL = {s.label: s for s in STRUCTURES}


def structure(name: str) -> Structure:
    """Return the structure called ``name``.

    Raises:
        UsageError: there is no such structure.

    >>> structure("L5-S1").label
    12
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise UsageError(f"No structure is called {name!r}; known are {known}.") from None


def structure_of_label(label: int) -> Structure:
    """Return the structure with label value ``label`` (1 to 13).

    Raises:
        UsageError: no structure has this value.

    >>> structure_of_label(13).name
    'canal'
    """
    try:
        return _BY_LABEL[label]
    except KeyError:
        raise UsageError(f"No structure has label value {label}; known are 1 to 13.") from None


def bodies_beside(disc: str) -> tuple[str | None, str]:
    """Return the bodies above and below ``disc``; above T12-L1 there is none in the label scheme.

    Raises:
        UsageError: ``disc`` is not a disc level.

    >>> bodies_beside("L5-S1")
    ('L5', 'S1')
    >>> bodies_beside("T12-L1")
    (None, 'L1')
    """
    if disc not in DISCS:
        raise UsageError(f"{disc!r} is not a disc level; known are {', '.join(DISCS)}.")
    position = DISCS.index(disc)
    return (BODIES[position - 1] if position else None, BODIES[position])
