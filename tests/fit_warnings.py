"""Warnings of the libraries that fit and export, which tests of fits ignore. All other warnings are errors."""

LIGHTNING_ADVICE = (
    "ignore:The '.*' does not have many workers",
    "ignore:`isinstance\\(treespec, LeafSpec\\)`",
    "ignore:.*lr_scheduler.step\\(\\)",
    "ignore:GPU available",
)
RESUME_ADVICE = (
    "ignore:Checkpoint directory .* exists and is not empty",
    "ignore:Experiment logs directory .* exists and is not empty",
)
EXPORTER_WARNINGS = ("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
