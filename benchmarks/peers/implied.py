"""Implied volatilities of undiscounted prices: answer(price, forward, strike, time, sign) -> vols, NaN where it failed."""

from importlib.metadata import version

import numpy as np

from benchmarks.peers import Peer


def vollib() -> list[Peer]:
    from vollib.black.implied_volatility import implied_volatility

    def answer(price, forward, strike, time, sign):
        found = np.full(len(price), np.nan)
        for i in range(len(price)):
            try:
                flag = "c" if sign[i] > 0 else "p"
                found[i] = implied_volatility(price[i], forward[i], strike[i], 0.0, time[i], flag)
            except Exception:  # its failures are exceptions of several trees
                continue
        return found

    return [Peer(f"vollib {version('vollib')}", answer, 2_000)]


def quantlib() -> list[Peer]:
    import QuantLib as ql  # noqa: N813

    def answer(price, forward, strike, time, sign):
        found = np.full(len(price), np.nan)
        for i in range(len(price)):
            kind = ql.Option.Call if sign[i] > 0 else ql.Option.Put
            try:
                stdev = ql.blackFormulaImpliedStdDev(
                    kind, strike[i], forward[i], price[i], 1.0, 0.0, ql.nullDouble(), 1e-14, 200
                )
                found[i] = stdev / np.sqrt(time[i])
            except RuntimeError:
                continue
        return found

    return [Peer(f"QuantLib {ql.__version__}", answer, 20_000)]


def fast_vollib() -> list[Peer]:
    import fast_vollib as library

    def by_default(price, forward, strike, time, sign):
        flag = np.where(sign > 0, "c", "p")
        zero = np.zeros(len(price))
        with np.errstate(all="ignore"):
            return library.fast_implied_volatility_black(
                price, forward, strike, zero, time, flag, return_as="numpy", on_error="ignore", backend="numpy"
            )

    def by_jackel(price, forward, strike, time, sign):
        with np.errstate(all="ignore"):
            return library.jackel.jackel_iv_black(price, forward, strike, time, sign > 0)

    name = f"fast_vollib {version('fast_vollib')}"
    return [Peer(f"{name}, numpy", by_default, 100_000), Peer(f"{name}, jackel", by_jackel, 100_000)]


def py_vollib_vectorized() -> list[Peer]:
    from py_vollib_vectorized import vectorized_implied_volatility_black

    def answer(price, forward, strike, time, sign):
        flag = np.where(sign > 0, "c", "p")
        with np.errstate(all="ignore"):
            return vectorized_implied_volatility_black(
                price, forward, strike, 0.0, time, flag, return_as="numpy", on_error="ignore"
            )

    return [Peer(f"py_vollib_vectorized {version('py_vollib_vectorized')}", answer, 100_000)]


def financepy() -> list[Peer]:
    from financepy.models.black import implied_volatility
    from financepy.utils.global_types import OptionTypes

    def answer(price, forward, strike, time, sign):
        found = np.full(len(price), np.nan)
        for i in range(len(price)):
            kind = OptionTypes.EUROPEAN_CALL if sign[i] > 0 else OptionTypes.EUROPEAN_PUT
            try:
                found[i] = implied_volatility(forward[i], time[i], 0.0, strike[i], price[i], kind)
            except Exception:  # its own errors, and those of its root finders
                continue
        return found

    return [Peer(f"financepy {version('financepy')}", answer, 300)]


MAKERS = (vollib, quantlib, fast_vollib, py_vollib_vectorized, financepy)
