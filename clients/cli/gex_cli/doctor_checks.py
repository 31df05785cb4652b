"""What can be wrong with an installation, looked at one thing at a time: each check says what it saw and what to do."""

import datetime as dt
import email.utils
import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SMALLEST_MEMORY = 2.0  # GiB: a server of one 20,000-option chain with numba takes about a third of it
SMALLEST_DISK = 0.5  # GiB free: compiled kernels take about 0.1
CLOCK_SECONDS = (
    2.0  # a time to expiry that is wrong by so much moves no number that is shown; a Date header is whole seconds
)
NETWORK_SECONDS = 4.0
SERVER_SECONDS = 2.0
PACKAGES = ("gex", "gex-client")


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # works, but a person should know
    BAD = "bad"  # something will fail


@dataclass(frozen=True)
class Finding:
    """What one check saw, and what to do about it where it is not well."""

    check: str
    state: State
    seen: str
    remedy: str = ""


def findings(*, server: str, network: bool) -> Iterator[Finding]:
    """Every check in turn. A check that breaks is itself a finding."""
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("machine", machine),
        ("versions", versions),
        ("cache", cache),
        ("page", page),
        ("settings", settings),
        ("port", lambda: port(server)),
    ]
    if network:
        checks.append(("network", sources))
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:
            yield Finding(name, State.BAD, f"the check broke: {type(error).__name__}: {error}", "report this")


def machine() -> Iterator[Finding]:
    """Cores, memory, Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    kind = f"{platform.system()} {platform.machine()}, {cores} core{'s' if cores != 1 else ''}"
    if sys.maxsize < 2**32:
        yield Finding("machine", State.BAD, f"{kind}, 32 bit", "gex needs a 64-bit Python")
    else:
        yield Finding("machine", State.OK, kind)
    memory = memory_gib()
    if memory is not None:
        enough = memory >= SMALLEST_MEMORY
        remedy = "" if enough else f"{SMALLEST_MEMORY:g} GiB are comfortable for a server of large chains"
        yield Finding("memory", State.OK if enough else State.NOTE, f"{memory:.1f} GiB", remedy)
    text = platform.python_version()
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "python",
        State.OK if good else State.BAD,
        f"{text} at {sys.executable}",
        "" if good else "use 3.11, 3.12 or 3.13",
    )


def memory_gib() -> float | None:
    """Memory that this process may use: of the machine, or of its container where that is less; None where not known."""
    try:
        bytes_ = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            bytes_ = min(bytes_, float(Path(path).read_text()))
    return bytes_ / 2**30


def versions() -> Iterator[Finding]:
    """Every package that gex asks for, at a version that it was built for."""
    seen = []
    for package in PACKAGES:
        try:
            seen.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding("versions", State.BAD, f"{package} is not installed", f"pip install {package}")
    wrong = list(unmet(PACKAGES))
    for name, wanted, found in wrong:
        yield Finding("versions", State.BAD, f"{name} {found}, expected {wanted}", f"pip install '{name}{wanted}'")
    if not wrong:
        numeric = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "grpcio", "protobuf")]
        yield Finding("versions", State.OK, ", ".join(seen + numeric))


def unmet(packages: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Requirements that are not met: name, wanted, found."""
    for package in packages:
        for line in importlib.metadata.requires(package) or ():
            requirement, _, marker = line.partition(";")
            if "extra" in marker or "sys_platform" in marker:
                continue
            match = re.match(r"([A-Za-z0-9_.-]+)\s*(?:\[[^]]*\])?\s*(.*)", requirement.strip())
            if match is None:
                continue
            name, wanted = match[1], match[2].strip(" ()")
            try:
                found = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                yield name, wanted, "is not installed"
                continue
            if not all(satisfies(found, one.strip()) for one in wanted.split(",") if one.strip()):
                yield name, wanted, found


def satisfies(found: str, wanted: str) -> bool:
    """Whether a version is in one bound.

    >>> satisfies("2.4.1", ">=2.2"), satisfies("2.5", "<2.5"), satisfies("1.85.1", "==1.85.1")
    (True, False, True)
    """
    match = re.match(r"(<=|>=|==|!=|<|>|~=)\s*([0-9.]+)", wanted)
    if match is None:
        return True
    ours, bound = _numbers(found), _numbers(match[2])
    length = max(len(ours), len(bound))
    ours, bound = ours + (0,) * (length - len(ours)), bound + (0,) * (length - len(bound))
    return {
        "<": ours < bound, "<=": ours <= bound, ">": ours > bound, ">=": ours >= bound, "==": ours == bound,
        "!=": ours != bound, "~=": ours >= bound,
    }[match[1]]  # fmt: skip


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def cache() -> Iterator[Finding]:
    """Where machine code is kept, and whether the next start finds it."""
    from gex.kernels.compiling import cache_folder

    folder = cache_folder()
    if folder is None:
        yield Finding(
            "cache",
            State.BAD,
            "no folder can be written to: each start compiles every kernel anew, a minute or two",
            "set NUMBA_CACHE_DIR to a folder that can be written to",
        )
        return
    kept = [path.stat().st_size for path in folder.rglob("*") if path.suffix == ".nbc"]
    if kept:
        yield Finding("cache", State.OK, f"{len(kept)} compiled kernels, {sum(kept) / 2**20:.0f} MiB in {folder}")
    else:
        seen = f"empty: {folder}"
        yield Finding("cache", State.NOTE, seen, "the first run compiles, a minute or two; gex demo warms it")
    free = shutil.disk_usage(folder).free / 2**30
    low = free < SMALLEST_DISK
    yield Finding(
        "disk", State.NOTE if low else State.OK, f"{free:.1f} GiB free there", "make room for the cache" if low else ""
    )


def page() -> Iterator[Finding]:
    """Whether the page is in the package."""
    import gex_web

    folder = Path(gex_web.__file__).parent / "static"
    missing = [name for name in ("index.html", "page.js", "page.css") if not (folder / name).is_file()]
    if missing:
        yield Finding("page", State.BAD, f"not built: {', '.join(missing)} is missing in {folder}", "make web")
    else:
        size = sum((folder / name).stat().st_size for name in ("index.html", "page.js", "page.css"))
        yield Finding("page", State.OK, f"built into the package, {size / 1024:.0f} kB")


def settings() -> Iterator[Finding]:
    """Whether a server would start with what the environment says."""
    from gex_server.settings_sources import load_settings

    given = sorted(name for name in os.environ if name.startswith("GEX_"))
    try:
        load_settings(None, {})
    except Exception as error:
        yield Finding("settings", State.BAD, " ".join(str(error).split()), "gex serve --show-settings lists them")
        return
    seen = f"valid; from the environment: {', '.join(given)}" if given else "valid, all by default"
    yield Finding("settings", State.OK, seen)


def port(server: str) -> Iterator[Finding]:
    """Who is at the server's address: nobody, a gex server, or somebody else."""
    from gex_client import GexError

    from gex_cli.connecting import connect, way_to

    address = way_to(server).address
    host, _, number = address.rpartition(":")
    if not number.isdecimal() or not 0 < int(number) < 65_536:
        yield Finding("port", State.BAD, f"{server}: expected host:port", "--server 127.0.0.1:50051")
        return
    try:
        socket.create_connection((host.strip("[]"), int(number)), SERVER_SECONDS).close()
    except ConnectionRefusedError:
        yield Finding("port", State.OK, f"{address} is free: no server there", "")
        return
    except OSError as error:
        yield Finding("port", State.NOTE, f"{address}: {error}", "is the name right, and is the machine there?")
        return
    with connect(server, timeout=SERVER_SECONDS) as client:
        if not client.is_serving(timeout=SERVER_SECONDS):
            yield Finding(
                "port",
                State.NOTE,
                f"{address} is taken, and not by a gex server that is ready",
                "if it has just started it compiles; else gex serve --port takes another",
            )
            return
        try:
            kept = client.underlyings()
        except GexError as error:
            yield Finding("server", State.NOTE, f"{address} serves, but: {error}", "GEX_TOKEN, GEX_CA say who you are")
            return
    names = ", ".join(f"{one.underlying} (revision {one.revision})" for one in kept[:5]) or "no chain yet"
    yield Finding("server", State.OK, f"{address} serves: {names}{' …' if len(kept) > 5 else ''}")


def sources() -> Iterator[Finding]:
    """Whether live chains can be fetched, and what their clocks say of ours. Nothing is needed of them for files."""
    import httpx

    from gex.io.fetching import HOSTS

    offsets = []
    for name, host in HOSTS.items():
        try:
            began = time.time()
            answer = httpx.head(host, timeout=NETWORK_SECONDS, follow_redirects=False, headers={"User-Agent": "gex"})
            middle = 0.5 * (began + time.time())
        except httpx.HTTPError as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            yield Finding(name, State.NOTE, f"{host}: {reason}", f"gex fetch {name} needs it; files do not")
            continue
        yield Finding(name, State.OK, f"{host} answers")
        offset = clock_offset(answer.headers.get("date", ""), middle)
        if offset is not None:
            offsets.append(offset)
    if not offsets:
        yield Finding("clock", State.NOTE, f"{_now()}; nobody to compare it with", "")
        return
    offset = min(offsets, key=abs)
    well = abs(offset) <= CLOCK_SECONDS
    words = (
        "agrees with the sources to a second or two"
        if well
        else f"{abs(offset):.0f} s {'fast' if offset > 0 else 'slow'}"
    )
    yield Finding(
        "clock", State.OK if well else State.BAD, f"{_now()}, {words}", "" if well else "let the system keep time: NTP"
    )


def clock_offset(date: str, at: float) -> float | None:
    """Seconds by which our clock is before an HTTP date that was given at our `at`; half a second is in its rounding.

    >>> clock_offset("Thu, 01 Jan 1970 00:01:40 GMT", 100.5)
    0.0
    """
    try:
        return at - (email.utils.parsedate_to_datetime(date).timestamp() + 0.5)
    except (TypeError, ValueError):
        return None


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
