"""Image graders: networks on disc volumes, with fitting, prediction and export."""

from spoils.training.grading.models.image.export import IMAGE_TOLERANCE, ImagePredictions, export_image, predict_images
from spoils.training.grading.models.image.fit import ImageExamples, fit_network
from spoils.training.grading.models.image.grader import FittedImageGrader, ImageGrader
from spoils.training.grading.models.image.loss import ordinal_targets
from spoils.training.grading.models.image.plan import IMAGE_PLANS, ImagePlan, Pretraining

__all__ = [
    "IMAGE_PLANS",
    "IMAGE_TOLERANCE",
    "FittedImageGrader",
    "ImageExamples",
    "ImageGrader",
    "ImagePlan",
    "ImagePredictions",
    "Pretraining",
    "export_image",
    "fit_network",
    "ordinal_targets",
    "predict_images",
]
