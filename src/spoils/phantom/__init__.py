"""A parametric lumbar spine with analytic ground truth."""

from spoils.phantom.draw import Phantom, draw_phantom, draw_slice
from spoils.phantom.spec import PhantomSpec, random_spec
from spoils.phantom.study import write_study
from spoils.phantom.truth import Truth

__all__ = ["Phantom", "PhantomSpec", "Truth", "draw_phantom", "draw_slice", "random_spec", "write_study"]
