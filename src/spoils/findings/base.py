"""What all parts of a result share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

__all__ = ["Finding", "Probability"]

Probability = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]


class Finding(BaseModel):
    """A part of a result: frozen, and without fields that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
