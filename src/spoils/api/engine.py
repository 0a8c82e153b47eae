"""Models, policy and reference values loaded once and used for any number of studies, from any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Unpack

from spoils.api.assessed import Assessed
from spoils.api.options import (
    AssessOptions,
    ClinicalOptions,
    SegmentOptions,
    SelectionOptions,
    clinical_from,
    hint_from,
    language_from,
    patient_from,
    require_known,
    selection_from,
)
from spoils.config import Settings
from spoils.decision import triage as run_triage
from spoils.findings import AnyCorrection, Provenance, Recommendation
from spoils.io import InputSource, Selection, SourceSeries, Spacing, read_input
from spoils.pipeline import Request, Resources, segment_study
from spoils.pipeline import assess as run_pipeline
from spoils.pipeline import reassess as run_corrections
from spoils.segmentation import Segmentation

__all__ = ["Clock", "Engine", "shared_engine"]

Clock = Callable[[], datetime]


class Engine:
    """Everything that an assessment needs beside the images. It holds no study, and its calls share nothing.

    Examples:
        >>> engine = Engine()
        >>> engine.triage({"L4-L5": "4M"}, odi=44, nrs=7).pathway.value
        'surgical-consultation'
    """

    def __init__(
        self, settings: Settings | None = None, *, threads: int | None = None, clock: Clock | None = None
    ) -> None:
        """Load and verify the models and the policy.

        Args:
            settings: where models and policy are; by default what the ``SPOILS_...`` variables say.
            threads: processor threads of one network run; 0 means all cores. It overrides the settings.
            clock: gives the time of an assessment, with its time zone; by default the system's.

        Raises:
            ModelError: a model is missing or not the one that the manifest names.
            UsageError: the policy can't be used.
        """
        settings = settings or Settings()
        self._settings = settings if threads is None else settings.model_copy(update={"threads": threads})
        self._resources = Resources.load(self._settings)
        self._clock = clock or _system_clock

    @property
    def provenance(self) -> Provenance:
        """Versions and hashes of what takes part."""
        return self._resources.provenance

    def assess(self, source: InputSource, **options: Unpack[AssessOptions]) -> Assessed:
        """Assess a study; see ``spoils.assess``."""
        require_known(options, AssessOptions)
        hint = hint_from(options)
        request = Request(patient_from(options, self._resources.policy), hint, language_from(options))
        study = self._read(source, options.get("spacing_mm"), selection_from(options))
        progress = options.get("progress", _silent)
        return Assessed(run_pipeline(study, self._resources, request, progress, self._clock))

    def reassess(
        self, assessed: Assessed, corrections: Sequence[AnyCorrection], *, source: SourceSeries | None = None
    ) -> Assessed:
        """Apply a person's corrections; see ``spoils.reassess``."""
        study = run_corrections(assessed.study, corrections, self._resources, source=source, now=self._clock)
        return Assessed(study)

    def read(
        self, source: InputSource, *, spacing_mm: Spacing | None = None, **selected: Unpack[SelectionOptions]
    ) -> SourceSeries:
        """Read a study; see ``spoils.read``."""
        require_known(selected, SelectionOptions)
        return self._read(source, spacing_mm, selection_from(selected))

    def segment(
        self, source: InputSource, *, spacing_mm: Spacing | None = None, **options: Unpack[SegmentOptions]
    ) -> Segmentation:
        """Segment a study and name its levels; see ``spoils.segment``."""
        require_known(options, SegmentOptions)
        study = self._read(source, spacing_mm, selection_from(options))
        return segment_study(study, self._resources.segmentation, hint=hint_from(options))[1]

    def _read(self, source: InputSource, spacing_mm: Spacing | None, selection: Selection) -> SourceSeries:
        return read_input(source, spacing_mm=spacing_mm, max_pixels=self._settings.max_pixels, selection=selection)

    def triage(self, classes: Mapping[str, str], **clinical: Unpack[ClinicalOptions]) -> Recommendation:
        """Suggest a pathway from given classes; see ``spoils.triage``."""
        require_known(clinical, ClinicalOptions)
        policy = self._resources.policy
        return run_triage(classes, clinical_from(clinical, policy), policy=policy)


def _system_clock() -> datetime:
    return datetime.now(UTC)


def _silent(stage: str, done: float) -> None:
    pass


@lru_cache(maxsize=1)
def shared_engine() -> Engine:
    """Return the engine that the functions of ``spoils`` share, loaded when it is first needed."""
    return Engine()
