"""``spoils triage``: the decision alone, from classes and scores that are already known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.language import LanguageOption, language_of
from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.patient import PatientOptions, asking_about_patient
from spoils.cli.settings import settings_of_environment
from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.findings import Recommendation
    from spoils.messages import Translator

__all__ = ["parse_classes", "recommendation_lines", "triage"]

ClassesOption = Annotated[
    list[str],
    typer.Option("--class", metavar="LEVEL=CLASS", help="Class of one disc, such as L4-L5=4M; may be repeated."),
]


@asking_about_patient
def triage(
    *, classes: ClassesOption, language: LanguageOption = "en", as_json: JsonOption = False, patient: PatientOptions
) -> None:
    """Suggest a pathway from disc classes and what the patient reports."""
    from spoils.decision import clinical_of, load_policy
    from spoils.decision import triage as decide
    from spoils.findings import RESEARCH_USE
    from spoils.messages import translator_for

    policy = load_policy(settings_of_environment().policy)
    clinical = clinical_of(patient.answers(), policy)
    recommendation = decide(parse_classes(classes), clinical, policy=policy)
    if as_json:
        clinical_json, recommendation_json = (model.model_dump(mode="json") for model in (clinical, recommendation))
        print_json({"notice": RESEARCH_USE, "clinical": clinical_json, "recommendation": recommendation_json})
    else:
        translator = translator_for(language_of(language))
        print_lines([*recommendation_lines(recommendation, translator), "", translator.gettext(RESEARCH_USE)])


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


def recommendation_lines(advice: Recommendation, translator: Translator) -> Iterator[str]:
    """Put a recommendation into lines for people, in their language."""
    from spoils.findings import pathway_name

    render, gettext = translator.render, translator.gettext
    urgent = f", {gettext('urgent')}" if advice.urgent else ""
    yield f"{gettext('Suggestion')}: {render(pathway_name(advice.pathway))}{urgent}"
    yield ""
    yield gettext("Why")
    yield from (f"  - {sentence}" for sentence in translator.texts(advice.rationale, advice.rationale_wording))
    changes = [
        gettext(
            "{change}: {pathway}.",
            change=translator.text(one.change, one.wording),
            pathway=render(pathway_name(one.pathway)),
        )
        for one in advice.counterfactuals
    ]
    points = [*translator.texts(advice.alternatives, advice.alternatives_wording), *changes]
    if points:
        yield gettext("What would change it")
        yield from (f"  - {sentence}" for sentence in points)
    yield gettext("Policy version {version}, rule {rule}", version=advice.policy_version, rule=advice.rule)
