"""Hedging simulations of other libraries: answer(path_count, step_count) -> profits of a short call under a band."""

import math
from importlib.metadata import version

import numpy as np

from benchmarks.peers import Peer

SPOT, VOL, YEARS, COST, AVERSION = 100.0, 0.3, 0.25, 1e-3, 1.0


def pfhedge() -> list[Peer]:
    """Whalley–Wilmott's module as its documentation hedges with it, on one thread of the CPU."""
    import torch
    from pfhedge.instruments import BrownianStock, EuropeanOption
    from pfhedge.nn import Hedger, WhalleyWilmott

    torch.set_num_threads(1)

    def answer(path_count, step_count):
        torch.manual_seed(7)
        stock = BrownianStock(sigma=VOL, cost=COST, dt=YEARS / step_count)
        call = EuropeanOption(stock, maturity=YEARS)
        model = WhalleyWilmott(call, a=AVERSION * SPOT)  # its spot is 1
        with torch.no_grad():
            call.simulate(n_paths=path_count)
            return Hedger(model, model.inputs()).compute_pl(call, hedge=[stock]).numpy()

    return [
        Peer(f"pfhedge {version('pfhedge')}, Whalley–Wilmott, torch {torch.__version__} on one thread", answer, 50_000)
    ]


def numpy_whole_array() -> list[Peer]:
    """The same band written the usual way: one numpy expression a step over all paths."""
    from scipy.special import ndtr

    def answer(path_count, step_count):
        draw = np.random.default_rng(7)
        step = YEARS / step_count
        spot = np.full(path_count, SPOT)
        profit, held = np.zeros(path_count), None
        for place in range(step_count):
            left = YEARS - place * step
            stdev = VOL * math.sqrt(left)
            d1 = np.log(spot / SPOT) / stdev + 0.5 * stdev
            delta = ndtr(d1)
            gamma = np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) / (spot * stdev)
            half = np.cbrt(1.5 * COST * spot * gamma * gamma / AVERSION)
            if held is None:
                held = delta.copy()
            else:
                wanted = np.clip(held, delta - half, delta + half)
                profit -= COST * spot * np.abs(wanted - held)
                held = wanted
            moved = spot * np.exp(VOL * math.sqrt(step) * draw.standard_normal(path_count) - 0.5 * VOL * VOL * step)
            profit += held * (moved - spot)
            spot = moved
        return profit - np.maximum(spot - SPOT, 0.0)

    return [Peer(f"numpy {np.__version__}, an expression a step", answer, 50_000)]


MAKERS = (pfhedge, numpy_whole_array)
