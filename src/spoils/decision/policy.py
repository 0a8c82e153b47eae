"""The triage policy as checked data: bands, strata, the reading of two scores together, and the rules.

A policy is complete and free of contradiction from construction: for every class, pair of scores and
treatment history exactly one rule applies. Every entry names its source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import pairwise, product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import UsageError
from spoils.findings import Pathway

__all__ = [
    "Band",
    "Burden",
    "Complaint",
    "DrivingDisc",
    "Policy",
    "Rule",
    "Scale",
    "Statement",
    "Stratum",
    "load_policy",
]

ODI_MAXIMUM_PERCENT = 100.0
NRS_MAXIMUM = 10.0

Words = Annotated[str, Field(min_length=1)]


class Burden(StrEnum):
    """What one score says about the complaint."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    MISSING = "missing"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Entry):
    """Where an entry comes from; ``basis`` says how far to trust it."""

    citation: Words
    basis: Literal["published", "common-knowledge", "own-decision"]


class Statement(_Entry):
    """A sentence or phrase for the reader, with the key of its source."""

    words: Words
    source: str


class Band(_Entry):
    """A named range of a score, from just above the band before up to and including ``up_to``."""

    name: Words
    up_to: FiniteFloat
    burden: Literal[Burden.LOW, Burden.MODERATE, Burden.HIGH]


class Scale(_Entry):
    """The bands of one score, lowest first, and what each says about the complaint."""

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    bands_source: str
    burden_reason: Words
    burden_source: str

    @model_validator(mode="after")
    def _rising(self) -> Scale:
        severity = (Burden.LOW, Burden.MODERATE, Burden.HIGH)
        for lower, upper in pairwise(self.bands):
            if upper.up_to <= lower.up_to:
                raise ValueError(f"band {upper.name!r} must end above band {lower.name!r}")
            if severity.index(upper.burden) < severity.index(lower.burden):
                raise ValueError(f"band {upper.name!r} must not weigh less than band {lower.name!r}")
        return self

    def band(self, score: float) -> Band:
        """Return the band that holds ``score``, which is at most the last ``up_to``."""
        return next(band for band in self.bands if score <= band.up_to)


class Scales(_Entry):
    """The scales of both patient-reported scores."""

    odi: Scale
    nrs: Scale

    @model_validator(mode="after")
    def _reach_the_end(self) -> Scales:
        for name, scale, maximum in (("ODI", self.odi, ODI_MAXIMUM_PERCENT), ("NRS", self.nrs, NRS_MAXIMUM)):
            if scale.bands[-1].up_to != maximum:
                raise ValueError(f"the last {name} band must end at {maximum:g}")
        return self


class Stratum(_Entry):
    """Classes that lead the same way, mildest first; ``tried`` says which treatment failed if they are refractory."""

    name: Words
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    tried: Words
    source: str


class DrivingDisc(_Entry):
    """Which of several equally bad discs is named."""

    level_order: tuple[str, ...]
    reason: Words
    source: str

    @model_validator(mode="after")
    def _all_levels_once(self) -> DrivingDisc:
        if sorted(self.level_order) != sorted(DISCS):
            raise ValueError(f"level_order must hold each of {', '.join(DISCS)} once")
        return self


class Complaint(_Entry):
    """How two scores are read together: the complaint for every pair of burdens, and what each one means."""

    words: dict[str, Words]
    by_odi_then_nrs: dict[Burden, dict[Burden, str]]
    reason: Words
    source: str

    @model_validator(mode="after")
    def _every_pair(self) -> Complaint:
        for odi, nrs in product(Burden, Burden):
            name = self.by_odi_then_nrs.get(odi, {}).get(nrs)
            if name not in self.words:
                raise ValueError(f"the complaint for ODI {odi} and NRS {nrs} is not defined")
        return self


class Condition(_Entry):
    """When a rule applies; ``refractory`` null means either way."""

    strata: Annotated[frozenset[str], Field(min_length=1)]
    complaints: Annotated[frozenset[str], Field(min_length=1)]
    refractory: bool | None = None

    def holds(self, stratum: str, complaint: str, *, refractory: bool) -> bool:
        """Say whether the rule applies."""
        return stratum in self.strata and complaint in self.complaints and self.refractory in {None, refractory}


class Rule(_Entry):
    """One line of the policy: condition, pathway, the reason in words and its source."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    when: Condition
    pathway: Pathway
    reason: Words
    source: str


class Policy(_Entry):
    """A whole triage policy; see ``policy.json`` for the one that is packaged.

    ``strata`` run from mild to severe, so that they also order the classes.

    Raises:
        pydantic.ValidationError: something is missing, unknown, contradictory or never used.
    """

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    sources: dict[str, Source]
    scores: Scales
    strata: tuple[Stratum, ...]
    driving_disc: DrivingDisc
    complaint: Complaint
    pathways: dict[Pathway, Statement]
    red_flags: Statement
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        if sorted(self.class_order) != sorted(GRADE_CLASSES):
            raise ValueError(f"the strata must hold each of {', '.join(GRADE_CLASSES)} once")
        unexplained = set(Pathway) - set(self.pathways)
        if unexplained:
            raise ValueError(f"pathways without words: {', '.join(sorted(unexplained))}")
        unknown = set(self._named_sources()) - set(self.sources)
        if unknown:
            raise ValueError(f"sources that are not listed: {', '.join(sorted(unknown))}")
        self._require_one_rule_each()
        return self

    def _named_sources(self) -> Iterator[str]:
        for scale in (self.scores.odi, self.scores.nrs):
            yield from (scale.bands_source, scale.burden_source)
        yield from (self.driving_disc.source, self.complaint.source, self.red_flags.source)
        yield from (stratum.source for stratum in self.strata)
        yield from (statement.source for statement in self.pathways.values())
        yield from (rule.source for rule in self.rules)

    def _require_one_rule_each(self) -> None:
        """Walk all cases; a gap, a contradiction or a rule that never applies is an error."""
        used: set[str] = set()
        for stratum, (odi, nrs), refractory in product(self.strata, product(Burden, Burden), (False, True)):
            complaint = self.complaint.by_odi_then_nrs[odi][nrs]
            rules = [r.id for r in self.rules if r.when.holds(stratum.name, complaint, refractory=refractory)]
            if len(rules) != 1:
                found = "no rule" if not rules else f"the rules {', '.join(rules)}"
                treated = "refractory" if refractory else "not refractory"
                raise ValueError(f"{stratum.name} classes, ODI {odi}, NRS {nrs}, {treated}: {found}")
            used.update(rules)
        idle = {rule.id for rule in self.rules} - used
        if idle or len(used) != len(self.rules):
            raise ValueError(f"rules that never apply or share an id: {', '.join(sorted(idle)) or 'same id'}")

    @property
    def class_order(self) -> tuple[str, ...]:
        """The eleven classes from mildest to worst, as the choice of the driving disc sees them."""
        return tuple(name for stratum in self.strata for name in stratum.classes)

    def stratum(self, grade_class: str) -> Stratum:
        """Return the stratum of one of the eleven classes."""
        return next(stratum for stratum in self.strata if grade_class in stratum.classes)

    def odi_burden(self, percent: float | None) -> Burden:
        """Return what an ODI of ``percent`` (None: not given) says about the complaint."""
        return Burden.MISSING if percent is None else self.scores.odi.band(percent).burden

    def nrs_burden(self, score: float | None) -> Burden:
        """Return what an NRS of ``score`` (None: not given) says about the complaint."""
        return Burden.MISSING if score is None else self.scores.nrs.band(score).burden

    def rule(self, grade_class: str, odi: Burden, nrs: Burden, *, refractory: bool) -> Rule:
        """Return the one rule for a class, two burdens and a treatment history."""
        stratum = self.stratum(grade_class).name
        complaint = self.complaint.by_odi_then_nrs[odi][nrs]
        return next(r for r in self.rules if r.when.holds(stratum, complaint, refractory=refractory))


def load_policy(path: Path | None = None) -> Policy:
    """Read and check a policy file; None means the one that comes with SPOILS.

    Raises:
        UsageError: the file can't be read, or what it says is incomplete or contradictory.

    >>> load_policy().stratum("4M").name
    'surgical'
    """
    return _packaged() if path is None else _read(path)


@cache
def _packaged() -> Policy:
    with resources.as_file(resources.files("spoils.decision") / "policy.json") as path:
        return _read(path)


def _read(path: Path) -> Policy:
    try:
        return Policy.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"The policy file {path.name} can't be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "policy"
        raise UsageError(f"The policy file {path.name} can't be used: {where}: {first['msg']}.") from error
    except ValueError as error:
        raise UsageError(f"The policy file {path.name} is not JSON text.") from error
