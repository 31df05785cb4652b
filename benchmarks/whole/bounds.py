"""What a stage cannot go below: multiply-adds and bytes that no way around is known for, at this machine's rates.

The counts are those of the algorithm in use, per row, without overhead: loads of operands, bookkeeping, branches. The
bound is the longer of arithmetic at the measured rate of vector multiply-adds and memory at the measured rate of a copy;
how near a stage comes is bound over measured. A small share says that time goes into something else than the work itself.
"""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.timing import nanoseconds
from gex.kernels.bits import fma
from gex.kernels.compiling import kernel

LANES = 96


@kernel
def _vector_chain(rounds, lane):
    for _ in range(rounds):
        for i in range(LANES):
            lane[i] = fma(lane[i], 0.999999, 1e-6)


@dataclass(frozen=True)
class Work:
    """What a row of a stage cannot do without."""

    multiply_adds: float
    bytes: float
    why: str


STAGES = {
    "parse": Work(95.0, 95.0, "every byte of a row looked at once, every digit one multiply-add"),
    "clean": Work(6.0, 56.0, "bid, ask, strike, interest, right, expiry and age read once, six comparisons"),
    "forward": Work(10.0, 28.0, "call and put of a strike meet once: difference, width, weight, three sums"),
    "vols": Work(270.0, 72.0, "bid, middle and ask: two rational steps of about forty-five multiply-adds each"),
    "surface": Work(400.0, 40.0, "ten passes of a banded normal matrix, sixteen products and a residual a quote"),
    "greeks": Work(75.0, 160.0, "one exponential, two error functions and thirteen products; thirteen columns written"),
    "exposure": Work(75.0 + 3 * 4 + 400 * 13 / 2, 200.0, "Greeks, three books, and half a line of the profile"),
    "profile": Work(
        400 * 13 / 2, 30.0, "an exponential of eleven terms at 400 spots, once for call and put of a strike"
    ),
    "forward map": Work(161 * 24 * 13 / 2, 30.0, "the same at 161 spots and 24 instants"),
    "book greeks": Work(75.0, 160.0, "as Greeks, a row a position"),
    "hedge": Work(400 * 26, 60.0, "price and delta of every position at 400 spots for the triggers"),
}


def rates() -> dict[str, float]:
    """Vector multiply-adds and copied bytes a nanosecond, on this core, now."""
    lane = np.full(LANES, 0.25)
    per_round = nanoseconds(lambda: _vector_chain(20_000, lane), 20_000, runs=15)
    big = np.ones(8_000_000)
    other = np.empty_like(big)
    seen = []
    for _ in range(6):
        began = time.perf_counter_ns()
        np.copyto(other, big)
        seen.append(time.perf_counter_ns() - began)
    return {"multiply_adds_per_ns": LANES / per_round, "copied_bytes_per_ns": 2.0 * big.nbytes / min(seen)}


def bound_milliseconds(stage: str, rows: int, rate: dict[str, float]) -> float:
    """The least time of that stage for so many rows."""
    work = STAGES[stage]
    arithmetic = work.multiply_adds / rate["multiply_adds_per_ns"]
    memory = work.bytes / rate["copied_bytes_per_ns"]
    return rows * max(arithmetic, memory) / 1e6
