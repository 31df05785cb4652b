"""How kernels are compiled, where the machine code is kept, and how it is made ready before the first request.

numba's own cache looks only at the file of the cached function: after an edit of a helper in another file it returns the
*old* machine code. So everything is kept in a folder named by a digest of all kernel sources: after any edit of any of
them no earlier machine code can be found. The folder is chosen once a process, the first of

1. `NUMBA_CACHE_DIR`, where the deployer set it (read by numba, not here);
2. `__pycache__` beside the kernels;
3. the user's cache folder;

that can be written to. Where none can (a read-only install without a home) kernels are compiled anew by each process.
"""

import contextlib
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import types

# Chosen, never `True`: the full set folds x + 1.5·2⁵² − 1.5·2⁵² to x (exp breaks) and `x == x` to true (NaN tests vanish).
# Nor "contract" and "arcp": a kernel that another one calls exists twice, alone and inside its caller, optimised apart, and
# which copy runs depends on whether the caller came out of the cache. With those flags the copies differ in the last bit,
# and the same question would have two answers. Where a fused multiply-add is wanted it is written (`bits.fma`): without
# the flags the batch kernels take 0–5 % longer, and every process, chunk and thread gives the same bits.
_FASTMATH = frozenset({"nsz"})
_KEPT_DAYS = 7  # folders of earlier sources stay that long: other processes may still run and write them

FLOATS = types.Array(types.float64, 1, "C", readonly=True)  # a frozen column, as doors hand it over
SIGNS = types.Array(types.int8, 1, "C", readonly=True)
INDICES = types.Array(types.int64, 1, "C", readonly=True)
TABLE = types.Array(types.float64, 2, "C", readonly=True)
FLOATS_OUT = types.Array(types.float64, 1, "C")
TABLE_OUT = types.Array(types.float64, 2, "C")
CODES_OUT = types.Array(types.int8, 1, "C")

_warm_lock = threading.Lock()
_registered: list[tuple[Any, tuple[Any, ...]]] = []


def sources_digest(folder: Path) -> str:
    """Sixteen hex digits that change with the name or the bytes of any `.py` file in `folder`."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """The folder that holds the machine code of the sources as they are now; None where no folder can be written to."""
    return _CACHE_FOLDER


def kernel(function: Callable[..., Any]) -> Any:
    """Compile `function` on first call for the types it is called with: without the GIL, cached, dividing as numpy does.

    Division by zero gives ±inf or NaN instead of raising: that removes a branch at each division, without which LLVM
    does not vectorise the loop.
    """
    return _compiled(function, forceinline=False)


def inlined(function: Callable[..., Any]) -> Any:
    """As `kernel`, for a scalar formula that must melt into the vector loop of its caller."""
    return _compiled(function, forceinline=True)


def warms(dispatcher: Any, *argument_types: Any) -> None:
    """Declare that requests call `dispatcher` with these types; `warm` compiles it for them."""
    _registered.append((dispatcher, argument_types))


def warm(is_wanted: Callable[[], bool] = lambda: True) -> int:
    """Compile (or load from the cache) every declared kernel; returns how many. The server calls it before it serves.

    Only what was imported is known: import the doors first. From then on a request compiles nothing. Compiling all takes
    minutes on a busy machine, so `is_wanted` is asked before each: a server that is told to stop need not end it.
    """
    with _warm_lock:
        for count, (dispatcher, argument_types) in enumerate(_registered):
            if not is_wanted():
                return count
            dispatcher.compile(argument_types)
        return len(_registered)


def _compiled(function: Callable[..., Any], *, forceinline: bool) -> Any:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(_FASTMATH)}
    if forceinline:
        options["forceinline"] = True
    if _CACHE_FOLDER is None or Path(function.__code__.co_filename).parent != _SOURCES:
        # A function of another folder (a test, a notebook) is not in the digest: its code must not be kept.
        return numba.njit(**options)(function)
    # numba fixes the folder of a function when it is decorated, so the setting is ours only for that moment and other
    # libraries keep theirs.
    before = _numba_settings.CACHE_DIR
    _numba_settings.CACHE_DIR = str(_CACHE_FOLDER)
    try:
        return numba.njit(cache=True, **options)(function)
    finally:
        _numba_settings.CACHE_DIR = before


def _find_cache_folder(sources: Path) -> Path | None:
    name = f"gex-kernels-{sources_digest(sources)}"
    candidates = [sources / "__pycache__"]
    with contextlib.suppress(RuntimeError):  # no home
        candidates.append(Path.home() / ".cache" / "gex")
    if _numba_settings.CACHE_DIR:
        candidates.insert(0, Path(_numba_settings.CACHE_DIR))
    for parent in candidates:
        folder = parent / name
        is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        if is_new:
            _remove_stale(parent)
        return folder
    return None


def _remove_stale(parent: Path) -> None:
    """Remove the folders that this module made in `parent` for other sources, long after anything was added to them."""
    newest = max((path.stat().st_mtime for path in parent.glob("gex-kernels-*")), default=0.0)
    for path in parent.glob("gex-kernels-*"):
        if path.stat().st_mtime < newest - _KEPT_DAYS * 86_400:
            shutil.rmtree(path, ignore_errors=True)


_numba_settings: Any = numba.config
_SOURCES = Path(__file__).parent
_CACHE_FOLDER = _find_cache_folder(_SOURCES)
