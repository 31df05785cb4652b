"""Random histories of hedges, every invariant checked at each step: python benchmarks/hedge_invariants.py [STEPS [SEED]].

Prints what the histories contained and what was checked; ends with 1 at the first seed and step where something does not
hold. The tests run the same histories, fewer of them.
"""

import collections
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hedging.engine.random_hedge import RandomHedge

STEPS_PER_HISTORY = 200


def main(wanted: int, first_seed: int) -> int:
    """0 where every invariant held."""
    counts: collections.Counter[str] = collections.Counter()
    started, seed = time.process_time(), first_seed
    while counts["steps"] < wanted:
        hedge = RandomHedge(seed)
        try:
            for _ in range(STEPS_PER_HISTORY):
                hedge.step()
            hedge.finish()
        except AssertionError as error:
            print(f"seed {seed}, step {hedge.counts['steps']}: {error}", file=sys.stderr)
            return 1
        counts += hedge.counts
        counts["decided again"] += sum(entry.decision is not None for entry in hedge.log)
        counts["histories"] += 1
        seed += 1
    print(json.dumps(dict(sorted(counts.items())), indent=1))
    print(f"every invariant held over {counts['steps']} steps; {time.process_time() - started:.0f} s of one core")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
