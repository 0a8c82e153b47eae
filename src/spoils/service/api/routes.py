"""All routes of the REST interface."""

from __future__ import annotations

from fastapi import APIRouter

from spoils.service.api import operations, studies

__all__ = ["api_router", "operations_router"]

api_router = APIRouter(prefix="/api/v1")
api_router.include_router(studies.router)

operations_router = operations.router
