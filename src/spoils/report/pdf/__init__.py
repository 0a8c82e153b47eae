"""``report.pdf``: the content of a report on three pages of A4."""

from spoils.report.pdf.document import report_pdf

__all__ = ["report_pdf"]
