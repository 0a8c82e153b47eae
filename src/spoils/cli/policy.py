"""``spoils policy``: validation and decision table of a triage policy, and the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.settings import settings_of_environment

if TYPE_CHECKING:
    from spoils.decision import Policy, TableRow

__all__ = ["app", "check", "show"]

app = typer.Typer(no_args_is_help=True, help="Check a triage policy, or print it to start one's own.")

FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Policy file; the one in use if none is given.")
]
SchemaOption = Annotated[bool, typer.Option("--schema", help="Print the JSON schema of policy files instead.")]

_SHORT = {
    "conservative": "conservative",
    "clinical-review": "review",
    "interventional-pain-management": "injection",
    "surgical-consultation": "surgeon",
}
"""Names that fit into the cells of a table."""


@app.command("check")
def check(file: FileArgument = None, *, as_json: JsonOption = False) -> None:
    """Check that a policy is complete and free of contradictions, and print its decision table."""
    from spoils.decision import load_policy

    policy = load_policy(file or settings_of_environment().policy)
    if as_json:
        print_json(_document(policy))
    else:
        print_lines(_lines(policy))


@app.command("show")
def show(*, schema: SchemaOption = False) -> None:
    """Print the policy file in use, as a start for one's own."""
    from spoils.decision import Policy, policy_text

    if schema:
        print_json(Policy.model_json_schema())
    else:
        print_lines([policy_text(settings_of_environment().policy).rstrip("\n")])


def _document(policy: Policy) -> dict[str, Any]:
    from dataclasses import asdict

    from spoils.decision import decision_table
    from spoils.findings import RESEARCH_USE

    return {
        "notice": RESEARCH_USE,
        "policy": {"name": policy.name, "version": policy.version, "sha256": policy.sha256},
        "validation": {
            "cases": len(policy.validation.rules),
            "gaps": 0,
            "contradictions": 0,
            "less_urgent": [
                {**asdict(found), "exception": name} for found, name in sorted(policy.validation.urgency_drops.items())
            ],
        },
        "complaint": policy.model_dump(mode="json")["complaint"]["by_odi_then_nrs"],
        "strata": {stratum.name: list(stratum.classes) for stratum in policy.strata},
        "table": [asdict(row) for row in decision_table(policy)],
    }


def _lines(policy: Policy) -> Iterator[str]:
    from spoils.findings import RESEARCH_USE

    yield f"Policy {policy.name} {policy.version}"
    yield f"SHA-256 {policy.sha256}"
    yield ""
    yield from _validation_lines(policy)
    yield from _score_lines(policy)
    yield from _table_lines(policy)
    yield "Before the rules"
    yield f"  Any red flag ({', '.join(policy.red_flags.signs)}): {policy.red_flags.pathway}, urgent."
    yield "After the rules"
    for pair in sorted(policy.unsettled.review_between):
        yield f"  Classes that can't be ruled out reach from {' to '.join(pair)}: clinical-review."
    yield ""
    yield "What the published triage leaves open"
    for gap in policy.gaps.values():
        yield f"  {gap.question} {gap.answer}"
        yield f"    {gap.reason} ({', '.join(gap.answered_by)})"
    yield ""
    yield RESEARCH_USE


def _validation_lines(policy: Policy) -> Iterator[str]:
    validation = policy.validation
    yield "Validation"
    yield f"  Cases           {len(validation.rules)} (strata, ODI, NRS, treatment so far, deficit)"
    yield "  Gaps            none: each case has a rule"
    yield "  Contradictions  none: no case has two rules, and every rule applies to some case"
    places = f"they explain all {len(validation.urgency_drops)} places where worse is less urgent"
    yield f"  Exceptions      {len(policy.exceptions)}: {places}"
    yield from (f"    {exception.id} (worse {exception.worse}): {exception.words}" for exception in policy.exceptions)
    yield f"  Urgency         {' < '.join(policy.urgency.order)}"
    yield ""


def _score_lines(policy: Policy) -> Iterator[str]:
    from spoils.decision import ScoreBand

    yield "Scores"
    for name, scale, unit in (("ODI", policy.scores.odi, " %"), ("NRS", policy.scores.nrs, "")):
        low, moderate = (scale.span([band])[1] for band in (ScoreBand.LOW, ScoreBand.MODERATE))
        yield f"  {name}: low up to {low:g}{unit}, moderate up to {moderate:g}{unit}, high above"
    yield "  Together (ODI down, NRS across)"
    width = max(len(name) for name in policy.complaint.words) + 2
    yield "    " + "".join(f"{name:{width}}" for name in ("", *ScoreBand)).rstrip()
    for odi in ScoreBand:
        cells = (odi, *(policy.complaint.by_odi_then_nrs[odi][nrs] for nrs in ScoreBand))
        yield "    " + "".join(f"{cell:{width}}" for cell in cells).rstrip()
    yield ""


def _table_lines(policy: Policy) -> Iterator[str]:
    from spoils.decision import decision_table

    rows = decision_table(policy)
    yield "Decision table, by treatment so far"
    yield from (
        f"  {_SHORT[pathway]} is short for {pathway}." for pathway in policy.urgency.order if _SHORT[pathway] != pathway
    )
    width = max(len(name) for name in policy.complaint.words) + len(", stable deficit") + 2
    for stratum in policy.strata:
        own = [row for row in rows if row.stratum == stratum.name]
        histories = list(dict.fromkeys(row.history for row in own))
        yield f"  {stratum.name}: {' '.join(stratum.classes)}"
        yield f"    {'complaint':{width}}" + "".join(f"{history:15}" for history in histories).rstrip()
        yield from _stratum_lines(own, width)
    yield ""


def _stratum_lines(rows: list[TableRow], width: int) -> Iterator[str]:
    """Yield a line for each complaint, and one more where a stable deficit makes a difference."""
    cells = {(row.complaint, row.stable_deficit, row.history): row.pathway for row in rows}
    histories = list(dict.fromkeys(row.history for row in rows))
    for complaint, deficit in product(dict.fromkeys(row.complaint for row in rows), (False, True)):
        pathways = [cells[complaint, deficit, history] for history in histories]
        if deficit and pathways == [cells[complaint, False, history] for history in histories]:
            continue
        name = f"{complaint}, stable deficit" if deficit else complaint
        yield f"    {name:{width}}" + "".join(f"{_SHORT[pathway]:15}" for pathway in pathways).rstrip()
