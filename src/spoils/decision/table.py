"""The decision table of a policy: which pathway every case leads to, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass

from spoils.decision.policy import Policy
from spoils.decision.policy_schema import History
from spoils.findings import Pathway

__all__ = ["TableRow", "decision_table"]


@dataclass(frozen=True)
class TableRow:
    """All cases of a stratum that the policy treats alike; ``complaint`` is what both scores together make."""

    stratum: str
    complaint: str
    history: History
    stable_deficit: bool
    pathway: Pathway
    rule: str


def decision_table(policy: Policy) -> list[TableRow]:
    """Return the rows by stratum from mild to severe, complaint, history and deficit.

    >>> from spoils.decision.policy import load_policy
    >>> decision_table(load_policy())[0].rule
    'conservative-high'
    """
    names = [stratum.name for stratum in policy.strata]
    complaints, histories = list(policy.complaint.words), list(History)
    rows = {
        TableRow(case.stratum, policy.complaint_of(case), case.history, case.stable_deficit, rule.pathway, rule.id)
        for case, rule in policy.validation.rules.items()
    }
    return sorted(
        rows,
        key=lambda row: (
            names.index(row.stratum),
            complaints.index(row.complaint),
            histories.index(row.history),
            row.stable_deficit,
        ),
    )
