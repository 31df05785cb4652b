"""Black's formula, its Greeks and its inverse in fifty digits, written to be read: the slow twin of the kernels."""

from typing import Any

import mpmath as mp

DIGITS = 50
NAMES = (
    "price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color", "ultima",
)  # fmt: skip


def normal_cdf(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def undiscounted(forward: Any, strike: Any, time: Any, vol: Any, sign: int) -> Any:
    """E[max(sign·(F_T − K), 0)]."""
    s = vol * mp.sqrt(time)
    d1 = mp.log(forward / strike) / s + s / 2
    d2 = d1 - s
    return sign * (forward * normal_cdf(sign * d1) - strike * normal_cdf(sign * d2))


def forward_greeks(
    forward: float, strike: float, time: float, vol: float, sign: int, discount: float
) -> dict[str, tuple[Any, Any]]:
    """Name → (value, sum of the absolute values of its terms): the scale on which rounding errors are to be judged."""
    with mp.workdps(DIGITS):
        F, K, T, v, D = (mp.mpf(x) for x in (forward, strike, time, vol, discount))
        r = -mp.log(D) / T
        s = v * mp.sqrt(T)
        d1 = mp.log(F / K) / s + s / 2
        d2 = d1 - s
        density = D * mp.exp(-d1 * d1 / 2) / mp.sqrt(2 * mp.pi)
        price = D * undiscounted(F, K, T, v, sign)
        delta = D * sign * normal_cdf(sign * d1)
        gamma = density / (F * s)
        vega = F * density * mp.sqrt(T)

        def terms(d1: Any, d2: Any) -> dict[str, tuple[Any, ...]]:
            return {
                "price": (price,),
                "delta": (delta,),
                "gamma": (gamma,),
                "vega": (vega,),
                "theta": (r * price, -F * density * v / (2 * mp.sqrt(T))),
                "rho": (-T * price,),
                "vanna": (-density * d2 / v,),
                "charm": (r * delta, density * d2 / (2 * T)),
                "volga": (vega * d1 * d2 / v,),
                "speed": (-gamma / F, -gamma / F * d1 / s),
                "zomma": (gamma * d1 * d2 / v, -gamma / v),
                "color": (gamma * r, gamma / (2 * T), -gamma * d1 * d2 / (2 * T)),
                "ultima": tuple(-vega / v**2 * term for term in (d1 * d2, -((d1 * d2) ** 2), d1 * d1, d2 * d2)),
            }

        # d1 and d2 are themselves the sums x/s ± s/2: near their zeros they have digits on the scale of the parts only
        both = abs(mp.log(F / K) / s) + s / 2
        scales = terms(both, both)
        return {name: (mp.fsum(parts), mp.fsum(map(abs, scales[name]))) for name, parts in terms(d1, d2).items()}


def by_differences(forward: float, strike: float, time: float, vol: float, sign: int, rate: float) -> dict[str, Any]:
    """The same thirteen as numerical derivatives of the price alone, in sixty digits: no formula for a Greek in it."""
    with mp.workdps(60):
        F0, K, T0, v0, r0 = (mp.mpf(x) for x in (forward, strike, time, vol, rate))

        def price(F: Any, T: Any, v: Any, r: Any) -> Any:
            return mp.exp(-r * T) * undiscounted(F, K, T, v, sign)

        def derivative(*orders: int) -> Any:
            return mp.diff(price, (F0, T0, v0, r0), orders)

        return {
            "price": price(F0, T0, v0, r0),
            "delta": derivative(1, 0, 0, 0),
            "gamma": derivative(2, 0, 0, 0),
            "vega": derivative(0, 0, 1, 0),
            "theta": -derivative(0, 1, 0, 0),
            "rho": derivative(0, 0, 0, 1),
            "vanna": derivative(1, 0, 1, 0),
            "charm": -derivative(1, 1, 0, 0),
            "volga": derivative(0, 0, 2, 0),
            "speed": derivative(3, 0, 0, 0),
            "zomma": derivative(2, 0, 1, 0),
            "color": -derivative(2, 1, 0, 0),
            "ultima": derivative(0, 0, 3, 0),
        }


def implied_vol(price: float, forward: float, strike: float, time: float, sign: int) -> Any:
    """The volatility by bisection, to forty digits, of an undiscounted price strictly between its bounds."""
    with mp.workdps(DIGITS):
        F, K, T, p = (mp.mpf(x) for x in (forward, strike, time, price))
        low, high = mp.mpf(0), mp.mpf(1)
        while undiscounted(F, K, T, high, sign) < p:
            high *= 2
        for _ in range(150):
            middle = (low + high) / 2
            if undiscounted(F, K, T, middle, sign) < p:
                low = middle
            else:
                high = middle
        return (low + high) / 2
