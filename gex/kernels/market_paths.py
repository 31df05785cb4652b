"""Simulated markets, one step of a block of paths at a time.

Spot is a martingale but for `drift`: its volatility is constant, Heston's (full truncation: the drift takes the same
variance as the diffusion, so that the mean is kept exactly) or one of two regimes of a Markov chain; lognormal jumps
(Merton) and a funding rate and a basis, both Ornstein–Uhlenbeck (the exact transition), may come on top.
"""

import math

from gex.kernels.compiling import inlined, kernel
from gex.kernels.normal import exp
from gex.kernels.random_draws import fill_normals, fill_uniforms, normal_quantile, uniform_draw

CONSTANT, HESTON, REGIMES = 0, 1, 2
# Places in the table of process parameters.
KIND, VOL, DRIFT = 0, 1, 2
MEAN_REVERSION, LONG_VARIANCE, VOL_OF_VARIANCE, CORRELATION = 3, 4, 5, 6  # Heston
STRESSED_VOL, RATE_UP, RATE_DOWN = 7, 8, 9  # regimes, switches a year
JUMP_RATE, JUMP_MEAN, JUMP_SD = 10, 11, 12  # a year; of the log move
FUNDING_MEAN, FUNDING_REVERSION, FUNDING_SD = 13, 14, 15  # per year; sd per √year
BASIS_MEAN, BASIS_REVERSION, BASIS_SD = 16, 17, 18  # ln(F/S)
SHOCK_STEP, SHOCK_MOVE = 19, 20  # one log move laid on every path at a step; < 0: none
PROCESS_SIZE = 21
# Streams of random numbers.
_SPOT, _VARIANCE, _JUMP_COUNT, _JUMP_SIZE, _FUNDING, _BASIS = 0, 1, 2, 3, 4, 5
FILL_STREAM = 6


@kernel
def start_paths(spot, process, level, variance, funding, basis):
    """Every path at `spot`, its variance, funding and basis at their start."""
    for lane in range(len(level)):
        level[lane] = spot
        variance[lane] = process[VOL] * process[VOL]
        funding[lane] = process[FUNDING_MEAN]
        basis[lane] = process[BASIS_MEAN]


@inlined
def _poisson(uniform, mean):
    """The Poisson count whose distribution function covers `uniform`."""
    count, weight = 0, math.exp(-mean)
    total = weight
    while uniform > total and count < 100:
        count += 1
        weight *= mean / count
        total += weight
    return count


@inlined
def _ornstein_uhlenbeck(value, normal, elapsed, mean, reversion, sd):
    """The exact transition over `elapsed` years, of every path."""
    if reversion > 0.0:
        kept = math.exp(-reversion * elapsed)
        spread = sd * math.sqrt((1.0 - kept * kept) / (2.0 * reversion))
    else:
        kept, spread = 1.0, sd * math.sqrt(elapsed)
    for lane in range(len(value)):
        value[lane] = mean + kept * (value[lane] - mean) + spread * normal[lane]


@kernel
def advance_paths(process, step, elapsed, variance_elapsed, key, sign, normal, other, level, variance, funding, basis):
    """One step on: `elapsed` calendar years, in which `variance_elapsed` years of variance go by. In place."""
    kind, drift = int(process[KIND]), process[DRIFT]
    count = len(level)
    fill_normals(key, sign, step, _SPOT, normal)
    if kind == CONSTANT:
        vol = process[VOL]
        scale, shift = vol * math.sqrt(variance_elapsed), drift * elapsed - 0.5 * vol * vol * variance_elapsed
        for lane in range(count):
            level[lane] *= exp(scale * normal[lane] + shift)
    else:
        for lane in range(count):
            used = max(variance[lane], 0.0) * variance_elapsed
            level[lane] *= exp(math.sqrt(used) * normal[lane] + drift * elapsed - 0.5 * used)
    if kind == HESTON:
        fill_normals(key, sign, step, _VARIANCE, other)
        reversion, mean = process[MEAN_REVERSION], process[LONG_VARIANCE]
        noise, rho = process[VOL_OF_VARIANCE], process[CORRELATION]
        rest = math.sqrt(1.0 - rho * rho)
        for lane in range(count):
            used = max(variance[lane], 0.0)
            shock = rho * normal[lane] + rest * other[lane]
            variance[lane] += reversion * (mean - used) * variance_elapsed
            variance[lane] += noise * math.sqrt(used * variance_elapsed) * shock
    elif kind == REGIMES:
        fill_uniforms(key, step, _VARIANCE, other)
        calm, stressed = process[VOL] ** 2, process[STRESSED_VOL] ** 2
        up = 1.0 - math.exp(-process[RATE_UP] * variance_elapsed)
        down = 1.0 - math.exp(-process[RATE_DOWN] * variance_elapsed)
        for lane in range(count):
            is_calm = variance[lane] == calm
            if other[lane] < (up if is_calm else down):
                variance[lane] = stressed if is_calm else calm
    if process[JUMP_RATE] > 0.0 and variance_elapsed > 0.0:
        fill_uniforms(key, step, _JUMP_COUNT, other)
        mean, sd = process[JUMP_MEAN], process[JUMP_SD]
        expected = process[JUMP_RATE] * variance_elapsed
        compensator = -expected * (math.exp(mean + 0.5 * sd * sd) - 1.0)
        none = math.exp(-expected)
        for lane in range(count):
            move = compensator
            if other[lane] > none:
                jumps = _poisson(other[lane], expected)
                size = normal_quantile(uniform_draw(key[lane], step, _JUMP_SIZE))
                move += jumps * mean + math.sqrt(float(jumps)) * sd * sign[lane] * size
            level[lane] *= math.exp(move)
    if process[FUNDING_SD] > 0.0:
        fill_normals(key, sign, step, _FUNDING, other)
        _ornstein_uhlenbeck(
            funding, other, elapsed, process[FUNDING_MEAN], process[FUNDING_REVERSION], process[FUNDING_SD]
        )
    if process[BASIS_SD] > 0.0:
        fill_normals(key, sign, step, _BASIS, other)
        _ornstein_uhlenbeck(basis, other, elapsed, process[BASIS_MEAN], process[BASIS_REVERSION], process[BASIS_SD])
    if process[SHOCK_STEP] == step:
        factor = math.exp(process[SHOCK_MOVE])
        for lane in range(count):
            level[lane] *= factor
