"""The result of one assessment, for Python programs and notebooks."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

from spoils.findings import (
    Assessment,
    CanalFinding,
    DiscFinding,
    Flag,
    Quality,
    Recommendation,
    VertebraFinding,
    pathway_title,
)
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import Language, Translator, translator_for
from spoils.pipeline import AssessedStudy
from spoils.report import Rendered, render, save

__all__ = ["Assessed"]


class Assessed:
    """An assessment together with its images.

    The findings are attributes (``discs``, ``vertebrae``, ``canal``, ``recommendation``, ``flags``); the documents are
    made when they are asked for (``files``, ``save``). In a notebook it shows itself as a picture with a table.
    """

    def __init__(self, study: AssessedStudy) -> None:
        self._study = study
        self._files = render(study)

    @property
    def assessment(self) -> Assessment:
        """The whole result: the content of ``assessment.json``."""
        return self._study.assessment

    @property
    def discs(self) -> list[DiscFinding]:
        """The six discs, T12-L1 to L5-S1, graded or with a flag that says why not."""
        return self.assessment.discs

    @property
    def vertebrae(self) -> list[VertebraFinding]:
        """The six bodies, L1 to S1."""
        return self.assessment.vertebrae

    @property
    def canal(self) -> list[CanalFinding]:
        """The spinal canal at the six discs."""
        return self.assessment.canal

    @property
    def recommendation(self) -> Recommendation | None:
        """The suggested pathway with its reasons; None where nothing was graded."""
        return self.assessment.recommendation

    @property
    def quality(self) -> Quality:
        """Whether the input was good enough, and what to know about it."""
        return self.assessment.quality

    @property
    def flags(self) -> list[Flag]:
        """What the reader must know of the study as a whole."""
        return self.assessment.quality.flags

    @property
    def labels(self) -> LabelMap:
        """The label map, on the canonical grid of ``series``."""
        return self._study.labels

    @property
    def series(self) -> SagittalSeries:
        """The images that were assessed."""
        return self._study.series

    @property
    def study(self) -> AssessedStudy:
        """What the pipeline found, stage by stage."""
        return self._study

    @property
    def files(self) -> Rendered:
        """The documents by file name, as bytes; each is made when it is first asked for."""
        return self._files

    def to_json(self) -> str:
        """Return the assessment as JSON, as in ``assessment.json``."""
        return self._files["assessment.json"].decode()

    def save(self, folder: str | Path) -> list[str]:
        """Write all documents into ``folder``, in place of an earlier result: all or none.

        Returns:
            The names of other files in the folder, which were left as they are.

        Raises:
            UsageError: the folder can't be written.
        """
        return save(self._files, Path(folder))

    def __repr__(self) -> str:
        classes = ", ".join(f"{disc.level} {disc.label or '-'}" for disc in self.discs)
        pathway = self.recommendation.pathway.value if self.recommendation else "no pathway"
        return f"<Assessed {classes}; {pathway}>"

    def _repr_html_(self) -> str:
        translator = translator_for(Language(self.assessment.language))
        overlay = b64encode(self._files["overlay.png"]).decode()
        heads = "".join(
            f"<th>{escape(head)}</th>"
            for head in (translator.gettext("Level"), translator.gettext("Class"), translator.gettext("Why"))
        )
        rows = "".join(
            f"<tr><td>{escape(disc.level)}</td><td>{escape(disc.label or '-')}</td>"
            f"<td>{escape(_why(disc, translator))}</td></tr>"
            for disc in self.discs
        )
        advice = self.recommendation
        pathway = f"<p><b>{escape(translator.render(pathway_title(advice.pathway)))}</b></p>" if advice else ""
        picture = escape(translator.gettext("Contours, grades and measured lengths"))
        return (
            f'<img style="max-height:480px" alt="{picture}" src="data:image/png;base64,{overlay}">'
            f"<table><tr>{heads}</tr>{rows}</table>{pathway}"
            f"<p><small>{escape(translator.gettext(self.assessment.notice))}</small></p>"
        )


def _why(disc: DiscFinding, translator: Translator) -> str:
    """Return what explains the class of a disc, or why it has none."""
    if disc.explanation:
        return translator.text(disc.explanation, disc.explanation_wording)
    return translator.text(disc.flags[0].message, disc.flags[0].wording)
