"""Implied volatilities and Greeks of the peers that this interpreter has; needs numpy and the peers, nothing of gex.

PYTHON -m benchmarks.whole.elsewhere COLUMNS.npz        one line of JSON
"""

import json
import statistics
import sys
import time
import warnings

import numpy as np

from benchmarks.peers import available, greeks, implied

RUNS = 3


def timed(work) -> tuple[float, object]:
    """(CPU nanoseconds, answer): the median of some runs, after one that compiles."""
    answer, seen = work(), []
    for _ in range(RUNS):
        began = time.thread_time_ns()
        work()
        seen.append(time.thread_time_ns() - began)
    return statistics.median(seen), answer


def main() -> None:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    columns = np.load(sys.argv[1])
    price, forward, strike, years, vol, sign = (
        columns[name] for name in ("price", "forward", "strike", "time", "vol", "sign")
    )
    found, lines = [], []
    for kind, makers in (("implied vol", implied.MAKERS), ("Greeks", greeks.MAKERS)):
        peers, absent = available(*makers)
        lines += [f"{kind}, {line}" for line in absent]
        for peer in peers:
            n = min(peer.largest, len(price))
            try:
                if kind == "implied vol":
                    rows = (price[:n], forward[:n], strike[:n], years[:n], sign[:n])
                    nanoseconds, answer = timed(lambda peer=peer, rows=rows: peer.answer(*rows))
                    values = np.asarray(answer, float).ravel()
                else:
                    rows = (forward[:n], strike[:n], years[:n], vol[:n], sign[:n])
                    nanoseconds, answer = timed(lambda peer=peer, rows=rows: peer.answer(*rows))
                    values = greeks.deltas(answer)
            except (
                Exception
            ) as error:  # a peer that breaks on these rows is a line of the table, not the end of the run
                lines.append(f"{kind}, {peer.name}: failed ({type(error).__name__}: {str(error)[:80]})")
                continue
            found.append({"kind": kind, "name": peer.name, "nanoseconds": nanoseconds / n, "values": values.tolist()})
    print(json.dumps({"found": found, "absent": lines}))


if __name__ == "__main__":
    main()
