"""The triage policy as checked data: bands, strata, rules, red flags, gaps and their sources.

A policy is complete and free of contradiction from construction: for every class, pair of scores, treatment history
and deficit exactly one rule applies, and every place where worse is less urgent is worded. Entries name their sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from spoils.decision.policy_schema import DrivingDisc, Duration, Gap, RedFlags, Statement, Unsettled
from spoils.decision.policy_validation import Proof, prove
from spoils.decision.rules import Rulebook
from spoils.decision.scales import Identifier, PolicySource, Scales, ScoreBand, Sourced
from spoils.errors import UsageError
from spoils.findings import Pathway
from spoils.messages import message

__all__ = ["RED_FLAG_RULE", "UNSETTLED_RULE", "Policy", "load_policy", "policy_text"]

_PACKAGED = Path(__file__).with_name("policy.json")

RED_FLAG_RULE = "red-flag"
UNSETTLED_RULE = "unsettled"
"""What decides before and after the rules, named like one of them."""


class Policy(Rulebook):
    """A whole triage policy in format 2; see ``policy.json`` for the one that is packaged.

    Raises:
        pydantic.ValidationError: something is missing, unknown, contradictory, unworded or never used.
    """

    format: Literal[2]
    name: Identifier
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    sources: dict[str, PolicySource]
    scores: Scales
    driving_disc: DrivingDisc
    pathways: dict[Pathway, Statement]
    red_flags: RedFlags
    duration: Duration
    unsettled: Unsettled
    gaps: dict[Identifier, Gap]
    _sha256: str | None = PrivateAttr(default=None)

    def model_post_init(self, context: object, /) -> None:
        """Remember the hash of the file, whose bytes the reader hands over as ``context``."""
        if isinstance(context, bytes):
            self._sha256 = sha256(context).hexdigest()

    @model_validator(mode="before")
    @classmethod
    def _of_this_format(cls, content: object) -> object:
        """Say so first, before all that an older file lacks."""
        if isinstance(content, dict) and content.get("format") != 2:
            raise ValueError("it is not of format 2")
        return content

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        _require_known(Pathway, self.pathways, "pathways without words")
        _require_known(self._named_sources(), self.sources, "sources that are not listed")
        pairs = (name for pair in self.unsettled.review_between for name in pair)
        _require_known(pairs, {stratum.name for stratum in self.strata}, "strata that are not listed")
        taken = {RED_FLAG_RULE, UNSETTLED_RULE} & {rule.id for rule in self.rules}
        if taken:
            raise ValueError(f"rules must not be called {', '.join(sorted(taken))}")
        self.proof  # noqa: B018 - walks all cases, and raises
        answers = (answer for gap in self.gaps.values() for answer in gap.answered_by)
        known = {rule.id for rule in self.rules} | set(type(self).model_fields)
        _require_known(answers, known, "gaps answered by what is not there")
        return self

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the file that the policy was read from, None if it was not read from one."""
        return self._sha256

    @cached_property
    def proof(self) -> Proof:
        """The walk over all cases."""
        return prove(self)

    def odi_score_band(self, percent: float | None) -> ScoreBand:
        """Return what an ODI of ``percent`` (None: not given) says about the complaint."""
        return ScoreBand.MISSING if percent is None else self.scores.odi.band(percent).burden

    def nrs_score_band(self, score: float | None) -> ScoreBand:
        """Return what an NRS of ``score`` (None: not given) says about the complaint."""
        return ScoreBand.MISSING if score is None else self.scores.nrs.band(score).burden

    def spoken(self) -> Iterator[str]:
        """Yield all words of the policy that a recommendation may say, for translators."""
        for scale in (self.scores.odi, self.scores.nrs):
            yield from (band.name for band in scale.bands)
        for stratum in self.strata:
            yield from (stratum.name, stratum.tried)
        yield from self.complaint.words.values()
        yield from (rule.reason for rule in self.rules)
        yield from (statement.words for statement in self.pathways.values())
        yield from (*self.red_flags.signs.values(), self.red_flags.words, self.red_flags.reason)
        yield from (*(band.name for band in self.duration.bands), self.duration.words)
        yield self.unsettled.words
        yield from (source.citation for source in self.sources.values() if source.basis != "published")

    def _named_sources(self) -> Iterator[str]:
        for scale in (self.scores.odi, self.scores.nrs):
            yield from (scale.bands_source, scale.burden_source)
        parts = (self.driving_disc, self.complaint, self.urgency, self.red_flags, self.duration, self.unsettled)
        entries: tuple[Sourced, ...] = (*parts, *self.strata, *self.pathways.values(), *self.rules, *self.exceptions)
        yield from (entry.source for entry in entries)


def load_policy(path: Path | None = None) -> Policy:
    """Read and check a policy file; None means the one that comes with SPOILS.

    Raises:
        UsageError: the file can't be read, or what it says is incomplete or contradictory.

    >>> load_policy().stratum("4M").name
    'surgical'
    """
    return _packaged() if path is None else _read(path)


def policy_text(path: Path | None = None) -> str:
    """Return the text of a checked policy file; None means the one that comes with SPOILS.

    Raises:
        UsageError: the file can't be read, or can't be used.
    """
    load_policy(path)
    content = (path or _PACKAGED).read_bytes()
    return content.decode(json.detect_encoding(content))


@cache
def _packaged() -> Policy:
    return _read(_PACKAGED)


def _read(path: Path) -> Policy:
    try:
        content = path.read_bytes()
        return Policy.model_validate(json.loads(content, object_pairs_hook=_without_doubles), context=content)
    except OSError as error:
        raise UsageError(message("policy-unreadable", file=path.name, reason=error.strerror or "")) from error
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"].removeprefix("Value error, ")
        place = ".".join(str(part) for part in first["loc"]) or "policy"
        raise UsageError(message("policy-invalid", file=path.name, place=place, problem=problem)) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(message("policy-not-json", file=path.name)) from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: the reader would silently keep the last."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _require_known(named: Iterable[str], known: Iterable[str], complaint: str) -> None:
    unknown = set(named) - set(known)
    if unknown:
        raise ValueError(f"{complaint}: {', '.join(sorted(unknown))}")
