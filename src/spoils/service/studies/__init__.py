"""What is done with studies: received, corrected, decided. One transaction each, with its entry in the audit log."""

from spoils.service.studies.change import cancel, correct, decide, rescore, retry
from spoils.service.studies.receive import Upload, receive

__all__ = ["Upload", "cancel", "correct", "decide", "receive", "rescore", "retry"]
