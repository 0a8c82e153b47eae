"""``report.pdf``: the content of a report set on two pages of A4."""

from spoils.report.pdf.document import rendered_pdf, write_pdf

__all__ = ["rendered_pdf", "write_pdf"]
