"""``spoils triage``: the decision alone, from classes and scores that are already known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.patient import PatientOptions, asking_about_patient
from spoils.cli.settings import settings_of_environment
from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.findings import Recommendation

__all__ = ["parse_classes", "recommendation_lines", "triage"]

ClassesOption = Annotated[
    list[str],
    typer.Option("--class", metavar="LEVEL=CLASS", help="Class of one disc, such as L4-L5=4M; may be repeated."),
]


@asking_about_patient
def triage(*, classes: ClassesOption, as_json: JsonOption = False, patient: PatientOptions) -> None:
    """Suggest a pathway from disc classes and what the patient reports."""
    from spoils.decision import clinical_of, load_policy
    from spoils.decision import triage as decide
    from spoils.findings import RESEARCH_USE

    policy = load_policy(settings_of_environment().policy)
    clinical = clinical_of(patient.answers(), policy)
    recommendation = decide(parse_classes(classes), clinical, policy=policy)
    if as_json:
        clinical_json, recommendation_json = (model.model_dump(mode="json") for model in (clinical, recommendation))
        print_json({"notice": RESEARCH_USE, "clinical": clinical_json, "recommendation": recommendation_json})
    else:
        print_lines([*recommendation_lines(recommendation), "", RESEARCH_USE])


def parse_classes(pairs: Iterable[str]) -> dict[str, str]:
    """Read ``LEVEL=CLASS`` pairs; upper or lower case.

    Raises:
        UsageError: a pair has no ``=``, or a level is given twice.

    >>> parse_classes(["L4-L5=4M", "l5-s1=3l"])
    {'L4-L5': '4M', 'L5-S1': '3L'}
    """
    classes: dict[str, str] = {}
    for pair in pairs:
        level, equals, grade_class = pair.upper().partition("=")
        if not equals:
            raise UsageError(f"{pair!r} is not LEVEL=CLASS, such as L4-L5=4M.")
        if level.strip() in classes:
            raise UsageError(f"The disc {level.strip()} has a class already.")
        classes[level.strip()] = grade_class.strip()
    return classes


def recommendation_lines(recommendation: Recommendation) -> Iterator[str]:
    """Put a recommendation into lines for people."""
    urgent = ", urgent" if recommendation.urgent else ""
    yield f"Suggestion: {recommendation.pathway.value.replace('-', ' ')}{urgent}"
    yield ""
    yield "Why"
    yield from (f"  - {sentence}" for sentence in recommendation.rationale)
    yield "What else"
    yield from (f"  - {sentence}" for sentence in recommendation.alternatives)
    if recommendation.counterfactuals:
        yield "What would change it"
        yield from (
            f"  - {one.change}: {one.pathway.value.replace('-', ' ')}." for one in recommendation.counterfactuals
        )
    yield f"Policy {recommendation.policy_version}"
