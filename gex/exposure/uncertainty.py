"""How sure an exposure is: distributions of totals and flips when dealers' signs may be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from gex.columns import Bools, Floats, Ints, frozen
from gex.errors import InputError
from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.lines import ExposureLines, GammaKind, SkewStickiness, is_sticky_strike, read_only
from gex.exposure.profile import exposure_profiles
from gex.exposure.repricing import moved_lines
from gex.exposure.total_gamma import total_gamma
from gex.kernels.exposure import gamma_variances, line_coefficients
from gex.positioning import SignError

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """A figure whose signs are wrong with probability p, as a normal distribution.

    `mean` of a total is (1 − 2p) × the figure: what is left of it on average. `unbiased_mean` is the figure/(1 − 2p), the
    truth of which the figure is the shrunk sight. `standard_deviation_correlated` has errors inside each expiry × right
    fully correlated: the cautious bar.
    """

    mean: float
    standard_deviation: float
    standard_deviation_correlated: float
    probability_positive: float | None
    probability: tuple[float, ...]
    quantile: tuple[float, ...]
    unbiased_mean: float | None = None
    unbiased_standard_deviation: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ErrorWeights:
    """What one wrong sign costs, one book: per line, in units of underlying (contracts × multiplier)."""

    call: Floats  # signed
    put: Floats  # signed
    squared: Floats  # of call and put together: Σ of what a wrong sign costs, squared


def error_variance(error: SignError, independent: Floats, clustered: Floats) -> Floats:
    """4p(1 − p)·[(1 − ρ)·Σgᵢ² + ρ·Σ_c(Σ_{i∈c} gᵢ)²].

    100 buys of 10 in one cluster, p = 0.2: 80² for ρ = 0, 264.12² for ρ = 0.1, 800² for ρ = 1.
    """
    p, rho = error.probability, error.correlation
    return 4.0 * p * (1.0 - p) * ((1.0 - rho) * independent + rho * clustered)


def total_uncertainty(
    error: SignError, total: float, independent: float, clustered: float, quantiles: Sequence[float] = QUANTILES
) -> Uncertainty:
    """Of a total with Σgᵢ² = `independent` and Σ_c(Σgᵢ)² = `clustered`; `gex.exposure.map` gives both for a map."""
    shrink = 1.0 - 2.0 * error.probability
    variance = error_variance(error, np.array(independent), np.array(clustered))
    cautious = error_variance(SignError(error.probability, 1.0), np.array(independent), np.array(clustered))
    mean, deviation = shrink * total, float(np.sqrt(variance))
    positive = float(ndtr(mean / deviation)) if deviation > 0.0 else float(mean > 0.0)
    return Uncertainty(
        mean=mean,
        standard_deviation=deviation,
        standard_deviation_correlated=float(np.sqrt(cautious)),
        probability_positive=positive,
        probability=_checked(quantiles),
        quantile=tuple((mean + deviation * ndtri(np.array(quantiles))).tolist()),
        unbiased_mean=total / shrink,
        unbiased_standard_deviation=deviation / shrink,
    )


def flip_uncertainty(
    lines: ExposureLines,
    weights: ErrorWeights,
    error: SignError,
    flip: GammaFlip,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    gamma_kind: GammaKind = GammaKind.BLACK,
    quantiles: Sequence[float] = QUANTILES,
) -> Uncertainty:
    """Of a flip by the delta method: sd of the exposure at the root over |(1 − 2p)·slope|.

    50 lots of +20 and 50 of −30 (exposure.md 8.3 row 2), p = 0.05: 5.2447 points; simulated 5.37.
    """
    level = np.array([flip.price])
    independent, clustered = variance_terms(
        lines, weights, level, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind
    )
    scale = abs((1.0 - 2.0 * error.probability) * flip.slope)
    deviation = float(np.sqrt(error_variance(error, independent, clustered)[0])) / scale
    cautious = float(np.sqrt(error_variance(SignError(error.probability, 1.0), independent, clustered)[0])) / scale
    return Uncertainty(
        mean=flip.price,
        standard_deviation=deviation,
        standard_deviation_correlated=cautious,
        probability_positive=None,
        probability=_checked(quantiles),
        quantile=tuple((flip.price + deviation * ndtri(np.array(quantiles))).tolist()),
    )


def profile_deviation(
    lines: ExposureLines,
    weights: ErrorWeights,
    error: SignError,
    level: Floats,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    gamma_kind: GammaKind = GammaKind.BLACK,
) -> Floats:
    """Standard deviation of gamma exposure at each spot, currency per 1 %: the band around (1 − 2p) × the profile."""
    terms = variance_terms(lines, weights, level, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind)
    return np.sqrt(error_variance(error, *terms))


def variance_terms(
    lines: ExposureLines,
    weights: ErrorWeights,
    level: Floats,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    gamma_kind: GammaKind = GammaKind.BLACK,
) -> tuple[Floats, Floats]:
    """Σgᵢ² and Σ_c(Σgᵢ)² of gamma exposure at each spot; cluster = expiry × right."""
    by_line = (frozen(weights.squared), frozen(weights.call), frozen(weights.put))
    independent, clustered = np.empty((2, len(level)))
    if is_sticky_strike(skew_stickiness):
        gamma_variances(
            lines.spot, frozen(level), read_only(lines.start), lines.coefficients, *by_line, independent, clustered
        )
        return independent, clustered
    if gamma_kind is GammaKind.TOTAL:
        return _total_variance_terms(lines, weights, level, lines.ratio(skew_stickiness))
    for n, x in enumerate(level.tolist()):
        moved = moved_lines(lines, x, skew_stickiness=skew_stickiness)
        table = np.empty((5, len(lines)))
        line_coefficients(
            x,
            frozen(moved.forward),
            moved.strike,
            frozen(moved.time_to_expiry),
            frozen(moved.discount_factor),
            frozen(moved.vol),
            table,
        )
        here = slice(n, n + 1)
        gamma_variances(
            x, frozen(level[here]), read_only(lines.start), frozen(table), *by_line, independent[here], clustered[here]
        )
    return independent, clustered


def _total_variance_terms(
    lines: ExposureLines, weights: ErrorWeights, level: Floats, ratio: Floats
) -> tuple[Floats, Floats]:
    """The same of gamma along the smile dynamic, level by level so that a fine profile needs no table of all lines."""
    independent, clustered = np.empty((2, len(level)))
    for n, x in enumerate(level.tolist()):
        unit = total_gamma(lines, np.array([x]), ratio)[:, 0] * (0.01 * x * x)
        independent[n] = weights.squared @ (unit * unit)
        sums = [np.bincount(lines.expiry, leg * unit, len(lines.forwards)) for leg in (weights.call, weights.put)]
        clustered[n] = sum(float(own @ own) for own in sums)
    return independent, clustered


@dataclass(frozen=True, eq=False, kw_only=True)
class FlipDistribution:
    """Flips of books with wrong signs drawn at random: of each draw the one nearest to spot."""

    price: Floats  # of the draws that have a flip
    draw_count: int

    @property
    def standard_deviation(self) -> float:
        """Over the draws that have a flip."""
        return float(self.price.std(ddof=1))

    @property
    def probability_of_none(self) -> float:
        """Share of draws without a flip in the range."""
        return 1.0 - len(self.price) / self.draw_count


def simulated_flips(
    lines: ExposureLines,
    line: Ints,
    units: Floats,
    cluster: Ints,
    error: SignError,
    *,
    draw_count: int = 1000,
    seed: int = 0,
    skew_stickiness: SkewStickiness = 1.0,
    span: SpotRange | None = None,
) -> FlipDistribution:
    """The distribution of the flip by simulation; `units` (signed contracts × multiplier) of each lot stand on `line`.

    A lot's sign is wrong with probability p; with probability √ρ it errs with its cluster, so that two errors of a cluster
    have correlation ρ. Seeded: the same call gives the same answer.
    """
    random = np.random.default_rng(seed)
    cluster_count = int(cluster.max()) + 1 if len(cluster) else 0
    price: list[float] = []
    at_a_time = 64
    for first in range(0, draw_count, at_a_time):
        count = min(at_a_time, draw_count - first)
        together = random.random((count, cluster_count)) < error.probability
        alone = random.random((count, len(units))) < error.probability
        joins = random.random((count, len(units))) < np.sqrt(error.correlation)
        wrong: Bools = np.where(joins, together[:, cluster], alone)
        signed = np.where(wrong, -units, units)
        weight = np.zeros((count, len(lines)))
        for draw in range(count):
            weight[draw] = np.bincount(line, weights=signed[draw], minlength=len(lines))
        profiles = exposure_profiles(lines, weight, skew_stickiness=skew_stickiness, span=span)
        for profile in profiles:
            if profile.flips:
                nearest = min(profile.flips, key=lambda flip: abs(np.log(flip.price / lines.spot)))
                price.append(nearest.price)
    return FlipDistribution(price=np.array(price), draw_count=draw_count)


def _checked(quantiles: Sequence[float]) -> tuple[float, ...]:
    if not all(0.0 < q < 1.0 for q in quantiles):
        raise InputError(f"quantile_probability: expected numbers in (0, 1), got {list(quantiles)}")
    return tuple(float(q) for q in quantiles)
