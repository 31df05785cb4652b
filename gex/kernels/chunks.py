"""How doors hand batches to kernels: columns in the one layout that was compiled, large batches cut over threads."""

import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

_CHUNK = 16_384  # rows below which a second thread gains less than waking it costs
_pool_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def aligned(*columns: npt.ArrayLike, dtypes: tuple[Any, ...] | None = None) -> tuple[npt.NDArray[Any], ...]:
    """The columns broadcast to one length, each contiguous, 1-d and read-only: the layout kernels are warm for.

    Scalars stand for every row. Frozen columns of the right type pass without a copy. `dtypes` defaults to float64 for
    all. Raises ValueError where lengths differ or something has two dimensions.
    """
    wanted = dtypes or (np.float64,) * len(columns)
    arrays = [np.asarray(column, dtype=dtype) for column, dtype in zip(columns, wanted, strict=True)]
    length = 1
    for array in arrays:
        if array.ndim > 1:
            raise ValueError(f"expected scalars or 1-d columns, got shape {array.shape}")
        if array.ndim == 1:
            if length not in (1, array.shape[0]) and array.shape[0] != 1:
                raise ValueError(f"expected columns of one length, got {length} and {array.shape[0]} rows")
            length = array.shape[0] if array.shape[0] != 1 else length
    return tuple(_in_layout(array, length) for array in arrays)


def _in_layout(array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    if array.ndim == 0 or array.shape[0] != length:
        array = np.full(length, array)
    elif not array.flags.c_contiguous:
        array = array.copy()
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def in_chunks(row_count: int, work: Callable[[int, int], object], *, chunk: int = _CHUNK) -> None:
    """Call work(start, stop) over all rows: at once for small batches, from a pool of one thread a core for large ones.

    Kernels release the GIL, so two threads run at twice the speed; `work` must only write to its own rows.
    """
    workers = _worker_count()
    if row_count < 2 * chunk or workers == 1:
        work(0, row_count)
        return
    part_count = max(workers, math.ceil(row_count / (8 * chunk)))
    edges = [row_count * k // part_count for k in range(part_count + 1)]
    parts = [_shared_pool().submit(work, edges[k], edges[k + 1]) for k in range(1, part_count)]
    work(edges[0], edges[1])
    for part in parts:
        part.result()


def _worker_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shared_pool() -> ThreadPoolExecutor:
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_worker_count(), thread_name_prefix="gex-kernels")
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_forget_pool)
        return _pool


def _forget_pool() -> None:
    """A forked child has none of its parent's threads."""
    global _pool
    _pool = None
