"""``report.html``: the result for people, as one page that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.findings import BODY_MEASUREMENTS, DISC_MEASUREMENTS, Assessment
from spoils.report.disc_pictures import DiscPictures
from spoils.report.files import write_file
from spoils.report.palette import AGAINST, FOR, GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED
from spoils.report.tables import MeasurementTable, measurement_table
from spoils.report.words import CONTRIBUTION_WORDS, PATHWAY_WORDS, SEVERITY_WORDS, percent

__all__ = ["write_html"]

_MAIN_COLUMNS = (
    "height_mean_mm",
    "height_index",
    "width_mean_mm",
    "volume_mm3",
    "signal_csf_ratio",
    "ap_diameter_mm",
)


def write_html(
    assessment: Assessment, overlay_png: bytes | None, disc_pictures: Mapping[str, DiscPictures], path: Path
) -> None:
    """Write the report of ``assessment`` to ``path``, in one step.

    Pictures are embedded, so the file makes no request. ``disc_pictures`` holds those of each level that has some;
    without ``overlay_png`` the picture is left out. Two pages of A4 when printed.

    Raises:
        UsageError: the file can't be written.
    """
    environment = Environment(
        loader=PackageLoader("spoils.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    page = environment.get_template("report.html.j2").render(
        assessment=assessment,
        overlay=_data_url(overlay_png) if overlay_png is not None else None,
        strips={level: _data_url(pictures.strip) for level, pictures in disc_pictures.items()},
        activations={
            level: _data_url(pictures.activation)
            for level, pictures in disc_pictures.items()
            if pictures.activation is not None
        },
        main_table=_main_table(assessment),
        disc_table=measurement_table({disc.level: disc.measurements for disc in assessment.discs}, DISC_MEASUREMENTS),
        body_table=measurement_table(
            {vertebra.level: vertebra.measurements for vertebra in assessment.vertebrae}, BODY_MEASUREMENTS
        ),
        silence=_reasons_for_silence(assessment),
        pathway_words=PATHWAY_WORDS,
        severity_words=SEVERITY_WORDS,
        contribution_words=CONTRIBUTION_WORDS,
        colours={
            "grades": GRADE_COLOURS,
            "inks": GRADE_INKS,
            "ink": INK,
            "pale": PALE,
            "ungraded": UNGRADED,
            "for": FOR,
            "against": AGAINST,
        },
    )
    write_file(path, page.encode())


def _main_table(assessment: Assessment) -> MeasurementTable:
    """Lay out the chief measurements of each disc, with the canal's behind it."""
    canal = {finding.level: finding.measurements for finding in assessment.canal}
    both = {disc.level: {**disc.measurements, **canal.get(disc.level, {})} for disc in assessment.discs}
    return measurement_table(both, _MAIN_COLUMNS)


def _reasons_for_silence(assessment: Assessment) -> list[str]:
    """Return why no pathway is suggested; empty where one is."""
    if assessment.recommendation is not None:
        return []
    if not assessment.quality.usable and assessment.quality.flags:
        return [flag.message for flag in assessment.quality.flags]
    if all(disc.label is None for disc in assessment.discs):
        return ["No disc could be graded."]
    return ["No treatment policy was applied."]


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
