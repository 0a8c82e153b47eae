"""Whether the application is alive and ready, and its figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from spoils import __version__
from spoils.service.api.access import ContextOf
from spoils.service.db.repositories import Runs

__all__ = ["router"]

router = APIRouter(tags=["operations"])

_ALIVE: Final = timedelta(seconds=20)


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer as long as the process is alive."""
    return {"status": "alive", "version": __version__}


@router.get("/readyz")
def readyz(context: ContextOf) -> Response:
    """Say whether the database answers and a worker is alive."""
    database, worker = context.database.answers(), False
    if database:
        with context.database.read() as session:
            beat = Runs(session).last_beat()
            worker = beat is not None and context.now() - beat < _ALIVE
    return JSONResponse({"database": database, "worker": worker}, 200 if database and worker else 503)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(context: ContextOf) -> str:
    """Return figures for Prometheus; none tells who the patients are."""
    with context.database.read() as session:
        runs = Runs(session)
        counts, waiting = runs.counts(), [run for run in runs.waiting() if run.state == "queued"]
    lines = ["# HELP spoils_runs Pieces of work by state.", "# TYPE spoils_runs gauge"]
    lines += [f'spoils_runs{{state="{state}"}} {count}' for state, count in sorted(counts.items())]
    age = (context.now() - waiting[0].created).total_seconds() if waiting else 0.0
    lines += [
        "# HELP spoils_queue_age_seconds Age of the oldest waiting piece of work.",
        "# TYPE spoils_queue_age_seconds gauge",
    ]
    lines += [f"spoils_queue_age_seconds {age:.1f}", ""]
    return "\n".join(lines)
