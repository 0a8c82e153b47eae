"""ReferenceValues values of a cohort and errors of measurement."""

__all__: list[str] = []
