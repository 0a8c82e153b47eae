"""The REST interface ``/api/v1``: one module per resource."""

from spoils.service.api.problems import install_problems
from spoils.service.api.routes import api_router, operations_router

__all__ = ["api_router", "install_problems", "operations_router"]
