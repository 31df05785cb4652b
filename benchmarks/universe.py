"""A whole market: 6,000 underlyings, 1.5 million options, recomputed; seconds, memory, updates a second.

    python -m benchmarks.universe [--underlyings 6000] [--exercise european|american|both] [--cores 1]

Chain sizes are log-normal with a median of 105 options and a log-deviation of 1.32, cut at 50 and 20,000: the mean is 250
and a hundredth of the names holds a quarter of the contracts, as on American exchanges (some 6,000 optionable names, 1.5
million listed contracts). Chains are the embedded sample in those sizes; `american` lists the same chains as American, which
needs the early exercise of every expiry besides. A recompute is cleaning, forwards, volatilities, the certified surface,
Greeks and the exposures of one positioning with profile and levels; nothing of the round before is used. Chains of a size
class share their quotes (`DISTINCT` are made), every recompute is done in full all the same.
"""

import argparse
import dataclasses
import multiprocessing
import os
import resource
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.timing import pinned
from gex.american import american_values
from gex.contracts import Exercise
from gex.kernels.compiling import warm
from gex.pipeline import analyse, dealer_exposure
from gex.quotes import Cleaned
from gex.sample import sample_chain

MEDIAN, DEVIATION, LEAST, MOST = 105.0, 1.32, 50, 20_000
DISTINCT = 300


def sizes(underlyings: int, seed: int = 12) -> list[int]:
    """Options of every underlying: quantiles of the distribution in an order of their own, so that every share is alike."""
    from scipy.stats import norm

    quantile = (np.arange(underlyings) + 0.5) / underlyings
    count = np.clip(MEDIAN * np.exp(DEVIATION * norm.ppf(quantile)), LEAST, MOST)
    return [int(n) for n in np.random.default_rng(seed).permutation(count)]


def made(option_count: int, exercise: str) -> Cleaned:
    """The embedded sample in that size, its contracts exercised like that: American ones cost what exercise adds."""
    sample = sample_chain(option_count=option_count)
    chain, truth = sample.parsed, sample.truth
    if exercise == "european":
        return chain
    expiries = tuple(
        dataclasses.replace(one, contract=dataclasses.replace(one.contract, exercise=Exercise.AMERICAN))
        for one in chain.quotes.expiries
    )
    quotes, forwards = chain.quotes, truth.forwards
    at = quotes.expiry
    time_left, rate = forwards.time_to_expiry[at], forwards.rate[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        carry_yield = rate - np.log(forwards.forward[at] / forwards.spot) / time_left
    american = american_values(
        forwards.spot, quotes.strike, time_left, truth.vol, quotes.right, rate, carry_yield
    ).price  # fmt: skip
    added = np.nan_to_num(np.maximum(american - truth.price, 0.0))
    quotes = dataclasses.replace(quotes, expiries=expiries, bid=quotes.bid + added, ask=quotes.ask + added)
    return dataclasses.replace(chain, quotes=quotes)


def universe(underlyings: int, exercise: str) -> list[Cleaned]:
    """A chain for every underlying."""
    wanted = sizes(underlyings)
    classes = np.unique(np.quantile(wanted, np.linspace(0.0, 1.0, min(DISTINCT, underlyings))).astype(int))
    chains = {int(size): made(int(size), exercise) for size in classes}
    nearest = classes[np.abs(classes[np.newaxis] - np.array(wanted)[:, np.newaxis]).argmin(axis=1)]
    return [chains[int(size)] for size in nearest]


def recomputed(chains: Sequence[Cleaned]) -> tuple[float, float, int]:
    """(wall seconds, CPU seconds, certified slices) of one pass over all chains."""
    wall, cpu, slices = time.perf_counter(), time.process_time(), 0
    for chain in chains:
        analysis = analyse(chain)
        slices += int(analysis.surface.is_certified.sum())
        dealer_exposure(analysis)
    return time.perf_counter() - wall, time.process_time() - cpu, slices


def _share(job: tuple[int, str, int, int]) -> tuple[float, float, int, int]:
    underlyings, exercise, part, parts = job
    if hasattr(os, "sched_setaffinity") and parts > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[part]})
    elif parts == 1:
        pinned()
    warm()
    chains = universe(underlyings, exercise)[part::parts]
    recomputed(chains[:: max(1, len(chains) // 20)])
    return (*recomputed(chains), sum(len(chain.quotes) for chain in chains))


def main() -> None:
    parser = argparse.ArgumentParser(description="Recompute a synthetic market.")
    parser.add_argument("--underlyings", type=int, default=6_000)
    parser.add_argument("--exercise", choices=["european", "american", "both"], default="both")
    parser.add_argument("--cores", type=int, default=1)
    asked = parser.parse_args()
    for exercise in ("european", "american") if asked.exercise == "both" else (asked.exercise,):
        jobs = [(asked.underlyings, exercise, part, asked.cores) for part in range(asked.cores)]
        with multiprocessing.get_context("spawn").Pool(asked.cores) as pool:
            found = pool.map(_share, jobs)
        peak = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 1) / 1024**2
        wall, cpu = max(one[0] for one in found), sum(one[1] for one in found)
        options = sum(one[3] for one in found)
        print(
            f"{exercise}: {asked.underlyings:,} underlyings, {options:,} options, {asked.cores} core(s): {wall:.2f} s wall, "
            f"{cpu:.2f} s CPU, {asked.underlyings / wall:,.0f} chains/s, {options / wall:,.0f} options/s, "
            f"{sum(one[2] for one in found):,} certified slices, {peak:.2f} GiB at most in one process"
        )


if __name__ == "__main__":
    main()
