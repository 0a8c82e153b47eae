"""How much memory a piece of work needs."""

import tracemalloc


def peak_bytes(work):
    """Return the most memory that ``work()`` holds beyond what was held before, as Python and NumPy count it."""
    tracemalloc.start()
    try:
        kept = work()
        del kept
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
