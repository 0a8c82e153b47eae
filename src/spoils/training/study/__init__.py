"""The published experiment on this data: every model under both protocols, and one page with all results."""

from spoils.training.study.experiment import StudyPlan, full_plan, quick_plan, run_experiment
from spoils.training.study.page import study_page
from spoils.training.study.phantom_data import write_phantom_data
from spoils.training.study.published import Published, read_published
from spoils.training.study.run import PAGE_NAME, StudyInputs, run_study

__all__ = [
    "PAGE_NAME",
    "Published",
    "StudyInputs",
    "StudyPlan",
    "full_plan",
    "quick_plan",
    "read_published",
    "run_experiment",
    "run_study",
    "study_page",
    "write_phantom_data",
]
