"""Assessment of studies in a child process, with limits on time and memory.

A file that crashes a decoder or asks for all memory ends the child and fails its own study, nothing else. The child
lives on between studies, so that models are loaded once and a corrected study need not be assessed again.
"""

from spoils.service.assessor.process import Assessor, AssessorFailed, Cancelled, Stopping
from spoils.service.assessor.protocol import AssessorJob, Failure, JobResult, PatientIdentity

__all__ = [
    "Assessor",
    "AssessorFailed",
    "AssessorJob",
    "Cancelled",
    "Failure",
    "JobResult",
    "PatientIdentity",
    "Stopping",
]
