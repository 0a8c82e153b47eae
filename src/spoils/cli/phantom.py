"""``spoils phantom`` and ``spoils demo``: a synthetic patient, written as a study or taken the whole way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.language import LanguageOption, language_of
from spoils.cli.output import JsonOption, note, print_json
from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.decision import Policy
    from spoils.phantom import PhantomSpec
    from spoils.pipeline import Request

__all__ = ["demo", "parse_grades", "phantom"]

DEMO_GRADES = (2, 2, 3, 3, 5, 4)
"""A patient with one collapsed disc: what the demo shows is a degenerated L4-L5 among better ones."""
DEMO_ODI_PERCENT = 44.0
DEMO_NRS = 7.0

StudyOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the study and its ground truth.")]
GradesOption = Annotated[
    str | None, typer.Option("--grades", metavar="a,..,f", help="Pfirrmann grades (1 to 5), T12-L1 to L5-S1.")
]


def parse_grades(text: str) -> tuple[int, ...]:
    """Read six grades separated by commas.

    Raises:
        UsageError: they are not six whole numbers.

    >>> parse_grades("1,1,2,3,4,5")
    (1, 1, 2, 3, 4, 5)
    """
    try:
        grades = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} are not Pfirrmann grades; give six numbers such as 1,1,2,2,4,5.") from None
    return grades


def phantom(
    *,
    out: StudyOption,
    seed: Annotated[int, typer.Option("--seed", help="Which patient.")] = 0,
    grades: GradesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a synthetic DICOM study with its ground truth."""
    from dataclasses import replace

    import numpy as np

    from spoils.phantom import draw_phantom, random_spec, write_study

    if seed < 0:
        raise UsageError("A seed is a whole number from 0.")
    spec = random_spec(np.random.default_rng(seed))
    if grades is not None:
        spec = replace(spec, grades=parse_grades(grades))
    drawn = draw_phantom(spec)
    write_study(drawn, out)
    if as_json:
        print_json({"grades": drawn.grades, "mid_slice": drawn.mid_slice, "spacing_mm": drawn.series.grid.spacing_mm})
    note(f"Written to {out}.")


def demo(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the study and the results.")] = Path(
        "out/demo"
    ),
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Assess a phantom patient, offline: the whole way on a study that is drawn on the spot."""
    from spoils.cli.assess import assess_into
    from spoils.phantom import draw_phantom, write_study

    def asked(policy: Policy) -> Request:
        from spoils.decision import score_nrs, score_odi
        from spoils.findings import Clinical
        from spoils.pipeline import Patient, Request

        patient = Patient(Clinical(odi=score_odi(DEMO_ODI_PERCENT, policy), nrs=score_nrs(DEMO_NRS, policy)))
        return Request(patient, language=language_of(language))

    study = out / "study"
    write_study(draw_phantom(_demo_spec()), study)
    assess_into(study, asked, out, as_json=as_json)


def _demo_spec() -> PhantomSpec:
    from spoils.phantom import PhantomSpec

    return PhantomSpec(
        grades=DEMO_GRADES,
        bulge_mm=(0.0, 0.0, 0.0, 0.5, 2.5, 1.0),
        osteophyte_mm=(0.0, 0.0, 0.0, 0.0, 2.0, 0.0),
        noise_sd=0.02,
        bias_strength=0.2,
    )
