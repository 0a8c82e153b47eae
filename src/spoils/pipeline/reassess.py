"""Corrections of a person: only what follows from them is computed anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from spoils.anatomy import CHAIN
from spoils.errors import UsageError
from spoils.findings import (
    AnyCorrection,
    AppliedCorrection,
    ChooseSeries,
    ChooseSlice,
    CorrectFinding,
    CorrectGrade,
    CorrectScores,
    CorrectSeverity,
    MoveCorner,
    RenameLevel,
    ReplaceLabelMap,
    ReplaceStructure,
)
from spoils.geometry import CORNERS, Contour, corners, move_corner, pixels_inside
from spoils.grading import DiscGrade
from spoils.io import SourceSeries
from spoils.messages import message
from spoils.pipeline.assess import AssessedStudy, Case, assess, decide
from spoils.pipeline.corrected_class import DiscClass, OfDisc
from spoils.pipeline.corrected_findings import clinical_after
from spoils.pipeline.corrected_segmentation import (
    keys_renamed,
    lies_within,
    new_names,
    polygon_mm,
    relabelled,
    renamed,
    require,
    require_place,
    with_mask,
    with_polygons,
)
from spoils.pipeline.outlines import segment_plausibly
from spoils.pipeline.resources import Resources
from spoils.pipeline.stages import run_stages
from spoils.segmentation import Segmentation

__all__ = ["reassess"]


@dataclass(frozen=True, eq=False)
class _State:
    """An assessment while it is corrected.

    ``is_stale`` says that its stages do not follow from its segmentation yet. ``other`` is the series that a
    ``ChooseSeries`` names.
    """

    case: Case
    resources: Resources
    other: SourceSeries | None = None
    is_stale: bool = False

    @property
    def seen(self) -> Segmentation:
        return self.case.stages.seen

    @property
    def drawn(self) -> Mapping[str, Contour]:
        return self.case.stages.drawn

    def with_stages(self, **changes: Any) -> _State:  # noqa: ANN401 - any field of the stages
        """Return the state with other stages."""
        return replace(self, case=replace(self.case, stages=replace(self.case.stages, **changes)))

    def segmented(self, seen: Segmentation, drawn: Mapping[str, Contour]) -> _State:
        """Return the state with another segmentation, and contours that are measured as a person drew them."""
        return replace(self.with_stages(seen=seen, drawn=drawn), is_stale=True)

    def graded(self, level: str, grade: DiscGrade) -> _State:
        """Return the state with another grade of one disc."""
        return self.with_stages(grades={**self.case.stages.grades, level: grade})

    def fresh(self) -> _State:
        """Return the state with every stage computed from the segmentation, where that was changed.

        The classes that a person gave before are given again, but for discs that have no grade any more.
        """
        if not self.is_stale:
            return self
        overrides = self.case.stages.overrides
        stages = run_stages(self.case.source, self.seen, self.resources, self.drawn)
        state: _State = replace(self, case=replace(self.case, stages=stages), is_stale=False)
        for override in overrides:
            if isinstance(stages.grades.get(override.level), DiscGrade):
                state = _KINDS[type(override)][0](state, override)
        return state

    def grade_of(self, level: str) -> DiscGrade:
        """Return the grade of a disc.

        Raises:
            UsageError: it has none.
        """
        grade = self.case.stages.grades.get(level)
        if not isinstance(grade, DiscGrade):
            raise UsageError(message("correction-disc-not-graded", level=level))
        return grade

    def class_of(self, level: str) -> DiscClass:
        """Return the class of a disc.

        Raises:
            UsageError: it has none.
        """
        grade = self.grade_of(level)
        return DiscClass(grade.label, grade.pfirrmann, grade.severity, grade.findings)


def reassess(
    assessed: AssessedStudy,
    corrections: Sequence[AnyCorrection],
    resources: Resources,
    *,
    source: SourceSeries | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AssessedStudy:
    """Apply corrections in their order and compute anew what follows from them.

    Args:
        assessed: an assessment, as the machine made it or corrected before; it is not changed.
        corrections: what a person corrects.
        resources: models and policy.
        source: the series that a ``ChooseSeries`` names.
        now: the clock; its time becomes ``created`` of the new assessment.

    Returns:
        A new assessment whose ``corrections`` hold those of ``assessed`` and the new ones, each with what was there
        before and after it.

    Raises:
        UsageError: a correction can't be applied; the sentence says which and why.
        UnsuitableInput: another slice or series was chosen and can't be assessed.
    """
    state, time = _State(assessed.case, resources, source), now()
    applied = list(assessed.assessment.corrections)
    for correction in corrections:
        apply, value = _KINDS[type(correction)]
        state = state.fresh()
        before = value(state, correction)
        state = apply(state, correction).fresh()
        after = value(state, correction)
        applied.append(AppliedCorrection(correction=correction, applied=time, before=before, after=after))
    return decide(state.case, resources, time, applied)


def _rename(state: _State, correction: RenameLevel) -> _State:
    names = new_names(state.seen, correction)
    overrides = (
        one.model_copy(update={"level": names[one.level]})
        for one in state.case.stages.overrides
        if names[one.level] is not None
    )
    state = state.with_stages(overrides=tuple(overrides))
    return state.segmented(renamed(state.seen, correction), keys_renamed(state.drawn, names))


def _levels(state: _State, correction: RenameLevel) -> list[str]:
    return [name for name in CHAIN if state.seen.labels.has(name)]


def _redraw(state: _State, correction: ReplaceStructure) -> _State:
    seen = with_polygons(state.seen, correction)
    drawn = dict(state.drawn)
    if correction.slice == seen.mid_slice:
        drawn.pop(correction.structure, None)
        grid = state.case.source.series.grid
        _, row_mm, column_mm = grid.spacing_mm
        contours = [
            Contour(polygon_mm(polygon, (row_mm, column_mm)), not lies_within(np.array(polygon), grid.shape[1:]))
            for polygon in correction.polygons
        ]
        if contours:
            largest = max(contours, key=lambda contour: contour.area_mm2)
            drawn |= _measurable(correction.structure, largest, (row_mm, column_mm))
    return state.segmented(seen, drawn)


def _measurable(name: str, contour: Contour, spacing_mm: tuple[float, float]) -> dict[str, Contour]:
    """Return the contour by its name, to be measured as drawn.

    One that crosses itself or is smaller than a pixel has no sound lengths: it is left out, and the pixels that it
    encloses are traced instead.
    """
    return {name: contour} if contour.is_simple and contour.area_mm2 >= spacing_mm[0] * spacing_mm[1] else {}


def _area(state: _State, correction: ReplaceStructure) -> dict[str, int]:
    require_place(state.seen, correction)
    return {"pixels": int(state.seen.labels.mask(correction.structure)[correction.slice].sum())}


def _relabel(state: _State, correction: ReplaceLabelMap) -> _State:
    return state.segmented(relabelled(state.seen, correction), {})


def _labelled(state: _State, correction: ReplaceLabelMap) -> dict[str, int]:
    return {"voxels": int(np.count_nonzero(state.seen.labels.labels))}


def _move_corner(state: _State, correction: MoveCorner) -> _State:
    """Draw the contour of a structure through the corner that a person gives it."""
    contours, name = state.case.stages.contours, correction.structure
    require(name in contours.frames, message("correction-structure-missing", name=name))
    shape = rows, columns = state.seen.labels.grid.shape[1:]
    is_inside = lies_within(np.array([correction.to]), shape)
    require(is_inside, message("correction-outside-image", name=name, rows=rows, columns=columns))
    row_mm, column_mm = contours.spacing_mm
    to_mm = polygon_mm([correction.to], contours.spacing_mm)[0]
    moved = move_corner(contours.by_name[name], contours.frames[name], correction.corner, to_mm)
    points = np.stack((moved.points_mm[:, 1] / row_mm, moved.points_mm[:, 0] / column_mm), axis=1)
    mask = pixels_inside(points, shape)
    require(bool(mask.any()), message("correction-encloses-nothing", name=name))
    others = {other: contour for other, contour in state.drawn.items() if other != name}
    drawn = others | _measurable(name, moved, contours.spacing_mm)
    return state.segmented(with_mask(state.seen, name, state.seen.mid_slice, mask), drawn)


def _corner(state: _State, correction: MoveCorner) -> list[float] | None:
    """Return row and column of the corner."""
    contours, name = state.case.stages.contours, correction.structure
    if name not in contours.frames:
        return None
    row_mm, column_mm = contours.spacing_mm
    x_mm, y_mm = corners(contours.by_name[name], contours.frames[name])[CORNERS.index(correction.corner)]
    return [round(float(y_mm / row_mm), 3), round(float(x_mm / column_mm), 3)]


def _choose_slice(state: _State, correction: ChooseSlice) -> _State:
    """Count and measure on another slice: for this the network runs again."""
    series, chosen = state.case.source.series, correction.mid_slice
    slices = series.grid.shape[0]
    require(chosen < slices, message("correction-slice-unknown", slice=chosen, slices=slices))
    hint = state.case.request.hint
    seen = segment_plausibly(series, state.resources.segmentation, mid_slice=chosen, hint=hint)
    return state.segmented(seen, {})


def _slice(state: _State, correction: ChooseSlice) -> int:
    return state.seen.mid_slice


def _choose_series(state: _State, correction: ChooseSeries) -> _State:
    """Begin anew with another series of the study."""
    other = state.other
    if other is None or other.series_uid != correction.series_uid:
        raise UsageError(message("correction-series-not-given", uid=correction.series_uid))
    alone = replace(other, others=())  # the person chose it: nothing is tried instead
    return replace(state, case=assess(alone, state.resources, state.case.request).case)


def _series(state: _State, correction: ChooseSeries) -> str | None:
    return state.case.source.series_uid


def _regrade(state: _State, correction: OfDisc) -> _State:
    """Put a person's class of a disc beside the machine's probabilities."""
    level = correction.level
    given = state.class_of(level).after(correction)
    grade = replace(state.grade_of(level), prediction_set=(given.label,), **vars(given))
    return state.with_stages(overrides=(*state.case.stages.overrides, correction)).graded(level, grade)


def _class(state: _State, correction: OfDisc) -> dict[str, Any]:
    return state.class_of(correction.level).recorded()


def _rescore(state: _State, correction: CorrectScores) -> _State:
    """Take new scores and history; only the decision follows from them."""
    clinical = clinical_after(correction, state.resources.policy)
    request = state.case.request
    changed = replace(request, patient=replace(request.patient, clinical=clinical))
    return replace(state, case=replace(state.case, request=changed))


def _scores(state: _State, correction: CorrectScores) -> Any:  # noqa: ANN401 - a JSON object
    return state.case.request.patient.clinical.model_dump(mode="json")


_KINDS: Mapping[type, tuple[Callable[..., _State], Callable[..., Any]]] = {
    RenameLevel: (_rename, _levels),
    ReplaceStructure: (_redraw, _area),
    ReplaceLabelMap: (_relabel, _labelled),
    MoveCorner: (_move_corner, _corner),
    ChooseSlice: (_choose_slice, _slice),
    ChooseSeries: (_choose_series, _series),
    CorrectGrade: (_regrade, _class),
    CorrectSeverity: (_regrade, _class),
    CorrectFinding: (_regrade, _class),
    CorrectScores: (_rescore, _scores),
}
"""How each kind is applied, and what is kept of it from before and after."""
