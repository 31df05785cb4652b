"""make soak: minutes of mixed load beside a model of what must be kept; exit code 1 where anything was not as it must be."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.server.running import RunningServer
from tests.server.soaking import soak

FLAT = 0.05  # growth of the resident memory from the second fifth of the run to the last one that counts as none


def main() -> int:
    """Run, compare, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--record", type=Path, default=None, help="where to write the figures (JSON)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"audit_url": f"sqlite:///{folder}/audit.db", "state_folder": Path(folder) / "kept"}
        with RunningServer(longest_wait_seconds=5.0, **settings) as server:
            server.event("serving")
            address, process = server.event("listening")["address"], server.process.pid
            run = asyncio.run(soak(address, process, asked.seconds, asked.seed))
            defects = server.events("defect")
    share = run.growth / run.resident[len(run.resident) // 4]
    is_good = not run.wrong and not defects and share < FLAT
    facts = {
        "seconds": asked.seconds,
        "updates": run.updates,
        "questions": run.questions,
        "watched": run.watched,
        "decisions": run.decisions,
        "wrong": run.wrong[:20],
        "defects": len(defects),
        "resident_mebibytes": {"least": min(run.resident), "largest": max(run.resident), "last": run.resident[-1]},
        "growth_mebibytes": run.growth,
        "growth_share": share,
        "is_good": is_good,
    }
    print(json.dumps(facts, indent=1))
    if asked.record is not None:
        asked.record.write_text(json.dumps(facts, indent=1) + "\n")
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
