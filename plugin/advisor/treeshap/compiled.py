"""One way to compile the kernels, so that a read-only installation costs a compilation and never an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compile at the first call, without the GIL and with strict floats, and keep the machine code where that is possible.

    numba keeps it beside the source, else in the user's cache folder (or in ``NUMBA_CACHE_DIR``). Where none of them can be
    written it raises RuntimeError at once: then the code is compiled anew in each process. ``fastmath`` stays off because
    it lets the compiler assume that no value is missing (NaN).
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": False}
    try:
        kernel: Kernel = njit(cache=True, **options)(function)
    except RuntimeError:
        kernel = njit(**options)(function)
    return kernel
