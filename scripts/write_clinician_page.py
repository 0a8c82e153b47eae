"""Write docs/for-clinicians.md: what the measured figures mean at the reading desk, from the manifest of the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import load_policy
from spoils.models import installed_models

PAGE = Path(__file__).parents[1] / "docs" / "for-clinicians.md"

TEXT = """\
# How far to trust it

For a neurosurgeon or radiologist. Figures are those of the packaged models' recipes on patients left out, rounded;
the [results](results.md) hold them with intervals, data and commands. Written by `scripts/write_clinician_page.py`.

> Research use only. Not a medical device. Not for diagnosis or treatment decisions.

## Does it find the right structures?

On {images} slices of {images} patients from five public sources contours overlap with the drawn ones by
{bodies:.0%} (Dice) for bodies L1 to L5, {sacrum:.0%} for S1, {discs:.0%} for discs and {canal:.0%} for the canal.
Every level had its right name in {named:.1%} of the slices. A wrong count shifts every level at once: look at the
overlay and compare S1 with your own count before reading on. `--lowest-disc` or `--level-at` sets it right, and
everything follows.

## How good are the grades?

Of 100 discs, {exact:.0f} get the very Pfirrmann grade that one radiologist gave and {within:.0f} a grade at most
one off. Weighted kappa is {kappa:.2f}; two human readers agree at about 0.6 to 0.8. The whole class (grade with
severity) is right in {classes:.0f} of 100. Severity is learned from points for findings, a substitute for a
radiologist's word.

"Also possible" lists the classes that can't be ruled out: with the first it holds the radiologist's class in
{coverage:.0f} of 100 discs, and {size:.0f} classes on average. A long list means that the image does not decide.
That share is over all discs and no promise for each: {uncovered}.

## Which mistakes matter?

- Most discs of these classes get another one: {missed}.
- Of {surgical} discs whose class leads to surgery in the triage, {milder} are graded milder. A milder class is no proof
  against a severe one.
- Of 100 discs this many get the exact grade, by level and field strength: {exact_by_part}.
- Findings are told with unequal skill (area under the curve): {findings}.
- A finding is called likely from a probability of one half, and possible where it is at least twice as likely as at an
  average disc. What is neither is not ruled out:

{found}

- One mid-sagittal slice is graded. What lies beside it, foraminal stenosis above all, is not seen.

## When does it say nothing?

It refuses what is not a sagittal T2 image of the lumbar spine with the sacrum in view, and says why
([input](input.md)). A disc with an uncertain contour or name is measured and not graded. Image and complaint that
do not agree lead to `clinical-review`, never to a pathway ([method](method.md#triage)).

## What was not tested

No clinical trial, no outcome of treatment, no scanner or country beyond these sources. Post-operative spines,
fractures, tumours, infection, children and marked scoliosis are rare in the data or absent.
"""


LOW_COVERAGE = 0.87
"""Coverage below which a part of the discs is told: the least that the project asks of all."""

LEAST_DISCS = 10
"""Discs without whom the coverage of a class says nothing."""

SURGICAL = "surgical"
"""The policy's stratum of classes that lead to surgery."""


def page() -> str:
    """Return the page."""
    records = {record.name: record for record in installed_models()}
    seen: Mapping[str, Any] = records["segmentation"].metrics
    grader: Mapping[str, Any] = records["grader-image"].metrics
    graded = {name: figure["value"] for name, figure in grader["ensemble"].items()}
    skill = sorted(grader["findings"].items(), key=lambda finding: -finding[1]["value"])
    return TEXT.format(
        images=seen["images"],
        bodies=seen["dice"]["bodies L1-L5"]["mean"],
        sacrum=seen["dice"]["S1"]["mean"],
        discs=seen["dice"]["discs"]["mean"],
        canal=seen["dice"]["canal"]["mean"],
        named=seen["images_named_right"],
        exact=100 * graded["pfirrmann_exact"],
        within=100 * graded["pfirrmann_within_one"],
        kappa=graded["pfirrmann_kappa"],
        classes=100 * graded["class_accuracy"],
        coverage=100 * graded["set_coverage"],
        size=graded["set_size"],
        uncovered=_uncovered(grader),
        missed=_missed(grader),
        **_graded_milder(grader["confusion"]),
        exact_by_part=", ".join(_exact_by_part(grader["by_part"])),
        findings=", ".join(f"{name} {figure['value']:.2f}" for name, figure in skill),
        found="\n".join(_found(grader["findings_likely"])),
    )


def _uncovered(grader: Mapping[str, Any]) -> str:
    """Return where the sets hold the class least, and of how many patients they hold all."""
    classes = ((name, of["set_coverage"]) for name, of in grader["by_class"].items() if of["discs"] >= LEAST_DISCS)
    scored = ((name, of["figures"]) for parts in grader["by_part"].values() for name, of in parts.items())
    parts = ((name, figures["set_coverage"]) for name, figures in scored if figures)
    low = [
        f"{100 * share['value']:.0f} in {name}"
        for name, share in sorted([*classes, *parts], key=lambda of: of[1]["value"])
        if share["value"] < LOW_COVERAGE
    ]
    least = f"of 100 discs it is {', '.join(low)}, and " if low else ""
    all_covered = 100 * grader["ensemble"]["patients_all_covered"]["value"]
    return f"{least}in {all_covered:.0f} of 100 patients it holds the class of every disc"


def _missed(grader: Mapping[str, Any]) -> str:
    """Return the classes of which less than half are recognised, the worst first, with the counts."""
    rows = zip(GRADE_CLASSES, grader["confusion"], strict=True)
    counts = [(name, row[index], sum(row)) for index, (name, row) in enumerate(rows)]
    missed = sorted((of for of in counts if 2 * of[1] < of[2]), key=lambda of: of[1] / of[2])
    return ", ".join(f"{name} ({right} of {discs} right)" for name, right, discs in missed) or "none"


def _graded_milder(confusion: list[list[int]]) -> dict[str, int]:
    """Count the discs of the stratum that leads to surgery, and those of them that are answered with another one."""
    policy = load_policy()
    surgical = [policy.stratum(name).name == SURGICAL for name in GRADE_CLASSES]
    rows = [row for row, severe in zip(confusion, surgical, strict=True) if severe]
    milder = sum(count for row in rows for count, severe in zip(row, surgical, strict=True) if not severe)
    return {"surgical": sum(map(sum, rows)), "milder": milder}


def _exact_by_part(by_part: Mapping[str, Any]) -> Iterator[str]:
    for way, order in (("level", DISCS), ("field_strength", sorted(by_part["field_strength"]))):
        for name in order:
            if name in by_part[way] and (figures := by_part[way][name]["figures"]):
                yield f"{name} {100 * figures['pfirrmann_exact']['value']:.0f}"


def _found(likely: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table of what is found and told in vain, the finding that is missed most often first."""
    yield "| finding | discs that have it | of these likely | likely or possible | discs without it | of these told |"
    yield "|---|---|---|---|---|---|"
    for name, of in sorted(likely.items(), key=lambda finding: finding[1]["found"] / finding[1]["present"]):
        absent, in_vain = of["discs"] - of["present"], of["reported"] - of["reported_present"]
        yield f"| {name} | {of['present']} | {of['found']} | {of['reported_present']} | {absent} | {in_vain} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
