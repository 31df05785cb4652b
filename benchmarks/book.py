"""The options that kernels are timed and judged on: a wide book, a hard set, and their exact volatilities.

Truth is the exact volatility of the *rounded* price: the price of a float64 volatility is computed to 50 digits by mpmath
and rounded to float64; the volatility of that price differs from the one started from by d/vega − ½(d/vega)²·volga/vega,
d the rounding. `attainable` = 2⁻⁵³·p/(σ·vega) is the relative error that the last bit of the price alone allows.
"""

from dataclasses import dataclass

import mpmath as mp
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SEED = 20240607
DIGITS = 50


@dataclass(frozen=True)
class Options:
    """Columns of options with undiscounted prices; `truth` and `attainable` as in the module's docstring."""

    family: npt.NDArray[np.int64]
    forward: Floats
    strike: Floats
    time_to_expiry: Floats
    vol: Floats
    sign: npt.NDArray[np.int8]
    price: Floats
    truth: Floats
    attainable: Floats

    def take(self, index: npt.NDArray[np.int64]) -> "Options":
        return Options(**{name: frozen(values[index]) for name, values in vars(self).items()})

    def __len__(self) -> int:
        return len(self.price)


def frozen(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """A contiguous read-only copy: what requests send."""
    values = np.array(values)
    values.flags.writeable = False
    return values


def draw_book(count: int, seed: int = SEED) -> tuple[Floats, Floats, Floats, Floats, npt.NDArray[np.int8]]:
    """(forward, strike, time, vol, sign): one hour to three years, vols 5 % to 200 %, strikes to ±4 deviations."""
    random = np.random.default_rng(seed)
    forward = 6000.0 * np.exp(0.02 * random.standard_normal(count))
    time = np.exp(random.uniform(np.log(1.0 / 8760.0), np.log(3.0), count))
    vol = np.exp(random.uniform(np.log(0.05), np.log(2.0), count))
    normal = np.clip(1.5 * random.standard_normal(count), -4.0, 4.0)
    z = np.where(random.random(count) < 0.5, normal, random.uniform(-4.0, 4.0, count))
    exact = forward * np.exp(z * vol * np.sqrt(time))
    rounded = np.maximum(5.0 * np.round(exact / 5.0), 5.0)
    keep = np.abs(np.log(rounded / forward)) <= 4.5 * vol * np.sqrt(time)
    strike = np.where(keep, rounded, exact)
    out_of_the_money = np.where(strike >= forward, 1, -1)
    sign = np.where(random.random(count) < 0.25, -out_of_the_money, out_of_the_money).astype(np.int8)
    return forward, strike, time, vol, sign


FAMILIES = (
    "deep out",
    "deep in",
    "seconds to expiry",
    "huge vol",
    "at the money exactly",
    "nearly at the money",
    "wide",
    "in the money, huge vol",
    "next to the maximum",
    "branch edge",
    "scales 1e-6 to 1e6",
)


def draw_hard(each: int, seed: int = SEED + 1) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats, Floats, Floats]:
    """(family, forward, strike, time, vol, sign) of the hard set, `each` options a family."""
    random = np.random.default_rng(seed)
    u = random.uniform
    parts = []
    for family in range(len(FAMILIES)):
        time = np.exp(u(np.log(0.01), np.log(2.0), each))
        out = u(size=each) < 0.75  # side
        side = np.where(u(size=each) < 0.5, 1.0, -1.0)
        if family == 0:
            s = np.exp(u(np.log(0.01), np.log(0.5), each))
            x = side * s * u(7.0, 37.0, each)
        elif family == 1:
            s = np.exp(u(np.log(0.01), np.log(0.5), each))
            x, out = side * s * u(4.0, 7.5, each), np.zeros(each, bool)
        elif family == 2:
            time = u(1.0, 60.0, each) / 31_536_000.0
            s = np.exp(u(np.log(0.05), np.log(3.0), each)) * np.sqrt(time)
            x = side * s * u(0.0, 4.0, each)
        elif family in (3, 7):
            s, x = u(2.0, 12.0, each), side * u(0.0, 3.0, each)
            out = np.full(each, family == 3)
        elif family == 4:
            s, x = np.exp(u(np.log(1e-9), np.log(2.0), each)), np.zeros(each)
        elif family == 5:
            s = np.exp(u(np.log(1e-4), np.log(2.0), each))
            x = side * np.exp(u(np.log(1e-14), np.log(1e-4), each))
        elif family == 6:
            s = np.exp(u(np.log(0.02), np.log(20.0), each))
            x = side * np.exp(u(np.log(1e-3), np.log(300.0), each))
        elif family == 8:
            s, x = u(8.0, 15.0, each), side * u(0.0, 2.0, each)
        elif family == 9:
            t = u(0.95, 4.0, each)
            x = side * 2.0 * t * np.maximum(t - u(0.9, 1.7, each), 0.0)
            s = 2.0 * t
        else:
            s = np.exp(u(np.log(0.01), np.log(2.0), each))
            x = side * s * u(0.0, 4.0, each)
        forward = 10.0 ** u(-6.0, 6.0, each) if family == 10 else 100.0 * np.exp(0.3 * random.standard_normal(each))
        strike = forward * np.exp(-x)
        if family == 4:
            strike = forward.copy()
        call_is_out = strike >= forward
        sign = np.where(call_is_out == out, 1.0, -1.0)
        parts.append((np.full(each, family), forward, strike, time, s / np.sqrt(time), sign))
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    return joined[0], joined[1], joined[2], joined[3], joined[4], joined[5]


def with_truth(
    family: npt.NDArray[np.int64],
    forward: Floats,
    strike: Floats,
    time: Floats,
    vol: Floats,
    sign: npt.NDArray[np.generic],
) -> Options:
    """The options with prices, exact volatilities and attainable errors; rows without a usable price are dropped."""
    count = len(forward)
    price, truth, attainable = np.zeros(count), np.full(count, np.nan), np.full(count, np.inf)
    with mp.workdps(DIGITS):
        root_two_pi, root_half = mp.sqrt(2 * mp.pi), mp.sqrt(mp.mpf(1) / 2)
        for i in range(count):
            f, k, t, v = mp.mpf(forward[i]), mp.mpf(strike[i]), mp.mpf(time[i]), mp.mpf(vol[i])
            s = v * mp.sqrt(t)
            d1 = mp.log(f / k) / s + s / 2
            d2 = d1 - s
            if f <= k:
                exact = (f * mp.erfc(-d1 * root_half) - k * mp.erfc(-d2 * root_half)) / 2
            else:
                exact = (k * mp.erfc(d2 * root_half) - f * mp.erfc(d1 * root_half)) / 2
            exact += max(int(sign[i]) * (f - k), mp.mpf(0))
            price[i] = float(exact)
            vega = f * mp.exp(-d1 * d1 / 2) / root_two_pi * mp.sqrt(t)
            if price[i] == 0.0 or vega == 0:
                continue
            step = (mp.mpf(price[i]) - exact) / vega
            truth[i] = float(v + step - step * step * d1 * d2 / v / 2)
            attainable[i] = float(mp.mpf(price[i]) / (v * vega)) * 2.0**-53
    largest = np.where(sign > 0, forward, strike)
    usable = (price > 0.0) & (attainable < 1e-2) & (price < largest) & (truth > 0.0)
    columns = (family, forward, strike, time, vol, sign.astype(np.int8), price, truth, attainable)
    return Options(*[frozen(values[usable]) for values in columns])


def book(count: int) -> Options:
    """The wide book with truth; 100,000 options take a quarter of a minute."""
    forward, strike, time, vol, sign = draw_book(count)
    return with_truth(np.zeros(count, np.int64), forward, strike, time, vol, sign)


def hard_set(each: int) -> Options:
    """The hard set with truth."""
    family, forward, strike, time, vol, sign = draw_hard(each)
    return with_truth(family, forward, strike, time, vol, sign)
