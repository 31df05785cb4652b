"""A hedge as a picture: the mishedge of the repriced book across spot, the no-trade band, and the triggers."""

from pathlib import Path

import numpy as np
from gexapi.v1 import hedge_pb2, risk_pb2
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gex_cli.amounts import instant, price
from gex_cli.hedge_tables import decision
from gex_cli.picture import INK, NEGATIVE, POSITIVE, check_format, plain, save

NODES = 161
_LEAST, _MOST = 0.02, 0.2  # of spot to either side


def moves_of(plan: hedge_pb2.PlanHedgeResponse) -> np.ndarray:
    """Relative moves of spot in the picture, past the next trigger on each side, 2 to 20 %; shape (161,), with 0."""
    ends = [trigger.price / plan.spot - 1.0 for trigger in plan.triggers]
    sides = ([end for end in ends if end > 0.0], [-end for end in ends if end <= 0.0])
    span = min(max([_LEAST, *(1.4 * min(side) for side in sides if side)]), _MOST)
    return np.asarray(np.linspace(-span, span, NODES), np.float64)


def scenarios_of(request: hedge_pb2.PlanHedgeRequest, moves: np.ndarray) -> risk_pb2.ComputeScenariosRequest:
    """The book of a hedge at these spots, under the smile dynamics of its policy."""
    asked = risk_pb2.ComputeScenariosRequest(book=request.book, chains=request.chains)
    asked.settings.analysis.CopyFrom(request.analysis)
    asked.settings.smile_dynamics.CopyFrom(request.policy.smile_dynamics)
    asked.spot_move.extend(moves.tolist())
    return asked


def mishedge_across(plan: hedge_pb2.PlanHedgeResponse, scenarios: risk_pb2.ComputeScenariosResponse) -> np.ndarray:
    """Mishedge at each spot before the orders, units: today's, moved as the delta of the book moves.

    Hedges that are held keep their delta: futures have next to no gamma.
    """
    delta, moves = np.asarray(scenarios.delta), np.asarray(scenarios.spot_move)
    return np.asarray(plan.mishedge + delta - np.interp(0.0, moves, delta), np.float64)


def draw_hedge(plan: hedge_pb2.PlanHedgeResponse, scenarios: risk_pb2.ComputeScenariosResponse, path: Path) -> None:
    """Draw the mishedge before and after the orders, band and triggers into a file.

    Raises InputError for a file name that is no picture, and MissingDataError where the plan is a hold without a band.
    """
    from gex.errors import MissingDataError

    check_format(path)
    if not plan.HasField("band"):
        raise MissingDataError("--png: a hold has no band to draw; the reasons are in the answer")
    spot = plan.spot * (1.0 + np.asarray(scenarios.spot_move))
    before = mishedge_across(plan, scenarios)
    after = before - plan.mishedge + plan.residual_delta
    band = plan.band
    figure = Figure(figsize=(11.0, 6.5), layout="constrained")
    axes = figure.subplots()
    market = plan.markets[0]
    title = f"{market.underlying} {price(plan.spot)} · {instant(plan.as_of.seconds, plan.as_of.nanos)} · "
    figure.suptitle(title + decision(plan), x=0.01, ha="left", fontweight="bold")
    axes.axhspan(band.lower, band.upper, color=POSITIVE, alpha=0.12, lw=0.0, label="no-trade band")
    for edge, words, shift in ((band.upper, "upper edge", 4), (band.lower, "lower edge", -12)):
        axes.axhline(edge, color=POSITIVE, lw=0.8)
        place = (spot[-1], edge)
        axes.annotate(f"{words} {edge:+,.1f}", place, (-4, shift), textcoords="offset points", fontsize=9, ha="right")
    if plan.orders:
        axes.plot(spot, before, color=NEGATIVE, lw=1.4, ls="--", label="mishedge now")
        axes.plot(plan.spot, plan.mishedge, "o", color=NEGATIVE, ms=6)
    axes.plot(spot, after, color=INK, lw=1.8, label="after the orders" if plan.orders else "mishedge")
    axes.plot(plan.spot, plan.residual_delta, "o", color=INK, ms=6)
    for trigger in plan.triggers:
        if not spot[0] <= trigger.price <= spot[-1]:
            continue
        leaves = trigger.direction == "leaving"
        axes.plot(trigger.price, trigger.mishedge, "D", color=NEGATIVE if leaves else POSITIVE, ms=6)
        words = f"{'leaves' if leaves else 'returns'} {price(trigger.price)}"
        if leaves:
            words += f"\nthen trade {trigger.order_units:+,.1f}"
        right = trigger.price < plan.spot
        axes.annotate(
            words,
            (trigger.price, trigger.mishedge),
            (8 if right else -8, -26 if trigger.mishedge < 0.0 else 12),
            textcoords="offset points",
            fontsize=9,
            ha="left" if right else "right",
        )
    axes.axvline(plan.spot, color=INK, lw=0.8, ls=":")
    axes.annotate("spot", (plan.spot, 1.0), (3, -10), xycoords=("data", "axes fraction"), textcoords="offset points")
    axes.margins(x=0.0)
    _limits(axes, band, before, after)
    axes.set_title("Delta of book and hedges less the target if spot were elsewhere, repriced", loc="left", fontsize=11)
    axes.set_ylabel("units of underlying")
    axes.set_xlabel("spot")
    axes.legend(frameon=False, fontsize=9)
    plain(axes)
    save(figure, path)


def _limits(axes: Axes, band: hedge_pb2.HedgeBand, before: np.ndarray, after: np.ndarray) -> None:
    """The band with room for its words, however narrow or wide it is beside the curves."""
    low = min(band.lower, float(np.nanmin(after)), float(np.nanmin(before)))
    high = max(band.upper, float(np.nanmax(after)), float(np.nanmax(before)))
    room = 0.1 * (high - low)
    axes.set_ylim(low - room, high + room)
