"""Parts of the run that have a process of their own, and what they print."""

import contextlib
import json
import os
import signal
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

    with subprocess.Popen(
        command,
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=chosen,
        start_new_session=True,  # so that what it started ends with it
        env=os.environ | {"PYTHONPATH": str(HERE)},
    ) as process:
        try:
            said, complained = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise PartFailedError(f"{module}: not done after {seconds:g} s") from error
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0 or not said.strip():
        raise PartFailedError(f"{module}: {' '.join(complained.strip().splitlines()[-2:])[:300]}")
    return json.loads(said.strip().splitlines()[-1])
