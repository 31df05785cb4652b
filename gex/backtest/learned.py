"""A no-transaction-band network: the (a, b) band times what a small network learned on simulated paths (extra `learn`).

Imaki, Imajo, Ito, Minami & Nakagawa (2021), arXiv 2103.01775: a network that states two edges, between which the hedge is
left alone. Here each edge is the closed form's times a factor in [¼, 4], so that an untrained network is the closed form
and a trained one cannot leave band logic. What comes out is a table of edges: the same rule as the dynamic programme's.
"""

import importlib
import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from gex.backtest.outcomes import PathOutcomes
from gex.backtest.processes import VolatilityKind, sample_markets
from gex.backtest.resampling import Estimate
from gex.backtest.rules import HedgeRule, NoTradeTable, Rule
from gex.backtest.simulation import Simulation, Terminal, hedge
from gex.columns import Floats, Ints
from gex.errors import InputError

LEARNED = "learned band"
_NODES, _REACH = 241, 6.0  # of the table over ln spot, in sd of the whole life
_WIDEST = math.log(4.0)


@dataclass(frozen=True, kw_only=True)
class LearnSettings:
    """How the network is trained, and how it is judged: on other paths, whose seed is another."""

    epochs: int = 200  # 0: the closed form itself, in a table
    paths: int = 4096  # an epoch, drawn anew each time
    hidden: int = 24  # width of the two layers
    learning_rate: float = 1e-2
    seed: int = 1
    judged_paths: int = 100_000

    def __post_init__(self) -> None:
        counts = (self.epochs + 1, self.paths, self.hidden, self.judged_paths)
        if min(counts) < 1 or not self.learning_rate > 0.0:
            raise InputError(f"learn: expected positive settings, got {self}")


@dataclass(frozen=True, kw_only=True)
class LearnedBand:
    """A trained network as a rule, and how its training went."""

    rule: HedgeRule = field(repr=False)
    untrained: HedgeRule = field(repr=False)  # (a, b) in a table of the same nodes
    settings: LearnSettings
    losses: tuple[float, ...]  # certainty cost of each epoch's own paths


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The learned band against the best of the closed forms, on paths neither was fitted to.

    `gain` is the certainty cost of (a, b) less that of the network: accepted only where its interval lies above 0.
    """

    rival: str
    rival_cost: float
    learned_cost: float
    gain: Estimate
    path_count: int
    seed: int

    @property
    def is_accepted(self) -> bool:
        """True where the network beat (a, b) out of sample with its interval."""
        return bool(self.gain.low > 0.0)


def why_not_learned(simulation: Simulation) -> str:
    """Why the network is not trained for a simulation; empty where it is: one short call and proportional costs."""
    book, execution, grid = simulation.book, simulation.execution, simulation.grid
    steps = np.diff(grid.time)
    checks = (
        (len(book) == 1 and book[0].right == 1 and book[0].units < 0.0, "the book is not one short call"),
        (book[0].expiry_step == grid.step_count and not book[0].averaged_steps, "it does not settle on the last step"),
        (not (execution.impact or execution.ticket or execution.lot), "costs are not proportional"),
        (execution.cost_rate > 0.0, "trading is free"),
        (execution.latency_steps == 0 and math.isinf(execution.depth), "orders do not fill at once and whole"),
        (bool(np.allclose(steps, steps[0])) and bool((grid.can_trade == 1.0).all()), "the steps are not even and open"),
        (
            simulation.process.basis_sd == 0.0 and simulation.process.funding_mean == 0.0,
            "the hedge has a basis or carry",
        ),
    )
    return next((reason for is_met, reason in checks if not is_met), "")


def train_band(simulation: Simulation, risk_aversion: float, settings: LearnSettings | None = None) -> LearnedBand:
    """Train on paths of the simulation's own process to the least certainty cost (1/γ) log E exp(−γ·profit).

    Paths come from this project's generator with seeds that no judgement uses. InputError without PyTorch, or where
    `why_not_learned` has a reason.
    """
    torch = _torch()
    asked = settings or LearnSettings()
    why = why_not_learned(simulation)
    if why:
        raise InputError(f"learn: no band network for this simulation: {why}")
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)  # the same sums in the same order on any machine
    net = torch.nn.Sequential(
        torch.nn.Linear(3, asked.hidden),
        torch.nn.Tanh(),
        torch.nn.Linear(asked.hidden, asked.hidden),
        torch.nn.Tanh(),
        torch.nn.Linear(asked.hidden, 2),
    ).double()
    torch.nn.init.zeros_(net[4].weight)
    torch.nn.init.zeros_(net[4].bias)
    untrained = replace(_tabulated(torch, net, simulation, risk_aversion), label="(a, b) in a table")
    optimiser = torch.optim.Adam(net.parameters(), lr=asked.learning_rate)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(asked.epochs, 1))
    losses = []
    for epoch in range(asked.epochs):
        spot = sample_markets(
            simulation.process,
            simulation.grid,
            spot=simulation.spot,
            path_count=asked.paths,
            seed=2**40 + asked.seed,
            first_path=epoch * asked.paths,
            is_antithetic=True,
        ).spot
        loss = _certainty_cost(torch, net, simulation, risk_aversion, spot)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
        losses.append(float(loss.detach()))
    return LearnedBand(
        rule=_tabulated(torch, net, simulation, risk_aversion),
        untrained=untrained,
        settings=asked,
        losses=tuple(losses),
    )


def judge_band(simulation: Simulation, band: LearnedBand, risk_aversion: float) -> Judgement:
    """Walk the learned band and (a, b) on new common paths: as it is, corrected for polling, and in a table like its own.

    The table is a rival of its own, so that what straight lines between nodes do is not taken for learning.
    """
    count, seed = band.settings.judged_paths, simulation.seed + 7_919
    fresh = replace(simulation, seed=seed, wants_marks=False)
    step = float(simulation.grid.time[1] - simulation.grid.time[0])
    rivals = {
        "(a, b)": HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=risk_aversion),
        "(a, b), corrected for polling": HedgeRule(
            rule=Rule.COST_OPTIMAL, risk_aversion=risk_aversion, poll_interval=step
        ),
        band.untrained.name: band.untrained,
    }
    weights = {name: _weights(hedge(fresh, rule, count), risk_aversion) for name, rule in rivals.items()}
    rival = min(weights, key=lambda name: float(weights[name].mean()))
    ours = _weights(hedge(fresh, band.rule, count), risk_aversion)
    costs = [math.log(float(one.mean())) / risk_aversion for one in (weights[rival], ours)]
    # Delta method on paired paths: log of a ratio of two means.
    ratio = weights[rival] / weights[rival].mean() - ours / ours.mean()
    error = float(ratio.std()) / math.sqrt(count) / risk_aversion
    gain = costs[0] - costs[1]
    return Judgement(
        rival=rival,
        rival_cost=costs[0],
        learned_cost=costs[1],
        gain=Estimate(value=gain, low=gain - 1.96 * error, high=gain + 1.96 * error, block_count=count),
        path_count=count,
        seed=seed,
    )


def _weights(outcomes: PathOutcomes, risk_aversion: float) -> Floats:
    found: Floats = np.exp(-risk_aversion * outcomes.net_profit)
    return found


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise InputError("learn: needs PyTorch, the extra `learn`: pip install 'gex[learn]'") from error


def _features(simulation: Simulation, log_spot: Floats, step: Ints) -> tuple[Floats, Floats, Floats]:
    """(inputs, delta a unit, half-width of (a, b) a unit without γ and λ) at pairs of ln spot and step."""
    option, grid = simulation.book[0], simulation.grid
    left = np.maximum(grid.time[-1] - grid.time[step], 1e-12)
    stdev = option.vol * np.sqrt(left)
    money = (log_spot - math.log(option.strike)) / stdev
    d1 = money + 0.5 * stdev
    gamma = np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) / (np.exp(log_spot) * stdev)
    whole = option.vol * math.sqrt(float(grid.time[-1]))
    inputs = np.stack([np.clip(money, -6.0, 6.0) / 3.0, stdev / whole, np.log(stdev / whole)], axis=-1)
    return inputs, ndtr(d1), np.cbrt(1.5 * np.exp(log_spot) * gamma * gamma)


def _edges(torch: Any, net: Any, simulation: Simulation, risk_aversion: float, log_spot: Floats, step: Ints) -> Any:
    """(lower, upper) of the hedge, units, as tensors."""
    size = -simulation.book[0].units
    inputs, delta, width = _features(simulation, log_spot, step)
    factor = torch.exp(_WIDEST * torch.tanh(net(torch.from_numpy(inputs))))
    # The half-width of `size` options is (3λS·size²Γ²/2γ)^⅓.
    half = torch.from_numpy(width * np.cbrt(simulation.execution.cost_rate * size * size / risk_aversion))
    middle = torch.from_numpy(delta * size)
    return middle - half * factor[..., 0], middle + half * factor[..., 1]


def _certainty_cost(torch: Any, net: Any, simulation: Simulation, risk_aversion: float, spot: Floats) -> Any:
    """Of the edges on these paths, as the kernel reckons: opened from nothing unless it starts hedged, closed as stated."""
    execution, option = simulation.execution, simulation.book[0]
    count = simulation.grid.step_count
    steps = np.broadcast_to(np.arange(count, dtype=np.int64), spot[:, :-1].shape)
    lower, upper = _edges(torch, net, simulation, risk_aversion, np.log(spot[:, :-1]), steps)
    price = torch.from_numpy(spot)
    rate = execution.cost_rate
    held = torch.zeros(len(spot), dtype=torch.float64)
    if execution.starts_hedged:
        held = torch.from_numpy(_features(simulation, np.log(spot[:, 0]), steps[:, 0])[1] * -option.units)
    profit = option.units * torch.clamp(price[:, -1] - option.strike, min=0.0)
    gained = torch.zeros_like(held)
    for step in range(count):
        wanted = torch.minimum(torch.maximum(held, lower[:, step]), upper[:, step])
        is_free = step == 0 and execution.first_is_free
        profit = profit - (0.0 if is_free else rate) * price[:, step] * torch.abs(wanted - held)
        gained = gained + wanted * (price[:, step + 1] - price[:, step])
        held = wanted
    if execution.terminal is not Terminal.KEEP:
        last = rate if execution.terminal is Terminal.UNWIND else execution.fee
        profit = profit - last * price[:, -1] * torch.abs(held)
    profit = profit + gained - option.units * _value(simulation)
    cost = (torch.logsumexp(-risk_aversion * profit, 0) - math.log(len(spot))) / risk_aversion
    # What the hedge gains on a martingale is nothing on average, whatever the edges: taken out, its noise goes with it.
    return cost + gained.mean() if simulation.process.drift == 0.0 else cost


def _value(simulation: Simulation) -> float:
    """Black–Scholes' value of the call at the start, what the kernel's profit is measured from."""
    option = simulation.book[0]
    vol = option.vol if option.mark_vol is None else option.mark_vol
    stdev = vol * math.sqrt(float(simulation.grid.time[-1]))
    d1 = math.log(simulation.spot / option.strike) / stdev + 0.5 * stdev
    return float(simulation.spot * ndtr(d1) - option.strike * ndtr(d1 - stdev))


def _tabulated(torch: Any, net: Any, simulation: Simulation, risk_aversion: float) -> HedgeRule:
    count = simulation.grid.step_count
    vol = simulation.process.vol
    if simulation.process.kind is not VolatilityKind.CONSTANT or simulation.process.jump_rate:
        vol = 2.0 * vol  # a wider table where moves are larger
    reach = _REACH * vol * math.sqrt(float(simulation.grid.time[-1]))
    log_spot = math.log(simulation.spot) + np.linspace(-reach, reach, _NODES)
    steps, nodes = np.meshgrid(np.arange(count, dtype=np.int64), log_spot, indexing="ij")
    with torch.no_grad():
        lower, upper = (edge.numpy() for edge in _edges(torch, net, simulation, risk_aversion, nodes, steps))
    last = np.zeros((1, _NODES))
    return HedgeRule(
        rule=Rule.TABULATED,
        label=LEARNED,
        table=NoTradeTable(
            lower=np.concatenate([lower, last]),
            upper=np.concatenate([upper, last]),
            first=float(log_spot[0]),
            distance=float(log_spot[1] - log_spot[0]),
        ),
    )
