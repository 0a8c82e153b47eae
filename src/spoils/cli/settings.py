"""The settings of this run, with a plain sentence when a variable is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.config import Settings

__all__ = ["settings_of_environment"]


def settings_of_environment() -> Settings:
    """Read the ``SPOILS_...`` variables.

    Raises:
        UsageError: a variable has a value that can't be used.
    """
    from pydantic import ValidationError

    from spoils.config import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = "SPOILS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(
            f"The variable {variable} must be {_EXPECTED.get(str(first['loc'][0]), 'another value')}."
        ) from error


_EXPECTED = {
    "int8": "1 or 0",
    "threads": "a whole number from 0",
    "max_pixels": "a whole number from 1",
    "models_dir": "the path of a folder",
    "policy": "the path of a file",
}
"""What each variable takes."""
