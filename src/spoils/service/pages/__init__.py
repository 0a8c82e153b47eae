"""The pages: rendered on the server, in the language of the browser; a script adds uploads and live progress."""

from spoils.service.pages.routes import STATIC, error_page, router

__all__ = ["STATIC", "error_page", "router"]
