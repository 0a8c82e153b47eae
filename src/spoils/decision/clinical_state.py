"""What the patient and the examination report, as the policy reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spoils.decision.policy import Policy
from spoils.decision.policy_schema import History, Stratum
from spoils.decision.rules import PolicyCase
from spoils.decision.scales import ScoreBand
from spoils.findings import Clinical, Deficit, RedFlag, Treatment

__all__ = ["ClinicalState", "clinical_state_of"]


@dataclass(frozen=True)
class ClinicalState:
    """A patient without the image. What is not given counts as absent here; the words of a suggestion say so."""

    odi: ScoreBand
    nrs: ScoreBand
    failed: frozenset[Treatment]
    refractory: bool
    stable_deficit: bool
    red_flags: frozenset[RedFlag]

    def history(self, stratum: Stratum) -> History:
        """Return how far treatment has gone for a stratum."""
        return stratum.history(self.failed, refractory=self.refractory)

    def with_score_band(self, score: str, band: ScoreBand) -> ClinicalState:
        """Return the clinical state with another band of ``score``, which is ``odi`` or ``nrs``."""
        return replace(self, odi=band) if score == "odi" else replace(self, nrs=band)

    def case(self, stratum: Stratum) -> PolicyCase:
        """Return the case that patient and stratum make."""
        return PolicyCase(stratum.name, self.odi, self.nrs, self.history(stratum), self.stable_deficit)


def clinical_state_of(clinical: Clinical, policy: Policy) -> ClinicalState:
    """Read what is known of the patient; a progressive deficit is a red flag."""
    red_flags = set(clinical.red_flags)
    if clinical.deficit is Deficit.PROGRESSIVE:
        red_flags.add(RedFlag.PROGRESSIVE_DEFICIT)
    return ClinicalState(
        odi=policy.odi_score_band(clinical.odi.percent if clinical.odi else None),
        nrs=policy.nrs_score_band(clinical.nrs.score if clinical.nrs else None),
        failed=frozenset(clinical.failed),
        refractory=clinical.refractory,
        stable_deficit=clinical.deficit is Deficit.STABLE,
        red_flags=frozenset(red_flags),
    )
