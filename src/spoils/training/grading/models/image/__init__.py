"""Image graders: networks on disc volumes, how they are fitted, asked and exported."""

from spoils.training.grading.models.image.export import (
    IMAGE_TOLERANCE,
    ImageAnswers,
    export_image,
    image_answers,
)
from spoils.training.grading.models.image.fit import ImageExamples, fit_network
from spoils.training.grading.models.image.grader import FittedImageGrader, ImageGrader
from spoils.training.grading.models.image.loss import ordinal_targets
from spoils.training.grading.models.image.plan import IMAGE_PLANS, ImagePlan, Pretraining

__all__ = [
    "IMAGE_PLANS",
    "IMAGE_TOLERANCE",
    "FittedImageGrader",
    "ImageAnswers",
    "ImageExamples",
    "ImageGrader",
    "ImagePlan",
    "Pretraining",
    "export_image",
    "fit_network",
    "image_answers",
    "ordinal_targets",
]
