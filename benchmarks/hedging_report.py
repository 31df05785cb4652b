"""python -m benchmarks.hedging_report: simulations against closed forms, and every development market, → HEDGING.md.

GEX_REAL_DATA names the folder of recorded markets. Takes about a quarter of an hour of one core; --only simulated or
--only recorded writes one half and keeps the other.
"""

import argparse
import os
from pathlib import Path

from benchmarks.hedging_recorded import recorded
from benchmarks.hedging_simulated import simulated

TARGET = Path(__file__).with_name("HEDGING.md")
SPLIT = "## Recorded markets"
HEAD = """# Hedging: simulations against closed forms, and recorded markets

Written by `python -m benchmarks.hedging_report` (GEX_REAL_DATA names the folder of recorded markets). Every replay is
walked by the engine's own `decide`; simulations run the kernel that `tests/backtest/test_one_rule.py` holds against it.

## Simulated markets
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", choices=("simulated", "recorded"))
    asked = arguments.parse_args()
    if asked.only != "recorded":
        write(simulated_half=HEAD + "\n" + "\n".join(simulated()) + "\n")
    if asked.only != "simulated":
        write(recorded_half="\n\n" + "\n".join(recorded(Path(os.environ["GEX_REAL_DATA"]))))


def write(simulated_half: str = "", recorded_half: str = "") -> None:
    """Put one half into the file and keep the other as it is by now."""
    first, _, second = (TARGET.read_text() if TARGET.exists() else f"{HEAD}\n{SPLIT}\n").partition(SPLIT)
    TARGET.write_text((simulated_half or first) + SPLIT + (recorded_half or second))


if __name__ == "__main__":
    main()
