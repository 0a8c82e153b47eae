"""Work on studies: durable, one at a time in each worker process, resumed after a crash."""

from spoils.service.jobs.worker import Worker

__all__ = ["Worker"]
