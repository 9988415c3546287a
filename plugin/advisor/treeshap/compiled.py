"""One way to compile the kernels, so that a read-only installation costs a compilation and never an error."""  # machine text

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])

# fastmath stays off: it lets the compiler assume that no value is missing (NaN).
_STRICT: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}


def _digest() -> str:
    """numba's cache looks at the file of the entry point only; this word changes with any file that it inlines."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


_VERSION = _digest()


def compiled(function: Kernel) -> Kernel:
    """An entry point: compiled at its first call, run without the GIL, its machine code kept where that is possible.

    numba keeps it beside the source, else in the user's cache folder (or in ``NUMBA_CACHE_DIR``). Where none of them can be
    written it raises RuntimeError at once: then the code is compiled anew in each process.
    """
    function.__qualname__ = f"{function.__qualname__}_{_VERSION}"
    try:
        kernel: Kernel = njit(cache=True, **_STRICT)(function)
    except RuntimeError:
        kernel = njit(**_STRICT)(function)
    return kernel


def inlined(function: Kernel) -> Kernel:
    """A part of an entry point. Inlined because a call counts a reference on each array, which costs more than the part."""
    kernel: Kernel = njit(forceinline=True, **_STRICT)(function)
    return kernel
