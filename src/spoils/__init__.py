"""SPOILS: Software to Predict Outcome in Lumbar Spondylosis."""

__all__ = ["__version__"]

__version__ = "0.1.0"
