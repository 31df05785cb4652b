"""The learned band against the closed form and the optimum, on paths of its own market and of two others."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.markdown import table
from gex.backtest.learned import LearnSettings, judge_band, train_band
from gex.backtest.oracle import optimal_hedge
from gex.backtest.processes import MarketProcess, TimeGrid, VolatilityKind
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal, summarise
from gex.errors import InputError

GAMMA, DAY, STEPS, COST, VOL = 10.0, 1.0 / 365.0, 28, 1e-3, 0.2


def market() -> Simulation:
    """The public benchmark's call, as a martingale."""
    return Simulation(
        process=MarketProcess(vol=VOL),
        grid=TimeGrid.even(STEPS * DAY, STEPS),
        book=(SimulatedOption(strike=1.0, right=1, units=-1.0, vol=VOL, expiry_step=STEPS),),
        execution=Execution(half_spread=COST, terminal=Terminal.KEEP),
        spot=1.0,
        seed=17,
    )


def learned() -> Iterator[str]:
    """Training, the judgement in and out of its model, and the verdict."""
    settings = LearnSettings()
    plain = market()
    started = time.process_time()
    try:
        band = train_band(plain, GAMMA, settings)
    except InputError as error:
        yield f"Not trained on this machine: {error}."
        yield ""
        return
    spent = time.process_time() - started
    jumps = replace(plain.process, vol=math.sqrt(VOL**2 - 20.0 * 0.02**2), jump_rate=20.0, jump_sd=0.02)
    heston = replace(
        plain.process,
        kind=VolatilityKind.HESTON,
        mean_reversion=5.0,
        long_variance=VOL**2,
        vol_of_variance=0.6,
        correlation=-0.7,
    )
    best = optimal_hedge(risk_aversion=GAMMA, cost=COST, vol=VOL, step_years=DAY, step_count=STEPS)
    rows, verdicts = [], []
    for name, process in (("its own (σ 20 %)", plain.process), ("20 jumps a year of 2 %", jumps), ("Heston", heston)):
        simulation = replace(plain, process=process)
        found = judge_band(simulation, band, GAMMA)
        fresh = replace(simulation, seed=found.seed)
        optimum = (
            summarise(fresh, best.rule(-1.0, 1.0), found.path_count, risk_aversion=GAMMA).certainty_cost or math.nan
        )
        gap = found.rival_cost - optimum
        gain = found.gain
        verdicts.append(found.is_accepted)
        rows.append(
            [
                name,
                f"{1e6 * found.rival_cost:.1f} ({found.rival})",
                f"{1e6 * found.learned_cost:.1f}",
                f"{1e6 * optimum:.1f}",
                f"{1e6 * gain.value:.1f} [{1e6 * gain.low:.1f}, {1e6 * gain.high:.1f}]",
                f"{gain.value / gap:.0%}" if gap > 0.0 else "–",
                "accepted" if found.is_accepted else "refused",
            ]
        )
    yield (
        f"A network of two layers of {settings.hidden} states two edges, each the closed form's times a factor in [¼, 4]; "
        f"{settings.epochs} epochs of {settings.paths:,} new paths, seed {settings.seed}, {spent:.0f} s of CPU; the public "
        f"benchmark's call ({STEPS} daily steps, σ {VOL:.0%}, {1e4 * COST:g} bp) at γ = {GAMMA:g}. Judged on "
        f"{settings.judged_paths:,} paths of another seed against the best of (a, b) as it is, corrected for polling "
        "and in a table; certainty costs in millionths of spot, paired interval:"
    )
    yield ""
    head = [
        "market",
        "(a, b)",
        "learned",
        "the model's optimum",
        "gain over (a, b) [95 %]",
        "of the gap to the optimum",
        "",
    ]
    yield from table(head, rows)
    own = "beats (a, b) out of sample" if verdicts[0] else "does not beat (a, b) out of sample with its interval"
    other = sum(verdicts[1:])
    yield (
        f"On the market it was trained on it {own}; on {other} of the two others it does. `gex backtest` with a table "
        "[learn] shows it beside the rules only where it is accepted, and says so where it is not. The programme has "
        "the whole gap in a second: a network is worth its training only where there is no programme."
    )
    yield ""
