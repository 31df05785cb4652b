"""Parts of the run that have a process of their own, and what they print."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]


class PartFailedError(RuntimeError):
    """A part ended with an error; its last lines are the message."""


def part(
    module: str, *arguments: str, python: Path | str | None = None, core: int | None = None, seconds: float = 1500.0
) -> Any:
    """The JSON that `python -m module arguments` prints last; on one core where `core` names one."""
    command = [str(python or sys.executable), "-W", "ignore", "-m", module, *arguments]
    chosen = None
    if core is not None and hasattr(os, "sched_setaffinity"):
        here = sorted(os.sched_getaffinity(0))

        def chosen() -> None:
            os.sched_setaffinity(0, {here[core % len(here)]})

    try:
        done = subprocess.run(
            command,
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=seconds,
            preexec_fn=chosen,
            env=os.environ | {"PYTHONPATH": str(HERE)},
        )
    except subprocess.TimeoutExpired as error:
        raise PartFailedError(f"{module}: not done after {seconds:g} s") from error
    if done.returncode != 0 or not done.stdout.strip():
        raise PartFailedError(f"{module}: {' '.join(done.stderr.strip().splitlines()[-2:])[:300]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
