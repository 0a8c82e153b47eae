"""Options for what the patient and the examination report, shared by the commands that suggest a pathway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.decision import Answers, OdiAnswer

__all__ = ["PatientOptions", "asking_about_patient", "parse_odi_items"]


@dataclass(frozen=True)
class PatientOptions:
    """The options as typed in; each field is one of them."""

    odi: Annotated[
        float | None,
        typer.Option(
            "--odi", metavar="PERCENT", rich_help_panel="Patient", help="Oswestry Disability Index: 0 to 100."
        ),
    ] = None
    odi_items: Annotated[
        str | None,
        typer.Option(
            "--odi-items",
            metavar="a,..,j",
            rich_help_panel="Patient",
            help="The ten ODI answers (0 to 5) instead of the total; '-' for not answered, 3+4 for two boxes ticked.",
        ),
    ] = None
    nrs: Annotated[
        float | None,
        typer.Option("--nrs", metavar="SCORE", rich_help_panel="Patient", help="Numeric rating of pain, 0 to 10."),
    ] = None
    nrs_back: Annotated[
        float | None,
        typer.Option(
            "--nrs-back",
            metavar="SCORE",
            rich_help_panel="Patient",
            help="Pain of the back, instead of --nrs; the higher counts.",
        ),
    ] = None
    nrs_leg: Annotated[
        float | None,
        typer.Option(
            "--nrs-leg",
            metavar="SCORE",
            rich_help_panel="Patient",
            help="Pain of the leg, instead of --nrs; the higher counts.",
        ),
    ] = None
    red_flag: Annotated[
        list[str] | None,
        typer.Option(
            "--red-flag",
            metavar="SIGN",
            rich_help_panel="Patient",
            help="Sign that stops any pathway: cauda-equina, fracture, infection, tumour or progressive-deficit; "
            "may be repeated.",
        ),
    ] = None
    deficit: Annotated[
        str | None,
        typer.Option(
            "--deficit",
            metavar="none|stable|progressive",
            rich_help_panel="Patient",
            help="Neurological deficit of the legs; a progressive one is a red flag.",
        ),
    ] = None
    duration_weeks: Annotated[
        float | None,
        typer.Option(
            "--duration-weeks", metavar="WEEKS", rich_help_panel="Patient", help="How long the complaint has lasted."
        ),
    ] = None
    failed: Annotated[
        list[str] | None,
        typer.Option(
            "--failed",
            metavar="TREATMENT",
            rich_help_panel="Patient",
            help="Treatment tried without success: drugs, physiotherapy, injection or surgery; may be repeated.",
        ),
    ] = None
    refractory: Annotated[
        bool,
        typer.Option(
            "--refractory",
            rich_help_panel="Patient",
            help="The complaint persists although the treatment for this class was tried: drugs and physiotherapy "
            "for a conservative class, an injection for any other; --failed says it treatment by treatment.",
        ),
    ] = False

    def answers(self) -> Answers:
        """Return what was answered, not yet checked.

        Raises:
            UsageError: the ODI answers are not made of whole numbers.
        """
        from spoils.decision import Answers

        return Answers(
            odi_percent=self.odi,
            odi_items=None if self.odi_items is None else parse_odi_items(self.odi_items),
            nrs=self.nrs,
            nrs_back=self.nrs_back,
            nrs_leg=self.nrs_leg,
            red_flags=tuple(self.red_flag or ()),
            deficit=self.deficit,
            duration_weeks=self.duration_weeks,
            failed=tuple(self.failed or ()),
            refractory=self.refractory,
        )


def asking_about_patient(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option about the patient; they reach it together, as its parameter ``patient``."""
    asked = signature(PatientOptions, eval_str=True).parameters
    own = signature(command, eval_str=True).parameters.values()

    @wraps(command)
    def asking(**options: object) -> None:
        given = {name: options.pop(name) for name in asked}
        command(**options, patient=PatientOptions(**given))  # type: ignore[arg-type]

    others = [parameter for parameter in own if parameter.name != "patient"]
    arguments = [parameter for parameter in others if parameter.kind is not Parameter.KEYWORD_ONLY]
    options = [parameter for parameter in others if parameter.kind is Parameter.KEYWORD_ONLY]
    added = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in asked.values()]
    # In the help, scores come first: nearly every call gives them.
    asking.__signature__ = Signature([*arguments, *added, *options])  # type: ignore[attr-defined]
    return asking


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
