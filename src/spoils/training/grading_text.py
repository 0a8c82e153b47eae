"""The scores of the shipped pair as Markdown: what the model card and the terminal show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["GRADERS", "figures_text"]

GRADERS = ("image", "geometry", "mean")
"""The two graders and their mean, in the order of columns."""

_OF_PARTS = ("pfirrmann_kappa", "pfirrmann_exact", "pfirrmann_within_one", "class_accuracy", "severity_kappa")
_OF_CLASSES = ("recall", "precision", "iou")
_NOISE = {
    "all": "all discs",
    "without_contradicted": "without those that both graders contradict",
    "without_far": "without those that both contradict by two grades or more",
}


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out a Markdown table with an empty line after it."""
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def figures_text(scores: Mapping[str, Any]) -> str:
    """Return all figures of ``evaluate_answers`` as Markdown tables."""
    lines = [f"{scores['discs']} discs of {scores['patients']} patients; {scores['protocol']}.", ""]
    figures = scores[GRADERS[0]]
    lines += _table(
        ("figure", *GRADERS), ([_words(name), *(_cell(scores[grader][name]) for grader in GRADERS)] for name in figures)
    )
    classes = scores["by_class"].items()
    lines += _table(
        ("class", "discs", *_OF_CLASSES),
        ([name, str(scores["classes"][name]), *(_cell(of[figure]) for figure in _OF_CLASSES)] for name, of in classes),
    )
    if scores["findings"]:
        found = scores["findings"].items()
        lines += _table(("finding", "area under the curve"), ([name, _cell(figure)] for name, figure in found))
    if counted := scores["severity_contradicted"]:
        sentence = "{contradicted} of {discs} discs graded 3 to 5 get a severity that their likely findings contradict."
        lines += [sentence.format(**counted), ""]
    for way, parts in scores["by_part"].items():
        lines += _part_table(_words(way), parts)
    doubt = scores["doubt"].items()
    lines += _table(
        ("strata that the driving disc may lie in", "patients", "graded stratum right"),
        ([strata, str(counted["patients"]), str(counted["right"])] for strata, counted in doubt),
    )
    lines += _noise_table(scores["label_noise"])
    refused = [left for left in scores["left_out"] if left[1] is None]
    single = len(scores["left_out"]) - len(refused)
    return "\n".join(
        [*lines, f"Left out: {len(refused)} patients whose image was refused, and {single} single discs.\n"]
    )


def _part_table(way: str, parts: Mapping[str, Any]) -> list[str]:
    return _table(
        (way, "discs", "patients", *map(_words, _OF_PARTS)),
        (
            [name, str(part["discs"]), str(part["patients"]), *_part_cells(part["figures"], _OF_PARTS)]
            for name, part in parts.items()
        ),
    )


def _part_cells(figures: Mapping[str, Any] | None, names: Sequence[str]) -> list[str]:
    return ["too few"] * len(names) if figures is None else [_cell(figures[name]) for name in names]


def _noise_table(noise: Mapping[str, Any]) -> list[str]:
    return [
        "Contradicted discs are chosen by being answered wrong, so figures without them are an upper bound.",
        "",
        *_table(
            ("", "discs", *map(_words, _OF_PARTS)),
            (
                [_NOISE[name], str(part["discs"]), *_part_cells(part["figures"], _OF_PARTS)]
                for name, part in noise.items()
            ),
        ),
    ]
