"""The environments that the peers live in, made by themselves: `make peers`, or `python -m benchmarks.peers.environments`.

Peers that go with today's numpy and numba are in `current`, the others have one each, pinned by `requirements/*.txt`. They
stand in `.peers/` of the tree, or where GEX_PEERS says. An environment is made once for its pins; one that cannot be made
(no network, another Python) leaves the reason in a file, which the tables print. `pfhedge` brings PyTorch, some gigabytes:
it is made when asked for by name.
"""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
FOLDER = Path(os.environ.get("GEX_PEERS", Path(__file__).resolve().parents[2] / ".peers"))
LIGHT = ("current", "vectorized", "financepy")
ALL = (*LIGHT, "pfhedge")


def interpreter(name: str) -> Path | None:
    """The Python of an environment; None where there is none for the pins as they are."""
    python = FOLDER / name / "bin" / "python"
    made = FOLDER / f"{name}.made"
    pins = REQUIREMENTS / f"{name}.txt"
    return python if python.exists() and made.exists() and made.read_text() == pins.read_text() else None


def site_packages(name: str) -> Path | None:
    """The folder of an environment's packages, for those that run beside ours."""
    python = interpreter(name)
    return None if python is None else next((python.parents[1] / "lib").glob("python*/site-packages"), None)


def absence(name: str) -> str:
    """Why there is no such environment."""
    failed = FOLDER / f"{name}.failed"
    return (
        failed.read_text().strip() if failed.exists() else f"not made: python -m benchmarks.peers.environments {name}"
    )


def make(name: str) -> bool:
    """Make an environment from its pins, unless it is there."""
    if interpreter(name) is not None:
        return True
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = FOLDER / f"{name}.failed"
    failed.unlink(missing_ok=True)
    pins = REQUIREMENTS / f"{name}.txt"
    try:
        venv.create(FOLDER / name, with_pip=True, clear=True, symlinks=True)
        install = [
            str(FOLDER / name / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        done = subprocess.run([*install, "-r", str(pins)], capture_output=True, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        failed.write_text(f"{type(error).__name__}: {error}\n")
        return False
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        failed.write_text(f"pip on Python {sys.version_info[0]}.{sys.version_info[1]}: {' '.join(last)[:200]}\n")
        return False
    (FOLDER / f"{name}.made").write_text(pins.read_text())
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the environments of the peers.")
    parser.add_argument("names", nargs="*", default=list(LIGHT), help=f"of {', '.join(ALL)}")
    for name in parser.parse_args().names:
        print(f"{name}: {'ready' if make(name) else absence(name)}", flush=True)


if __name__ == "__main__":
    main()
