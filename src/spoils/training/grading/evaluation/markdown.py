"""The scores of the packaged pair of graders as Markdown tables, for the model card and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spoils.anatomy import GRADE_CLASSES

__all__ = ["GRADERS", "SUBGROUP_FIGURES", "figures_text"]

GRADERS = ("image", "geometry", "mean")
"""The two graders and their mean, in column order."""

SUBGROUP_FIGURES = (
    "pfirrmann_kappa",
    "pfirrmann_exact",
    "pfirrmann_within_one",
    "class_accuracy",
    "severity_kappa",
    "set_coverage",
)
"""The figures that are shown for each subgroup."""

_OF_CLASSES = ("recall", "precision", "iou", "set_coverage")
_NOISE = {
    "all": "all discs",
    "without_issues": "without discs that both graders contradict",
    "without_large_issues": "without discs that both contradict by two grades or more",
}


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out a Markdown table with an empty line after it."""
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def figures_text(scores: Mapping[str, Any]) -> str:
    """Return all figures of ``evaluate_predictions`` as Markdown tables."""
    lines = [f"{scores['discs']} discs of {scores['patients']} patients; {scores['protocol']}.", ""]
    figures = scores[GRADERS[0]]
    columns = {**{grader: scores[grader] for grader in GRADERS}, "learned": scores["learned"]["figures"]}
    lines += _table(
        ("figure", *columns), ([_words(name), *(_cell(of[name]) for of in columns.values())] for name in figures)
    )
    better = "significantly better than" if scores["learned"]["wins"] else "not significantly better than"
    lines += [f"A learned ensemble of both graders is {better} their mean (likelihood of the true class).", ""]
    classes = scores["by_class"].items()
    lines += _table(
        ("class", "discs", *map(_words, _OF_CLASSES)),
        ([name, str(scores["classes"][name]), *(_cell(of[figure]) for figure in _OF_CLASSES)] for name, of in classes),
    )
    lines += _confusion_table(scores["confusion"])
    lines += _findings_table(scores["findings"], scores["findings_likely"])
    if counted := scores["severity_conflicts"]:
        sentence = (
            "{contradicted} of {discs} discs graded 3 to 5 have a severity that contradicts their likely findings."
        )
        lines += [sentence.format(**counted), ""]
    for way, parts in scores["by_part"].items():
        lines += _part_table(_words(way), parts)
    strata_counts = scores["possible_strata"].items()
    lines += _table(
        ("possible strata of the driving disc", "patients", "graded stratum right"),
        ([strata, str(counted["patients"]), str(counted["right"])] for strata, counted in strata_counts),
    )
    lines += _noise_table(scores["label_issues"])
    refused = [left for left in scores["left_out"] if left[1] is None]
    single = len(scores["left_out"]) - len(refused)
    return "\n".join(
        [*lines, f"Left out: {len(refused)} patients whose image was refused, and {single} single discs.\n"]
    )


def _confusion_table(confusion: Sequence[Sequence[int]]) -> list[str]:
    rows = ([name, *map(str, row)] for name, row in zip(GRADE_CLASSES, confusion, strict=True))
    return _table(("true class, predicted as", *GRADE_CLASSES), rows)


def _findings_table(areas: Mapping[str, Any], likely: Mapping[str, Any]) -> list[str]:
    """Lay out the scores of each finding; nothing if findings were not predicted."""
    counts, sides = ("present", "likely", "found", "reported", "reported_present"), ("sensitivity", "specificity")
    rows = []
    for name, of in likely.items():
        shown = (areas.get(name), *(of.get(side) for side in sides))
        cells = ("" if one is None else _cell(one) for one in shown)
        rows.append([name, *(str(of[count]) for count in counts), *cells])
    return _table(("finding", *counts, "area under the curve", *sides), rows) if rows else []


def _part_table(way: str, parts: Mapping[str, Any]) -> list[str]:
    return _table(
        (way, "discs", "patients", *map(_words, SUBGROUP_FIGURES)),
        (
            [name, str(part["discs"]), str(part["patients"]), *_part_cells(part["figures"], SUBGROUP_FIGURES)]
            for name, part in parts.items()
        ),
    )


def _part_cells(figures: Mapping[str, Any] | None, names: Sequence[str]) -> list[str]:
    return ["too few"] * len(names) if figures is None else [_cell(figures[name]) for name in names]


def _noise_table(noise: Mapping[str, Any]) -> list[str]:
    return [
        "Label issues are selected by disagreement with the graders, so figures without them are an upper bound.",
        "",
        *_table(
            ("", "discs", *map(_words, SUBGROUP_FIGURES)),
            (
                [_NOISE[name], str(part["discs"]), *_part_cells(part["figures"], SUBGROUP_FIGURES)]
                for name, part in noise.items()
            ),
        ),
    ]
