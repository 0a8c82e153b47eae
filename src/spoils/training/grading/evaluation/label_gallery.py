"""An HTML page of the label issues. It is self-contained.

The page contains patients' images. It is written only where the user chooses and must not be added to the project.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from spoils.findings import RESEARCH_USE
from spoils.report import GRADE_COLOURS, GRADE_INKS, INK, PALE, draw_disc, page_environment
from spoils.training.disc_table import DiscTable
from spoils.training.grading.evaluation.label_issues import MIN_VOTER_KAPPA, LabelIssue

__all__ = ["label_gallery_page"]


def label_gallery_page(
    table: DiscTable, found: Sequence[LabelIssue], count: int | None = None, *, voters: Sequence[str] | None = None
) -> str:
    """Return the HTML page of the first ``count`` (None: all) of ``found``, with embedded images.

    The patient's other discs are shown beside each disc, because a grade is easier to judge among its neighbours.

    Args:
        table: the discs.
        found: the label issues, in the order to be shown.
        count: how many to show.
        voters: names of the models that can vote; None if all can.
    """
    pictures: dict[int, str] = {}

    def picture(row: int) -> str:
        if row not in pictures:
            pictures[row] = b64encode(draw_disc(table.rows[row].image[:1]).strip).decode()
        return pictures[row]

    rows_of: dict[str, list[int]] = {}
    for row, disc in enumerate(table.rows):
        rows_of.setdefault(disc.label.patient, []).append(row)
    cases = [
        {
            "disc": one,
            "picture": picture(one.row),
            "others": [
                {"label": table.rows[row].label, "picture": picture(row), "here": row == one.row}
                for row in rows_of[one.patient]
            ],
        }
        for one in found[:count]
    ]
    return (
        page_environment("spoils.training")
        .get_template("label_gallery.html.j2")
        .render(
            cases=cases,
            contradicted=len(found),
            discs=len(table.rows),
            voters=voters,
            least_kappa=MIN_VOTER_KAPPA,
            notice=RESEARCH_USE,
            ink=INK,
            pale=PALE,
            colours=GRADE_COLOURS,
            inks=GRADE_INKS,
        )
    )
