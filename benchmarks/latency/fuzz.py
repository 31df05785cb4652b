"""make fuzz: thousands of malformed messages on every call of a real server; defects end it with exit code 1."""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.latency.paths import temporary_audit
from tests.server.fuzz_calls import fuzz, resident_mebibytes
from tests.server.fuzzing import ALL
from tests.server.running import RunningServer

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Send, count, write the counts down; 1 where a status was wrong or the server said that it has a defect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="messages on every call")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--call", action="append", default=[], help="only this call; may be repeated")
    parser.add_argument("--record", type=Path, default=None, help="where to write the counts (JSON)")
    asked = parser.parse_args()
    found: dict[str, object] = {}
    wrong = 0
    with RunningServer(heartbeat_seconds=0.2, **temporary_audit()) as server:
        server.event("serving")
        address, process = server.event("listening")["address"], server.process.pid
        first = resident_mebibytes(process)
        for name in asked.call or ALL:
            began = time.monotonic()
            counts, defects = asyncio.run(fuzz(address, asked.count, asked.seed, only=(name,)))
            resident = resident_mebibytes(process)
            found[name] = {
                "statuses": dict(counts[name]),
                "defects": len(defects),
                "resident_mebibytes": round(resident),
            }
            print(f"{name:18} {dict(counts[name])}  {time.monotonic() - began:.0f} s, {resident:.0f} MiB", flush=True)
            for defect in defects[:5]:
                print(f"  DEFECT {defect[:200]}")
            wrong += len(defects)
        said = server.events("defect")
        for text in sorted({str(event.get("exception", event))[-700:] for event in said}):
            print(f"  DEFECT in the log: {text}")
        alive = server.process.poll() is None
        last = resident_mebibytes(process) if alive else 0.0
        print(f"{asked.count} messages a call: {wrong} wrong statuses, {len(said)} defects logged")
        print(f"the server {'lives' if alive else 'DIED'}, memory {first:.0f} -> {last:.0f} MiB")
        if asked.record is not None:
            asked.record.write_text(json.dumps({"messages_a_call": asked.count, "calls": found}, indent=1) + "\n")
        return int(bool(wrong or said or not alive))


if __name__ == "__main__":
    sys.exit(main())
