"""The house rules that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gex

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in (
        "gex",
        "server/gex_server",
        "clients/cli/gex_cli",
        "clients/python/gex_client",
        "clients/web/gex_web",
    )
    for path in (ROOT / folder).rglob("*.py")
)


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def test_kernels_import_nothing_but_numpy_math_and_numba() -> None:
    allowed = {"numpy", "math", "numba", "gex", "llvmlite"}
    for path in sorted((ROOT / "gex" / "kernels").glob("*.py")):
        if path.name in {"compiling.py", "chunks.py"}:  # how kernels are compiled and run, not kernels
            continue
        assert imported(path) <= allowed, path


def test_the_library_reads_no_clock_network_or_environment() -> None:
    forbidden = re.compile(r"\b(time\.time\(|datetime\.now\(|date\.today\(|utcnow\(|os\.environ|getenv\(|socket\.)")
    for path in sorted((ROOT / "gex").rglob("*.py")):
        assert not forbidden.search(path.read_text()), path


def test_the_library_knows_no_grpc() -> None:
    for path in sorted((ROOT / "gex").rglob("*.py")):
        assert not imported(path) & {"grpc", "gexapi", "google", "gex_server", "gex_client", "gex_cli"}, path


def test_pandas_lives_in_io_and_client_frames_only() -> None:
    for path in SOURCES:
        if "pandas" in imported(path):
            assert "gex/io" in path.as_posix() or path.name == "frames.py", path


def test_no_module_is_named_for_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    for path in SOURCES:
        assert path.stem not in banned, path


def test_no_file_holds_more_than_one_noun_can_fill() -> None:
    written = [*SOURCES, *(path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))]
    long = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in written}
    assert {name: count for name, count in long.items() if count > 400} == {}


def test_the_client_never_imports_numba_or_the_library() -> None:
    code = (
        "import sys, gex_client, gex_client.aio; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'numba','gex','scipy','pandas','gex_server','llvmlite'}))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_no_file_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    places = re.compile("/" + r"work/|pypi\.org|registry\.npm|deb\.debian|files\.pythonhosted", re.IGNORECASE)
    for name in tracked.stdout.split():
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or not path.is_file():
            continue
        assert not places.search(path.read_text(errors="ignore")), name


def test_the_public_surface_is_frozen() -> None:
    """A change here is a change of the API: say it in the CHANGELOG."""
    assert list(gex.__all__) == (ROOT / "tests" / "public_surface.txt").read_text().split()
    for name in gex.__all__:
        assert hasattr(gex, name), name
