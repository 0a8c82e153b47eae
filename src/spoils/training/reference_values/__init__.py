"""Reference values of a cohort, and errors of measurement."""

from spoils.training.reference_values.errors import error_lines, errors_of, errors_text
from spoils.training.reference_values.pairs import measured_pairs
from spoils.training.reference_values.table import build_reference, reference_text

__all__ = ["build_reference", "error_lines", "errors_of", "errors_text", "measured_pairs", "reference_text"]
