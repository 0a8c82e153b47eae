"""The exceptions of SPOILS.

    SpoilsError                     1   anything else that SPOILS itself noticed
    |-- UsageError                  2   the command or a value given to it is wrong
    |-- InputUnreadable             3   the input can't be read
    |   `-- InputMissing            3   the input is not there
    |-- UnsuitableInput             4   the input was read but must not be graded
    `-- ModelError                  5
        |-- ModelMissing            5   the weights are not there
        `-- ModelMismatch           5   the weights are not the ones the manifest names

The number is the exit code of the ``spoils`` program. Each class also owns its HTTP status. The message
of an instance is one plain sentence for the user; it never holds patient identity.
"""

from __future__ import annotations

from typing import ClassVar

from spoils.messages import Message, message, verbatim

__all__ = [
    "InputMissing",
    "InputUnreadable",
    "ModelError",
    "ModelMismatch",
    "ModelMissing",
    "SpoilsError",
    "UnsuitableInput",
    "UsageError",
]


class SpoilsError(Exception):
    """Base of every error that SPOILS raises on purpose.

    ``message`` is the sentence for the user as data, which ``Translator.render`` writes in any language; ``str(error)``
    is its English text.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: Message | str) -> None:
        super().__init__(message)
        self.message = verbatim(message) if isinstance(message, str) else message

    def __str__(self) -> str:
        return str(self.message)


class UsageError(SpoilsError):
    """A command, option or value given by the user is wrong."""

    exit_code = 2
    http_status = 400


class InputUnreadable(SpoilsError):
    """A file or folder is missing, broken or of no known format."""

    exit_code = 3
    http_status = 422


class InputMissing(InputUnreadable):
    """There is no file or folder at a path, or it may not be looked at."""

    def __init__(self, sentence: Message | str | None = None) -> None:
        super().__init__(message("input-missing") if sentence is None else sentence)


class UnsuitableInput(SpoilsError):
    """The input was read, but it is not what SPOILS can grade: nothing is graded, nothing is suggested."""

    exit_code = 4
    http_status = 422


class ModelError(SpoilsError):
    """A model can't be used."""

    exit_code = 5
    http_status = 503


class ModelMissing(ModelError):
    """The weights of a model are not installed."""


class ModelMismatch(ModelError):
    """The weights of a model differ from what the manifest promises."""
