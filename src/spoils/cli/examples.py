"""Examples in the help of each command."""

from __future__ import annotations

__all__ = ["EXAMPLES", "epilog"]

EXAMPLES: dict[str, tuple[str, ...]] = {
    "assess": (
        "spoils assess STUDY --odi 44 --nrs 7 --out result",
        "spoils assess slice.png --spacing 0.6 --language de --out result",
        "spoils assess STUDY --odi-items 3,3,2,4,3,2,1,-,2,3 --nrs-back 4 --nrs-leg 7 --json",
        "spoils assess STUDY --lowest-disc L4-L5 --out result",
    ),
    "reassess": (
        "spoils reassess result --corrections corrections.json --out corrected",
        "spoils reassess result --corrections corrections.json --input STUDY --out corrected",
    ),
    "segment": ("spoils segment STUDY --out labels.nii.gz", "spoils segment STUDY --out seg.dcm"),
    "measure": (
        "spoils measure --labels labels.nii.gz --image STUDY --out lengths.csv",
        "spoils measure --labels labels.png --spacing 0.6",
    ),
    "triage": ("spoils triage --class L4-L5=4M --class L5-S1=5H --odi 44 --nrs 7",),
    "compare": ("spoils compare first/assessment.json second/assessment.json --out followup",),
    "fhir": ("spoils fhir result/assessment.json --patient-id 'urn:oid:1.2.3|4711' --out bundle.json",),
    "deidentify": ("spoils deidentify STUDY --out clean",),
    "policy check": ("spoils policy check my-policy.json",),
    "policy show": ("spoils policy show > my-policy.json",),
    "reference-values build": ("spoils reference-values build --data DATA --out reference.json",),
    "reference-values errors": ("spoils reference-values errors --data DATA --fits FITS --out errors.json",),
    "demo": ("spoils demo --out demo",),
    "phantom": ("spoils phantom --out phantom --seed 3", "spoils phantom --out phantom --grades 1,1,2,3,5,4"),
    "serve": ("spoils serve --data clinic", "spoils serve --data clinic --demo --port 9000"),
    "worker": ("spoils worker --data clinic --database postgresql://spoils@db/spoils",),
    "service create-user": ("spoils service create-user jane --role clinician --data clinic",),
    "service token": ("spoils service token jane --scope studies:read --scope studies:write --data clinic",),
    "service verify-audit": ("spoils service verify-audit --data clinic",),
    "dataset build": ("spoils dataset build --data DATA --out table",),
    "dataset folds": ("spoils dataset folds --data DATA",),
    "dataset import-spider": ("spoils dataset import-spider PUBLISHED --out DATA",),
    "train segmentation": ("spoils train segmentation --data DATA --out fit",),
    "train segmentation-folds": ("spoils train segmentation-folds --data DATA --out fits",),
    "train segmentation-int8": ("spoils train segmentation-int8 --data DATA --fits fits --register models",),
    "train grading": ("spoils train grading --data DATA --out graders",),
    "train slice-kind": ("spoils train slice-kind --data DATA --out kinds --register models",),
    "evaluate segmentation": ("spoils evaluate segmentation --data DATA --out scores",),
    "evaluate grading": ("spoils evaluate grading --data DATA --out scores",),
    "evaluate slice-kind": ("spoils evaluate slice-kind --data DATA --fits kinds",),
    "study": ("spoils study --data DATA --out study --quick",),
    "bench": ("spoils bench STUDY",),
    "info": ("spoils info", "spoils info --json", "spoils info --schema"),
}
"""What may be typed, by command."""


def epilog(command: str) -> str:
    """Return the last part of a command's help: its examples, each on a line of its own."""
    return "Examples:\n\n" + "\n\n".join(EXAMPLES[command])
