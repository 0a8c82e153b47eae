"""Write docs/for-clinicians.md: what the measured figures mean at the reading desk, from the manifest of the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoils.models import installed_models

PAGE = Path(__file__).parents[1] / "docs" / "for-clinicians.md"

TEXT = """\
# How far to trust it

For a neurosurgeon or radiologist. Figures are those of the packaged models' recipes on patients left out, rounded;
the [results](results.md) hold them with intervals, data and commands. Written by `scripts/write_clinician_page.py`.

> Research use only. Not a medical device. Not for diagnosis or treatment decisions.

## Does it find the right structures?

On {images} slices of {images} patients from five public sources outlines overlap with the drawn ones by
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

## Which mistakes matter?

- Rare classes (4L, 5M, 3H, 4H) are mostly missed in favour of their neighbours, and several of them lead to surgery
  in the triage. A milder class is no proof against a severe one.
- Grades are less exact at L5-S1, and at 3 T than at 1.5 T.
- Findings are told with unequal skill (area under the curve): {findings}.
- One mid-sagittal slice is graded. What lies beside it, foraminal stenosis above all, is not seen.

## When does it say nothing?

It refuses what is not a sagittal T2 image of the lumbar spine with the sacrum in view, and says why
([input](input.md)). A disc with an uncertain outline or name is measured and not graded. Image and complaint that
do not agree lead to `clinical-review`, never to a pathway ([method](method.md#triage)).

## What was not tested

No clinical trial, no outcome of treatment, no scanner or country beyond these sources. Post-operative spines,
fractures, tumours, infection, children and marked scoliosis are rare in the data or absent.
"""


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
        findings=", ".join(f"{name} {figure['value']:.2f}" for name, figure in skill),
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
