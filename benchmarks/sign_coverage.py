"""Whether the error bars of signed trades hold the truth as often as they say, on made order flow of known inventory."""

from collections.abc import Iterator

import numpy as np

from gex.exposure.map import computed_greeks, gamma_error_terms
from gex.exposure.uncertainty import total_uncertainty
from gex.pipeline import analyse
from gex.positioning import SignedTrades, SignedTradesPositioning, SignError, estimated_inventory
from gex.sample import sample_chain

PROBABILITIES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
NINETY = 1.6448536  # deviations
DAYS, TRADES, BUSY = 400, 3_000, 10


def coverage(probability: float, *, days: int = DAYS, seed: int = 7) -> tuple[float, float, float, float]:
    """(share of lines, share of total gammas inside their 90 % bar, mean miss of the total in deviations, naive share).

    A day is TRADES trades of 1 to 40 contracts in random rows of a made chain, more buys than sells in some, each side seen
    wrong with `probability`. Lines count that had BUSY trades or more. Naive: as seen, with the bar of what was seen.
    """
    random = np.random.default_rng(seed)
    analysis = analyse(sample_chain(option_count=300).parsed)
    quotes, spot = analysis.cleaned.quotes, analysis.forwards.spot
    greeks = computed_greeks(quotes, analysis.surface)
    unit = np.nan_to_num(greeks.gamma) * quotes.multiplier * spot * spot * 0.01
    lines = covered = totals = naive = 0
    miss = []
    for _ in range(days):
        row = random.integers(0, len(quotes), TRADES)
        count = random.integers(1, 41, TRADES).astype(float)
        lean = random.uniform(0.3, 0.7, len(quotes))
        side = np.where(random.random(TRADES) < lean[row], 1.0, -1.0)
        seen = np.where(random.random(TRADES) < probability, -side, side)
        truth = -np.bincount(row, side * count, len(quotes))
        model = SignedTradesPositioning(SignedTrades(row=row, contract_count=count, customer_side=seen))
        estimate = estimated_inventory(model, quotes, sign_error_probability=probability)
        busy = np.bincount(row, minlength=len(quotes)) >= BUSY
        inside = np.abs(estimate.unbiased - truth) <= NINETY * estimate.standard_deviation + 1e-9
        lines += int(busy.sum())
        covered += int((inside & busy).sum())
        terms = gamma_error_terms(quotes, greeks, spot, estimate.observed, model.squared_sizes(quotes))
        bar = total_uncertainty(SignError(probability), float(unit @ estimate.observed), *terms)
        assert bar.unbiased_mean is not None
        assert bar.unbiased_standard_deviation is not None
        error = bar.unbiased_mean - float(unit @ truth)
        totals += abs(error) <= NINETY * bar.unbiased_standard_deviation + 1e-6 * abs(bar.unbiased_mean)
        naive += abs(unit @ (estimate.observed - truth)) <= NINETY * bar.standard_deviation + 1e-6 * abs(
            bar.unbiased_mean
        )
        miss.append(error / max(bar.unbiased_standard_deviation, 1e-300) if probability else 0.0)
    return covered / lines, totals / days, float(np.mean(miss)), naive / days


def coverage_lines() -> Iterator[str]:
    """The table of coverage."""
    yield "## Signs inferred from trades\n"
    yield (
        f"{DAYS} made days of {TRADES:,} trades in 300 options whose inventory is known, every side seen wrong with\n"
        "probability p; share of truths inside 90 % bars (three deviations of the share of totals are 0.045). *As seen*\n"
        "takes the signs at their word: its middle is shrunk to 1 − 2p.\n"
    )
    yield "| p | lines | total gamma | mean miss, deviations | total gamma as seen |\n|---|---|---|---|---|"
    for probability in PROBABILITIES:
        line, total, miss, naive = coverage(probability)
        yield f"| {probability:.2f} | {line:.3f} | {total:.3f} | {miss:+.3f} | {naive:.3f} |"
