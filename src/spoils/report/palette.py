"""Colours of images and pages, which can be distinguished with every kind of colour vision and in greyscale print.

Grades use the sequential scheme YlOrRd of ColorBrewer with five classes (https://colorbrewer2.org). Lightness decreases
with the grade, so the order is visible without hue.
"""

from __future__ import annotations

__all__ = [
    "AGAINST",
    "ALARM",
    "EMPHASIS_FILLS",
    "EMPHASIS_INKS",
    "FOR",
    "GRADE_COLOURS",
    "GRADE_INKS",
    "INK",
    "PALE",
    "SEVERITY_FILL",
    "UNGRADED",
    "WARNING",
]

INK = "#14202b"
"""Text on white."""

PALE = "#5b6770"
"""Secondary text on white; 5.8 to 1 contrast."""

ALARM = "#8f2d00"
"""Frame and text of an urgent suggestion, which is also stated in words. Dark enough for text on white."""

WARNING = "#ffe0b2"
"""Background of an alarm of medium priority; pale enough for text."""

EMPHASIS_FILLS: dict[str, str] = {"alarm": ALARM, "warning": WARNING}
EMPHASIS_INKS: dict[str, str] = {"alarm": "#ffffff", "warning": INK}
"""Background and text colour of alarms by emphasis. Alarms also have an exclamation mark."""

FOR = "#e69f00"
AGAINST = "#56b4e9"
"""Evidence for a grade and against it: orange and sky blue (Okabe and Ito, https://jfly.uni-koeln.de/color/)."""

SEVERITY_FILL = "#7d93a1"
"""Bars of severity."""

UNGRADED = "#c9d1d6"
"""Fill of a disc without a grade."""

GRADE_COLOURS: dict[int, str] = {1: "#ffffb2", 2: "#fecc5c", 3: "#fd8d3c", 4: "#f03b20", 5: "#bd0026"}
"""Fill of Pfirrmann grade 1 to 5."""

GRADE_INKS: dict[int, str] = {1: INK, 2: INK, 3: INK, 4: "#000000", 5: "#ffffff"}
"""Text on these fills; contrast of at least 4.5 to 1."""
