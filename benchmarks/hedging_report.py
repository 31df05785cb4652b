"""python -m benchmarks.hedging_report: simulations against closed forms, and every development market, → HEDGING.md.

GEX_REAL_DATA names the folder of recorded markets. Takes about ten minutes of two idle cores (the recorded half in processes
side by side); --only simulated, speed, learned or recorded writes that part and keeps the others.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.hedging_learned import learned
from benchmarks.hedging_recorded import recorded
from benchmarks.hedging_simulated import simulated
from benchmarks.hedging_speed import speed

TARGET = Path(__file__).with_name("HEDGING.md")
HEAD = """# Hedging: simulations against closed forms, and recorded markets

Written by `python -m benchmarks.hedging_report` (GEX_REAL_DATA names the folder of recorded markets). Every replay is
walked by the engine's own `decide`; simulations run the kernel that `tests/backtest/test_one_rule.py` holds against it.
"""
PARTS: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "simulated": ("## Simulated markets", simulated),
    "speed": ("## Speed", speed),
    "learned": ("## A learned band", learned),
    "recorded": ("## Recorded markets", lambda: recorded(Path(os.environ["GEX_REAL_DATA"]))),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", choices=tuple(PARTS))
    asked = arguments.parse_args()
    for name, (_, lines) in PARTS.items():
        if asked.only in (None, name):
            started = time.time()
            write(name, "\n".join(lines()))
            print(f"{name}: {time.time() - started:.0f} s", flush=True)


def write(part: str, text: str) -> None:
    """Put one part into the file and keep the others as they are by now."""
    kept = parts_of(TARGET.read_text() if TARGET.exists() else "")
    kept[part] = text.strip("\n")
    sections = [f"{heading}\n\n{kept[name]}\n" for name, (heading, _) in PARTS.items() if kept.get(name)]
    TARGET.write_text(HEAD + "\n" + "\n".join(sections))


def parts_of(text: str) -> dict[str, str]:
    """What stands under the heading of each part."""
    headings = {heading: name for name, (heading, _) in PARTS.items()}
    found: dict[str, list[str]] = {}
    part = ""
    for line in text.splitlines():
        if line in headings:
            part = headings[line]
        elif part:
            found.setdefault(part, []).append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in found.items()}


if __name__ == "__main__":
    main()
