"""The triage policy as validated data: scales, strata, rules, red flags, gaps and their sources.

A ``Policy`` is complete and free of contradictions once it exists: for every class, pair of scores, treatment history
and deficit exactly one rule applies, and every place where worse is less urgent has an exception that explains it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from spoils.decision.policy_migration import from_format_2
from spoils.decision.policy_schema import DrivingDisc, Duration, Gap, RedFlags, Statement, Unsettled
from spoils.decision.policy_validation import PolicyValidation, validate_rules
from spoils.decision.rules import RuleSet
from spoils.decision.scales import Identifier, PolicySource, Scales, ScoreBand, SourcedPart
from spoils.errors import UsageError
from spoils.findings import Pathway, quoted
from spoils.messages import message

__all__ = ["RED_FLAG_RULE", "UNSETTLED_RULE", "Policy", "load_policy", "policy_text"]

_PACKAGED = Path(__file__).with_name("policy.json")

RED_FLAG_RULE = "red-flag"
UNSETTLED_RULE = "unsettled"
"""What decides before and after the rules; both are named like a rule."""


class Policy(RuleSet):
    """A whole triage policy. Format 3 is the current one; format 2 is read as well. ``policy.json`` is packaged.

    Raises:
        pydantic.ValidationError: something is missing, unknown, contradictory, unexplained or never used.
    """

    format: Literal[3]
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
    def _of_a_known_format(cls, content: object) -> object:
        """Refuse an unknown format before anything else, and bring an earlier one up to date."""
        if not isinstance(content, dict):
            return content
        if content.get("format") == 2:
            return from_format_2(content)
        if content.get("format") != 3:
            raise ValueError("it is not of format 2 or 3")
        return content

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _require_known(Pathway, self.pathways, "pathways without words")
        _require_known(self._named_sources(), self.sources, "sources that are not listed")
        pairs = (name for pair in self.unsettled.review_between for name in pair)
        _require_known(pairs, {stratum.name for stratum in self.strata}, "strata that are not listed")
        taken = {RED_FLAG_RULE, UNSETTLED_RULE} & {rule.id for rule in self.rules}
        if taken:
            raise ValueError(f"rules must not be called {', '.join(sorted(taken))}")
        self.validation  # noqa: B018 - checks all cases, and raises
        answers = (answer for gap in self.gaps.values() for answer in gap.answered_by)
        known = {rule.id for rule in self.rules} | set(type(self).model_fields)
        _require_known(answers, known, "gaps answered by what is not there")
        return self

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the file that the policy was read from, None if it was not read from one."""
        return self._sha256

    @cached_property
    def validation(self) -> PolicyValidation:
        """Every case with its rule, and the urgency drops with their exceptions."""
        return validate_rules(self)

    def odi_score_band(self, percent: float | None) -> ScoreBand:
        """Return what an ODI of ``percent`` (None: not given) says about the complaint."""
        return ScoreBand.MISSING if percent is None else self.scores.odi.band(percent).score_band

    def nrs_score_band(self, score: float | None) -> ScoreBand:
        """Return what an NRS of ``score`` (None: not given) says about the complaint."""
        return ScoreBand.MISSING if score is None else self.scores.nrs.band(score).score_band

    def _named_sources(self) -> Iterator[str]:
        for scale in (self.scores.odi, self.scores.nrs):
            yield from (scale.bands_source, scale.score_band_source)
        parts = (self.driving_disc, self.complaint, self.urgency, self.red_flags, self.duration, self.unsettled)
        sourced: tuple[SourcedPart, ...] = (
            *parts,
            *self.strata,
            *self.pathways.values(),
            *self.rules,
            *self.exceptions,
        )
        yield from (part.source for part in sourced)


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
        return Policy.model_validate(json.loads(content, object_pairs_hook=_with_unique_keys), context=content)
    except OSError as error:
        raise UsageError(message("policy-unreadable", file=path.name, reason=error.strerror or "")) from error
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"].removeprefix("Value error, ")
        place = quoted(".".join(str(part) for part in first["loc"])) or "policy"
        raise UsageError(message("policy-invalid", file=path.name, place=place, problem=problem)) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(message("policy-not-json", file=path.name)) from error


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that occurs twice: JSON readers would silently keep the last one."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key occurs twice")
    return content


def _require_known(named: Iterable[str], known: Iterable[str], problem: str) -> None:
    unknown = set(named) - set(known)
    if unknown:
        raise ValueError(f"{problem}: {', '.join(sorted(unknown))}")
