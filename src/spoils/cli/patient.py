"""Options for what the patient reports, shared by the commands that suggest a pathway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.decision import OdiAnswer, Policy
    from spoils.findings import Clinical

__all__ = ["NrsOption", "OdiItemsOption", "OdiOption", "RefractoryOption", "clinical_of", "parse_odi_items"]

OdiOption = Annotated[
    float | None, typer.Option("--odi", metavar="PERCENT", help="Oswestry Disability Index: 0 to 100.")
]
OdiItemsOption = Annotated[
    str | None,
    typer.Option(
        "--odi-items",
        metavar="a,..,j",
        help="The ten ODI answers (0 to 5) instead of the total; '-' for not answered, 3+4 for two boxes ticked.",
    ),
]
NrsOption = Annotated[float | None, typer.Option("--nrs", metavar="SCORE", help="Numeric rating of pain, 0 to 10.")]
RefractoryOption = Annotated[
    bool,
    typer.Option(
        "--refractory",
        help="The complaint persists although the treatment for this class was tried: drugs and physiotherapy "
        "for a conservative class, an injection for an interventional one.",
    ),
]


def clinical_of(odi: float | None, odi_items: str | None, nrs: float | None, policy: Policy) -> Clinical:
    """Return the scores as given on the command line.

    Raises:
        UsageError: a score is out of range, not scorable or given twice.
    """
    from spoils.decision import score_nrs, score_odi, score_odi_items
    from spoils.findings import Clinical

    if odi is not None and odi_items is not None:
        raise UsageError("Give either --odi or --odi-items, not both.")
    odi_score = None
    if odi is not None:
        odi_score = score_odi(odi, policy)
    elif odi_items is not None:
        odi_score = score_odi_items(parse_odi_items(odi_items), policy)
    return Clinical(odi=odi_score, nrs=None if nrs is None else score_nrs(nrs, policy))


def parse_odi_items(text: str) -> list[OdiAnswer]:
    """Read answers separated by commas; ``-`` or nothing is not answered, ``+`` joins boxes of one section.

    Raises:
        UsageError: an answer is not made of whole numbers.

    >>> parse_odi_items("3,-,1+2")
    [3, None, (1, 2)]
    """
    return [_answer(part.strip()) for part in text.split(",")]


def _answer(text: str) -> OdiAnswer:
    if text in {"", "-"}:
        return None
    try:
        boxes = tuple(int(box) for box in text.split("+"))
    except ValueError:
        raise UsageError(f"{text!r} is not an ODI answer; give 0 to 5, '-', or two as 3+4.") from None
    return boxes[0] if len(boxes) == 1 else boxes
