"""A parametric lumbar spine with analytic ground truth."""

from spoils.phantom.draw import draw_slice
from spoils.phantom.spec import PhantomSpec, random_spec

__all__ = ["PhantomSpec", "draw_slice", "random_spec"]
