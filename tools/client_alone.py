"""gex-client alone, in fresh environments: its size, the time of its import, what it brings along, and a call that answers.

Run as `make client-alone`. The wheel is built once and installed, with nothing but what it asks for, for every Python of
3.11, 3.12 and 3.13 that is found here (`--python` names others). A server of this repository, in a process of its own, is
asked by each. Exit code 1 where an import takes longer than 0.3 s (median of nine, user and system time), something heavy
came along, or the call fails.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("python3.11", "python3.12", "python3.13")
IMPORT_SECONDS = 0.3
HEAVY = ("numba", "llvmlite", "scipy", "pandas", "matplotlib", "typer", "rich", "pydantic", "gex")
SERVE = [sys.executable, "-m", "gex_cli.main", "serve", "--port", "0"]

PROBE = """
import json, resource, subprocess, sys, time
address = sys.argv[1]
code = (
    "import resource, time; wall = time.perf_counter(); before = resource.getrusage(resource.RUSAGE_SELF); import {name};"
    "after = resource.getrusage(resource.RUSAGE_SELF);"
    "print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - wall)"
)
def timed(name):
    command = [sys.executable, "-c", code.format(name=name)]
    return tuple(map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()))
def median(name):
    pairs = [timed(name) for _ in range(9)]
    return [sorted(one[at] for one in pairs)[4] for at in (0, 1)]
import importlib.util, importlib.metadata
import gex_client
from gex_client import Chain, Client
strikes = [4800 + 25 * i for i in range(17)] * 2
signs = [1] * 17 + [-1] * 17
middles = [max(sign * (5005 - k), 0) + 40 - 0.05 * abs(5005 - k) for k, sign in zip(strikes, signs)]
chain = Chain.from_columns(
    {"root": ["SPXW"] * 34, "expiry": ["2024-03-15"] * 34, "strike": strikes, "right": signs,
     "bid": [one - 0.5 for one in middles], "ask": [one + 0.5 for one in middles], "open_interest": [1000] * 34},
    underlying="SPX", as_of="2024-03-01T21:00:00Z", spot=5005.0)
with Client(address, timeout=60.0) as client:
    revision = client.publish_chain(chain).revision
    gamma = client.exposure("SPX").books[0].map.gamma_exposure_per_percent
heavy = sys.argv[2].split(",")
print(json.dumps({
    "python": ".".join(map(str, sys.version_info[:3])),
    "import_seconds": median("gex_client"), "numpy_seconds": median("numpy"), "grpc_seconds": median("grpc"),
    "heavy": [name for name in heavy if importlib.util.find_spec(name)],
    "installed": sorted(f"{one.name} {one.version}" for one in importlib.metadata.distributions()),
    "strike_count": len(gamma), "revision": revision,
}))
"""


def run(*command: object, **options: object) -> str:
    """Standard output of a command that has to succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def kilobytes(folder: Path, *names: str) -> float:
    """Size of packages without compiled files of Python."""
    files = [path for name in names for path in folder.glob(name + "/**/*") if path.is_file() and path.suffix != ".pyc"]
    return sum(path.stat().st_size for path in files) / 1024


def wheel_in(folder: Path) -> Path:
    """The wheel, built from a copy so that nothing is left in the tree."""
    source = folder / "source"
    shutil.copytree(ROOT / "clients" / "python", source, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source)
    return next(folder.glob("gex_client-*.whl"))


def probe(python: str, wheel: Path, folder: Path, address: str) -> tuple[dict[str, object], float]:
    """What a fresh environment of that Python says, and the size of the client in it in kB."""
    environment = folder / Path(python).name
    run(python, "-m", "venv", environment)
    run(environment / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    file = folder / "probe.py"
    file.write_text(PROBE)
    told = json.loads(run(environment / "bin" / "python", "-I", file, address, ",".join(HEAVY)))
    site = next((environment / "lib").glob("python3.*/site-packages"))
    return told, kilobytes(site, "gex_client", "gexapi")


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter; may be repeated")
    asked = [one for one in parser.parse_args().python or PYTHONS if shutil.which(one)]
    failed = 0
    with (
        tempfile.TemporaryDirectory(prefix="gex-client-") as name,
        subprocess.Popen(SERVE, stderr=subprocess.PIPE, text=True) as server,
    ):
        try:
            folder = Path(name)
            wheel = wheel_in(folder)
            assert server.stderr is not None
            entries = (json.loads(line) for line in server.stderr if line.startswith("{"))
            address = next(entry["address"] for entry in entries if entry["event"] == "listening")
            next(entry for entry in entries if entry["event"] == "serving")
            print(f"wheel {wheel.name}: {wheel.stat().st_size / 1024:.0f} kB")
            for python in asked:
                told, size = probe(python, wheel, folder, address)
                (cpu, wall), (numpy, _), (grpc, _) = (told[f"{one}_seconds"] for one in ("import", "numpy", "grpc"))  # type: ignore[misc]
                late, heavy = cpu > IMPORT_SECONDS, told["heavy"]
                failed += bool(late or heavy or told["strike_count"] != 17)
                print(
                    f"python {told['python']:<8} client {size:5.0f} kB; import {cpu:.3f} s CPU, {wall:.3f} s on the clock "
                    f"(of it numpy alone {numpy:.3f}, grpc alone {grpc:.3f} s CPU){' TOO LATE' if late else ''}; "
                    f"heavy: {heavy or 'none'}; asked: revision {told['revision']}, {told['strike_count']} strikes"
                )
                print(f"  installed: {', '.join(told['installed'])}")  # type: ignore[arg-type]
        finally:
            server.terminate()
    return int(bool(failed) or len(asked) == 0)


if __name__ == "__main__":
    sys.exit(main())
