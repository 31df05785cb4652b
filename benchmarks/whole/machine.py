"""The machine, the versions and the commit that figures belong to."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.timing import reference

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "pandas", "grpcio", "protobuf", "uvloop")
WRITTEN = (".md", ".json", ".png")  # what runs write; a tree that differs in nothing else is that of its commit
HERE = Path(__file__).resolve().parents[2]


def _said(path: str, name: str) -> str:
    """The first value of `name` in a file of the system."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def commit() -> str:
    """Short name of the commit, with a + where the tree differs from it."""
    try:
        name = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=True
        )
        status = ["git", "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(status, cwd=HERE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    only_tables = all(line.endswith(WRITTEN) for line in changed.stdout.splitlines())
    return name.stdout.strip() + ("" if only_tables else "+")


def machine() -> dict[str, object]:
    """What a reader needs to judge a figure; over `nanoseconds_of_a_dependent_fma` it does not depend on the clock."""
    fma = reference()
    return {
        "commit": commit(),
        "processor": _said("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "clock_gigahertz": round(4.0 / fma, 2),
        "nanoseconds_of_a_dependent_fma": round(fma, 4),
        "memory_gibibytes": round(int(_said("/proc/meminfo", "MemTotal").split()[0]) / 1024**2, 1)
        if _said("/proc/meminfo", "MemTotal") != "unknown"
        else None,
        "load_at_start": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {package: _version(package) for package in PACKAGES},
    }
