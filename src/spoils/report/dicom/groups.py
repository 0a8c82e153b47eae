"""Measurement groups of SR for each disc, body and canal level: TID 1411, or TID 1501 if there is no segment."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from highdicom.sr import (
    AlgorithmIdentification,
    ContentItem,
    FindingSite,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    ReferencedSegment,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset

from spoils import __version__, codes
from spoils.anatomy import CANAL, Structure, structure
from spoils.codes import (
    BODY_CODES,
    CANAL_CODES,
    CERTAINTY_OF_CONTOUR,
    CERTAINTY_OF_LEVEL,
    COMMENT,
    DISC_CODES,
    FLAG,
    GENANT,
    LEVEL_ALIGNMENT_CODES,
    LUMBAR_SPINE,
    MEYERDING,
    SLIP_DIRECTION,
    SLIP_DIRECTIONS,
    SPINE_ALIGNMENT_CODES,
    UNITS,
    VERTEBRAL_SHAPE_CODES,
    Code,
    genant_grade,
    meyerding_grade,
)
from spoils.findings import (
    LISTHESES,
    STENOSES,
    VERTEBRAL_DEFORMITY,
    Alarm,
    Alignment,
    CanalFinding,
    Confidence,
    DiscFinding,
    LevelAlignment,
    VertebraFinding,
    VertebralShape,
)
from spoils.messages import Translator
from spoils.report.dicom.concepts import concept, text, with_children
from spoils.report.dicom.grades import grades
from spoils.report.dicom.instance import MANUFACTURER, tracking_uid
from spoils.report.dicom.measurements import PlainMeasurement, alarm_item, measured, not_measured
from spoils.report.sites import level_of_disc, structure_code
from spoils.report.words import flag_words, position_words

__all__ = ["Group", "Groups"]

Group = VolumetricROIMeasurementsAndQualitativeEvaluations | MeasurementsAndQualitativeEvaluations


@dataclass(frozen=True, eq=False)
class Groups:
    """Builds the groups of one report. ``present`` are the structures for which ``segmentation`` has frames."""

    segmentation: Dataset
    series_uid: str
    present: frozenset[str]
    translator: Translator
    alarms: Sequence[Alarm] = ()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {str(one.SegmentLabel): int(one.SegmentNumber) for one in self.segmentation.SegmentSequence}

    def disc(self, disc: DiscFinding) -> Group:
        """Return the group of a disc: its measurements, grades and flags."""
        seen, site = structure(disc.level), level_of_disc(disc.level)
        numbers = [
            *measured(disc.measurements, disc.normal, DISC_CODES, site, self.translator),
            *_certainty(disc.confidence),
        ]
        words = not_measured(disc.measurements, DISC_CODES, self.translator)
        words += [text(FLAG, f"{flag.code}: {flag_words(flag, self.translator)}") for flag in disc.flags]
        return self._group(seen, _Content(disc.level, site, numbers, grades(disc, self.translator), words))

    def body(self, body: VertebraFinding) -> Group:
        """Return the group of a vertebral body."""
        seen = structure(body.level)
        site = structure_code(body.level)
        numbers = [
            *measured(body.measurements, body.normal, BODY_CODES, site, self.translator),
            *_certainty(body.confidence),
        ]
        words = not_measured(body.measurements, BODY_CODES, self.translator)
        return self._group(seen, _Content(body.level, site, numbers, [], words))

    def canal(self, canal: CanalFinding) -> Group:
        """Return the group of the canal at the height of a disc."""
        site = level_of_disc(canal.level)
        numbers = measured(canal.measurements, canal.normal, CANAL_CODES, site, self.translator)
        graded = (
            []
            if canal.stenosis is None
            else [QualitativeEvaluation(concept(codes.STENOSIS), concept(codes.STENOSES[canal.stenosis]))]
        )
        words = not_measured(canal.measurements, CANAL_CODES, self.translator)
        words += self._alarms(canal.level, STENOSES)
        return self._group(structure(CANAL), _Content(f"{CANAL} {canal.level}", site, numbers, graded, words))

    def alignment(self, alignment: Alignment) -> list[Group]:
        """Return the groups of the alignment: of the whole spine, of each disc level and of each body."""
        spine = _Content(
            "alignment",
            LUMBAR_SPINE,
            measured(alignment.measurements, alignment.normal, SPINE_ALIGNMENT_CODES, LUMBAR_SPINE, self.translator),
            [],
            [
                text(COMMENT, self.translator.render(position_words(alignment))),
                *not_measured(alignment.measurements, SPINE_ALIGNMENT_CODES, self.translator),
            ],
        )
        return [
            self._unsegmented(LUMBAR_SPINE, spine),
            *(self._level(level) for level in alignment.levels),
            *(self._shape(body) for body in alignment.vertebrae),
        ]

    def _level(self, found: LevelAlignment) -> Group:
        site = level_of_disc(found.level)
        numbers = measured(found.measurements, found.normal, LEVEL_ALIGNMENT_CODES, site, self.translator)
        slipped = found.listhesis
        graded = (
            []
            if slipped is None
            else [
                QualitativeEvaluation(concept(SLIP_DIRECTION), concept(SLIP_DIRECTIONS[slipped.direction])),
                QualitativeEvaluation(concept(MEYERDING), concept(meyerding_grade(slipped.meyerding))),
            ]
        )
        words = not_measured(found.measurements, LEVEL_ALIGNMENT_CODES, self.translator)
        words += self._alarms(found.level, LISTHESES)
        content = _Content(f"alignment {found.level}", site, numbers, graded, words)
        return self._unsegmented(structure_code(found.level), content)

    def _shape(self, found: VertebralShape) -> Group:
        site = structure_code(found.level)
        numbers = measured(found.measurements, found.normal, VERTEBRAL_SHAPE_CODES, site, self.translator)
        graded = (
            []
            if found.genant is None
            else [QualitativeEvaluation(concept(GENANT), concept(genant_grade(found.genant, found.shape)))]
        )
        words = not_measured(found.measurements, VERTEBRAL_SHAPE_CODES, self.translator)
        words += self._alarms(found.level, {VERTEBRAL_DEFORMITY})
        return self._unsegmented(site, _Content(f"shape {found.level}", site, numbers, graded, words))

    def _alarms(self, level: str, kinds: Set[str]) -> list[ContentItem]:
        found = (alarm for alarm in self.alarms if alarm.level == level and alarm.code in kinds)
        return [alarm_item(alarm, self.translator) for alarm in found]

    def _unsegmented(self, finding: Code, content: _Content) -> Group:
        """Return a group of what lies between structures, or is another view of one, so that no segment is meant."""
        group = MeasurementsAndQualitativeEvaluations(**self._common(finding, content))
        with_children(group[0], content.words)
        return group

    def _group(self, seen: Structure, content: _Content) -> Group:
        common = self._common(structure_code(seen.name), content)
        group: Group
        if seen.name in self.present:
            segment = ReferencedSegment.from_segmentation(self.segmentation, self._numbers[seen.name])
            group = VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **common)
        else:
            group = MeasurementsAndQualitativeEvaluations(**common)
        with_children(group[0], content.words)
        return group

    def _common(self, finding: Code, content: _Content) -> dict[str, Any]:
        return {
            "tracking_identifier": TrackingIdentifier(
                tracking_uid(self.series_uid, content.tracked_as), content.tracked_as
            ),
            "finding_type": concept(finding),
            "finding_sites": [FindingSite(concept(content.site))],
            "algorithm_id": AlgorithmIdentification(MANUFACTURER, __version__),
            "measurements": content.numbers,
            "qualitative_evaluations": content.grades,
        }


@dataclass(frozen=True, eq=False)
class _Content:
    """The content of a group: its items, the name under which its structure is tracked, and where the structure is."""

    tracked_as: str
    site: Code
    numbers: list[Measurement]
    grades: list[QualitativeEvaluation]
    words: list[ContentItem]


def _certainty(confidence: Confidence | None) -> list[Measurement]:
    if confidence is None:
        return []
    unit = concept(UNITS["1"])
    return [
        PlainMeasurement(name=concept(CERTAINTY_OF_CONTOUR), value=confidence.outline, unit=unit),
        PlainMeasurement(name=concept(CERTAINTY_OF_LEVEL), value=confidence.level, unit=unit),
    ]
