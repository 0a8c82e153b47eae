"""``spoils compare``: one patient over time, from two or more results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.language import LanguageOption, language_of
from spoils.cli.output import JsonOption, note, print_json, print_lines

if TYPE_CHECKING:
    from spoils.followup import FollowUp
    from spoils.messages import Translator

__all__ = ["compare"]

AssessmentsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", callback=existing, help="Two or more assessment.json of one patient, in any order."
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for follow-up.json and follow-up.html.")
]


def compare(
    files: AssessmentsArgument,
    *,
    out: OutOption = None,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Compare assessments of one patient over time: what changed by more than its error or by what matters."""
    from spoils.files import write_folder
    from spoils.followup import compare as run
    from spoils.followup import read_assessment
    from spoils.messages import translator_for
    from spoils.report import follow_up_html, follow_up_json

    follow_up, chosen = run([read_assessment(path) for path in files]), language_of(language)
    if out is not None:
        write_folder(
            out, {"follow-up.json": follow_up_json(follow_up), "follow-up.html": follow_up_html(follow_up, chosen)}
        )
    if as_json:
        print_json(follow_up.model_dump(mode="json"))
    else:
        print_lines(_lines(follow_up, translator_for(chosen)))
    if out is not None:
        note(f"Written to {out}.")


def _lines(follow_up: FollowUp, translator: Translator) -> Iterator[str]:
    """Put a comparison into lines: warnings, the summary, then every item that changed or could not be compared."""
    from spoils.followup import ChangeVerdict, item_name, verdict_name

    for warning in follow_up.warnings:
        yield f"{translator.gettext('Warning')}: {translator.text(warning.message, warning.wording)}"
    yield " \N{RIGHTWARDS ARROW} ".join(translator.day(visit.day) for visit in follow_up.visits)
    yield ""
    yield from translator.texts(follow_up.summary, follow_up.summary_wording)
    yield ""
    items = [("", change) for change in follow_up.scores]
    items += [(f"{disc.level} ", change) for disc in follow_up.discs for change in disc.changes]
    for place, change in items:
        if change.verdict is not ChangeVerdict.NO_DETECTABLE_CHANGE:
            name, verdict = translator.render(item_name(change.name)), translator.render(verdict_name(change.verdict))
            yield f"  {place}{name}: {verdict}. {translator.text(change.reason, change.reason_wording)}"
    yield ""
    others = (note for note in follow_up.notes if note not in follow_up.warnings)
    yield from (translator.text(note.message, note.wording) for note in others)
    yield ""
    yield translator.gettext(follow_up.notice)
