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


def financepy() -> list[Peer]:
    from financepy.models.black import Black
    from financepy.utils.global_types import OptionTypes

    def answer(forward, strike, time, vol, sign):
        rows = []
        for i in range(len(forward)):
            kind = OptionTypes.EUROPEAN_CALL if sign[i] > 0 else OptionTypes.EUROPEAN_PUT
            model, at = Black(vol[i]), (forward[i], strike[i], time[i], np.exp(-0.03 * time[i]), kind)
            rows.append((model.delta(*at), model.gamma(*at), model.vega(*at), model.theta(*at)))
        return rows

    return [Peer(f"financepy {version('financepy')}, 4 numbers", answer, 1_000)]


MAKERS = (vollib, quantlib, fast_vollib, py_vollib_vectorized, financepy)


def deltas(answer) -> np.ndarray:
    """The forward deltas in an answer of any of them; QuantLib's are those of a discount factor of 0.97."""
    if isinstance(answer, dict):
        return np.asarray(answer["delta"], float).ravel()
    rows = np.asarray(answer, float)
    return rows[:, 1] if rows.shape[1] == 6 else rows[:, 0]
