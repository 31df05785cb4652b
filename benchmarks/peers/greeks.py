"""Greeks of options on forwards: answer(forward, strike, time, vol, sign) -> anything; how many numbers is in the name."""

from importlib.metadata import version

import numpy as np

from benchmarks.peers import Peer


def vollib() -> list[Peer]:
    from vollib.black.greeks import analytical

    functions = (analytical.delta, analytical.gamma, analytical.vega, analytical.theta, analytical.rho)

    def answer(forward, strike, time, vol, sign):
        return [
            [f("c" if sign[i] > 0 else "p", forward[i], strike[i], time[i], 0.03, vol[i]) for f in functions]
            for i in range(len(forward))
        ]

    return [Peer(f"vollib {version('vollib')}, 5 numbers", answer, 1_000)]


def quantlib() -> list[Peer]:
    import QuantLib as ql  # noqa: N813

    def answer(forward, strike, time, vol, sign):
        rows = []
        for i in range(len(forward)):
            payoff = ql.PlainVanillaPayoff(ql.Option.Call if sign[i] > 0 else ql.Option.Put, strike[i])
            one = ql.BlackCalculator(payoff, forward[i], vol[i] * np.sqrt(time[i]), 0.97)
            spot, t = forward[i], time[i]
            rows.append((one.value(), one.delta(spot), one.gamma(spot), one.vega(t), one.theta(spot, t), one.rho(t)))
        return rows

    return [Peer(f"QuantLib {ql.__version__} BlackCalculator, 6 numbers", answer, 2_000)]


def fast_vollib() -> list[Peer]:
    import fast_vollib as library

    def answer(forward, strike, time, vol, sign):
        flag = np.where(sign > 0, "c", "p")
        rate = np.full(len(forward), 0.03)
        return library.get_all_greeks(
            flag, forward, strike, time, rate, vol, model="black", return_as="dict", backend="numpy"
        )

    return [Peer(f"fast_vollib {version('fast_vollib')}, 5 numbers", answer, 100_000)]


def py_vollib_vectorized() -> list[Peer]:
    from py_vollib_vectorized import get_all_greeks

    def answer(forward, strike, time, vol, sign):
        flag = np.where(sign > 0, "c", "p")
        return get_all_greeks(flag, forward, strike, time, 0.03, vol, model="black", return_as="dict")

    return [Peer(f"py_vollib_vectorized {version('py_vollib_vectorized')}, 5 numbers", answer, 100_000)]


MAKERS = (vollib, quantlib, fast_vollib, py_vollib_vectorized)
