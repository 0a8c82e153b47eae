"""Models, policy and reference values, loaded and verified once for any number of studies."""

from __future__ import annotations

from dataclasses import dataclass

from spoils import __version__, findings
from spoils.config import Settings
from spoils.decision import Policy, load_policy
from spoils.grading import Graders
from spoils.reference_values import ReferenceValues, load_reference_values
from spoils.segmentation import SegmentationModels

__all__ = ["Resources"]


@dataclass(frozen=True, eq=False)
class Resources:
    """Models, policy and reference values, loaded and verified once, used for any number of studies."""

    segmentation: SegmentationModels
    graders: Graders
    policy: Policy
    reference: ReferenceValues

    @classmethod
    def load(cls, settings: Settings | None = None, policy: Policy | None = None) -> Resources:
        """Load what ``settings`` name.

        Args:
            settings: by default what the ``SPOILS_...`` variables say.
            policy: the policy that the settings name, where the caller has read it already.

        Raises:
            ModelError: a model is missing or not the one the manifest names.
            UsageError: the policy can't be used.
        """
        settings = settings or Settings()
        segmentation, graders = SegmentationModels.load(settings), Graders.load(settings)
        return cls(segmentation, graders, policy or load_policy(settings.policy), load_reference_values())

    @property
    def provenance(self) -> findings.Provenance:
        """Version, policy, and every model that takes part, by name and hash."""
        used = (
            self.segmentation.network,
            self.segmentation.detector,
            self.segmentation.kinds,
            self.graders.image,
            self.graders.geometry,
        )
        return findings.Provenance(
            spoils=__version__,
            models=[findings.ModelUsed(name=model.record.name, sha256=model.record.sha256) for model in used if model],
            policy_version=self.policy.version,
            policy_name=self.policy.name,
            policy_sha256=self.policy.sha256,
        )
