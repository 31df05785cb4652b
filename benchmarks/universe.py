"""A whole market: 6,000 underlyings, 1.5 million options, recomputed; seconds, memory, updates a second.

    python -m benchmarks.universe [--underlyings 6000] [--exercise european|american|both] [--cores 1] [--json]

Chain sizes are log-normal with a median of 105 options and a log-deviation of 1.32, cut at 50 and 20,000: the mean is 250
and a hundredth of the names holds a quarter of the contracts, as on American exchanges (some 6,000 optionable names, 1.5
million listed contracts). Chains are the embedded sample in those sizes; `american` lists the same chains as American, which
needs the early exercise of every expiry besides. A recompute is cleaning, forwards, volatilities, the certified surface,
Greeks and the exposures of one positioning with profile and levels; nothing of the round before is used. Chains of a size
class share their quotes (`DISTINCT` are made), every recompute is done in full all the same.
"""

import argparse
import dataclasses
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.timing import pinned
from gex.american import american_values
from gex.contracts import Exercise
from gex.exposure.live import LiveExposure
from gex.kernels.compiling import warm
from gex.pipeline import ExposureSettings, analyse, dealer_exposure
from gex.quotes import Cleaned
from gex.sample import sample_chain

MEDIAN, DEVIATION, LEAST, MOST = 105.0, 1.32, 50, 20_000
DISTINCT = 300
TICKED = 300  # chains kept for the ticks


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


def kept(chain: Cleaned) -> LiveExposure:
    """The exposure of a chain under one positioning, kept for what comes."""
    analysis, positionings = analyse(chain), ExposureSettings().positionings
    return LiveExposure.of(analysis.cleaned.quotes, analysis.pairs, analysis.surface, positionings)


def ticked(kept_states: Sequence[LiveExposure], seconds: float) -> float:
    """Spot ticks a second, each to new totals, flips and walls, turn and turn about."""
    states = list(kept_states)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        at = count % len(states)
        states[at] = state = states[at].at_spot(states[at].spot * (1.0003 if (count // len(states)) % 2 else 0.9997))
        assert state.totals  # computed when asked for, as the walls
        assert state.wall_position is not None
        count += 1
    return count / (time.perf_counter() - began)


def quoted(chains: Sequence[Cleaned], states: Sequence[LiveExposure], seconds: float) -> float:
    """Changed quotes a second, each to new totals, flips and walls: the chain is refitted whole, as the server does."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        at = count % len(chains)
        bid = chains[at].quotes.bid.copy()
        bid[count % len(bid)] *= 0.999
        analysis = analyse(dataclasses.replace(chains[at], quotes=dataclasses.replace(chains[at].quotes, bid=bid)))
        state = states[at].with_surface(analysis.surface)
        assert state.totals  # computed when asked for, as the walls
        assert state.wall_position is not None
        count += 1
    return count / (time.perf_counter() - began)


@dataclass(frozen=True)
class Share:
    """What one process did of a recompute."""

    wall: float
    cpu: float
    slices: int
    options: int
    ticks_per_second: float
    quotes_per_second: float
    gibibytes: float


def _share(job: tuple[int, str, int, int]) -> Share:
    underlyings, exercise, part, parts = job
    if hasattr(os, "sched_setaffinity") and parts > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[part]})
    elif parts == 1:
        pinned()
    warm()
    chains = universe(underlyings, exercise)[part::parts]
    recomputed(chains[:: max(1, len(chains) // 20)])
    wall, cpu, slices = recomputed(chains)
    some = chains[:: max(1, len(chains) // TICKED)]
    states = [kept(chain) for chain in some]
    ticks, quotes = ticked(states, 2.0), quoted(some, states, 2.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return Share(wall, cpu, slices, sum(len(chain.quotes) for chain in chains), ticks, quotes, peak)


def measured(underlyings: int, exercise: str, cores: int) -> dict[str, float]:
    """One full recompute on so many cores, a shard a process."""
    jobs = [(underlyings, exercise, part, cores) for part in range(cores)]
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        found = pool.map(_share, jobs)
    wall, options = max(one.wall for one in found), sum(one.options for one in found)
    return {
        "underlyings": underlyings,
        "options": options,
        "cores": cores,
        "wall_seconds": wall,
        "cpu_seconds": sum(one.cpu for one in found),
        "chains_per_second": underlyings / wall,
        "options_per_second": options / wall,
        "certified_slices": sum(one.slices for one in found),
        "gibibytes_in_all": sum(one.gibibytes for one in found),
        "ticks_per_second": sum(one.ticks_per_second for one in found),
        "quotes_per_second": sum(one.quotes_per_second for one in found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Recompute a synthetic market.")
    parser.add_argument("--underlyings", type=int, default=6_000)
    parser.add_argument("--exercise", choices=["european", "american", "both"], default="both")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one line of JSON, for programs")
    asked = parser.parse_args()
    wanted = ("european", "american") if asked.exercise == "both" else (asked.exercise,)
    said = {}
    for exercise in wanted:
        said[exercise] = one = measured(asked.underlyings, exercise, asked.cores)
        if not asked.json:
            print(
                f"{exercise}: {one['underlyings']:,} underlyings, {one['options']:,} options, {asked.cores} core(s): "
                f"{one['wall_seconds']:.2f} s wall, {one['cpu_seconds']:.2f} s CPU, "
                f"{one['chains_per_second']:,.0f} chains/s, "
                f"{one['options_per_second']:,.0f} options/s, {one['certified_slices']:,} certified slices, "
                f"{one['gibibytes_in_all']:.2f} GiB in all processes, {one['ticks_per_second']:,.0f} ticks/s, "
                f"{one['quotes_per_second']:,.0f} quotes/s"
            )
    if asked.json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
