"""A hedge for a terminal: what to do, the band, when to ask again, what it costs, and why."""

from gexapi.v1 import hedge_pb2
from rich.console import Console
from rich.text import Text

from gex_cli.amounts import MISSING, instant, money, price, share, signed
from gex_cli.assumptions import assumption_lines, market_lines
from gex_cli.risk_tables import unpriced_lines
from gex_cli.terminal import print_lines, table

REASON_WORDS = {
    "inside_band": "the mishedge is inside the no-trade band",
    "outside_band": "the mishedge is outside the no-trade band",
    "delta_cap": "the mishedge was beyond the cap",
    "in_flight": "orders that are sent and not confirmed are counted as filled",
    "cap_until_fills": "beyond the cap if none of the orders in flight fills",
    "cap_below_lot": "whole contracts cannot keep the cap",
    "unexpressible": "it is less than half of the smallest order",
    "margin_limit": "the free margin limits it",
    "position_limit": "a position limit limits it",
    "order_limit": "an order limit limits it",
    "liquidation_limit": "more of it would be liquidated too near",
    "liquidation_near": "what is held is liquidated nearer than the policy allows",
    "cost_exceeds_value": "what the policy demands costs more than it is worth at its own risk aversion",
    "no_gamma": "the book is linear: only its target can move",
    "no_trigger_in_range": "no spot in the range searched leaves the band",
    "event_ahead": "an announced event narrows the band",
    "carry_tilt": "the centre of the band is shifted by carry",
    "default_risk_aversion": "the policy names no limit of risk: a risk aversion of 1e-6 per unit of currency is assumed",
    "directional": "more than the book's delta is hedged: a position",
    "out_of_asymptotics": "the closed form of the band is outside its range",
    "unpriced_positions": "some positions could not be priced and are in no sum",
    "approximate_positions": "some positions are valued without a premium for early exercise",
    "nothing_priced": "no position could be priced",
    "bad_number": "a price or a term is not a usable number",
    "stale_chain": "the chain is older than allowed",
    "stale_quote": "a quote of an instrument is older than allowed",
    "crossed_quote": "a quote of an instrument is crossed",
    "expired_instrument": "an instrument has expired",
    "no_price": "an instrument has no price",
    "no_instrument": "nothing may be traded on an underlying itself",
    "hedged_together": "several underlyings are hedged as one",
}
BOUND_WORDS = {
    "cost": "the cost of trading",
    "sd_budget": "the budget of residual risk",
    "cap": "the cap on delta",
    "lot": "the size of a contract",
    "poll": "the time between two looks",
    "margin": "the free margin",
    "explicit": "thresholds given",
    "clock": "the clock",
}
_LINES = ("fee", "spread", "impact", "ticket", "funding", "basis", "roll", "borrow")


def print_hedge(out: Console, plan: hedge_pb2.PlanHedgeResponse, rate: float | None = None) -> None:
    """Orders, band, triggers, costs and reasons of a plan."""
    market = plan.markets[0]
    lines = market_lines(market.underlying, market.spot, market.provenance, market.rejects, market.revision)
    out.print(Text(lines[0], style="bold"))
    print_lines(out, lines[1:], indent=0)
    out.print()
    currency = plan.costs.currency
    out.print(Text(decision(plan), style="bold"))
    for reason in plan.reasons:
        print_lines(out, [f"because {REASON_WORDS.get(reason, reason.replace('_', ' '))}"])
    for warning in plan.warnings:
        print_lines(out, [f"note: {warning}"])
    print_lines(out, unpriced_lines(plan.unpriced))
    out.print()
    if plan.orders:
        _print_orders(out, plan, currency)
    if len(plan.hedges) > 1:
        _print_underlyings(out, plan)
    else:
        _print_delta(out, plan)
        _print_triggers(out, plan)
    _print_costs(out, plan, currency)
    out.print(Text("Assumed", style="bold"))
    print_lines(out, [f"band: {plan.policy_model}; volatility for risk {share(plan.volatility)}"])
    print_lines(out, assumption_lines(market.provenance, [], rate))


def decision(plan: hedge_pb2.PlanHedgeResponse) -> str:
    """What to do, in one line: "SELL 3 ES, BUY 2 MES"."""
    if plan.action == "hold":
        return "HOLD: the input cannot be trusted; do nothing and look"
    if not plan.orders:
        return "DO NOTHING NOW"
    return ", ".join(
        f"{'BUY' if order.contracts > 0 else 'SELL'} {abs(order.contracts):,.10g} {order.instrument}"
        for order in plan.orders
    )


def _print_orders(out: Console, plan: hedge_pb2.PlanHedgeResponse, currency: str) -> None:
    orders = table(f"Orders (amounts in {currency})")
    for name in ("instrument", "contracts", "at about", "delta", "notional", "cost", "send as"):
        orders.add_column(name, justify="left" if name in ("instrument", "send as") else "right", no_wrap=True)
    for order in plan.orders:
        clips = f" in {len(order.clips)} clips" if len(order.clips) > 1 else ""
        orders.add_row(
            order.instrument,
            f"{order.contracts:+,.10g}",
            price(order.expected_price),
            f"{order.units:+,.2f}",
            money(order.notional, digits=2),
            money(order.costs.total),
            order.order_hint + clips,
        )
    out.print(orders)
    out.print()


def _print_delta(out: Console, plan: hedge_pb2.PlanHedgeResponse) -> None:
    delta = table("Delta, units of underlying")
    delta.show_header = False
    delta.add_column()
    delta.add_column(justify="right")
    rows = [
        ("book", signed(plan.book_delta)),
        ("hedges held", signed(plan.hedge_delta)),
        ("target", signed(plan.target_delta)),
        ("mishedge now", signed(plan.mishedge)),
        ("mishedge after the orders", signed(plan.residual_delta)),
        ("book gamma, per point", signed(plan.book_gamma, 4)),
    ]
    if plan.HasField("band"):
        band = plan.band
        rows.append(("no-trade band", f"{band.lower:+,.2f} to {band.upper:+,.2f}"))
        rows.append(("  lands on", f"{band.lower_target:+,.2f} or {band.upper_target:+,.2f}"))
        rows.append(("  bound by", BOUND_WORDS.get(band.bound_by, band.bound_by)))
    for name, value in rows:
        delta.add_row(name, value)
    out.print(delta)
    out.print()


def _print_underlyings(out: Console, plan: hedge_pb2.PlanHedgeResponse) -> None:
    """A row an underlying: what is held, what is left, its band and the spot prices on either side that leave it."""
    rows = table("By underlying, its units")
    for name in ("underlying", "book", "mishedge", "after", "band", "spot below", "spot above"):
        rows.add_column(name, justify="left" if name == "underlying" else "right", no_wrap=True)
    for hedge in plan.hedges:
        leaving = [trigger.price for trigger in hedge.triggers if trigger.direction == "leaving"]
        below = [value for value in leaving if value < hedge.spot]
        above = [value for value in leaving if value > hedge.spot]
        rows.add_row(
            hedge.underlying,
            signed(hedge.book_delta),
            signed(hedge.mishedge),
            signed(hedge.residual_delta),
            f"{hedge.band.lower:+,.4g} to {hedge.band.upper:+,.4g}" if hedge.HasField("band") else MISSING,
            price(below[-1]) if below else MISSING,
            price(above[0]) if above else MISSING,
        )
    out.print(rows)
    print_lines(out, ask_again_lines(plan), 0)
    out.print()


def _print_triggers(out: Console, plan: hedge_pb2.PlanHedgeResponse) -> None:
    if plan.triggers:
        shown = _distinct_prices(plan)
        triggers = table("Spot prices at which the repriced book crosses the band")
        for name in ("spot", "move", "", "mishedge", "then trade", "a day", "send as"):
            triggers.add_column(name, justify="left" if name in ("", "send as") else "right", no_wrap=True)
        for at in shown:
            triggers.add_column(f"{plan.instruments[at].instrument} at", justify="right", no_wrap=True)
        for trigger in plan.triggers:
            chance = trigger.probability_per_day if trigger.HasField("probability_per_day") else None
            triggers.add_row(
                price(trigger.price),
                f"{100.0 * (trigger.price / plan.spot - 1.0):+.2f} %",
                trigger.direction,
                f"{trigger.mishedge:+,.2f}",
                f"{trigger.order_units:+,.2f}",
                share(chance),
                trigger.order_hint,
                *[price(trigger.instrument_price[at]) for at in shown],
            )
        out.print(triggers)
        print_lines(out, ["a day: chance that spot gets there within one; trades in units of underlying"], 0)
    print_lines(out, ask_again_lines(plan), indent=0)
    out.print()


def _distinct_prices(plan: hedge_pb2.PlanHedgeResponse) -> list[int]:
    """Positions of the first instruments whose prices differ: ES and MES are one axis. Two at most."""
    first: dict[float, int] = {}
    for at, state in enumerate(plan.instruments):
        first.setdefault(state.price, at)
    return list(first.values())[:2]


def ask_again_lines(plan: hedge_pb2.PlanHedgeResponse) -> list[str]:
    """When to ask again besides the spot prices, in words."""
    lines = []
    if plan.HasField("trigger_time"):
        lines.append(f"Time alone leaves the band at {instant(plan.trigger_time.seconds)}.")
    moves = [
        f"{getattr(plan, name):+.2f} vol points"
        for name in ("trigger_vol_up", "trigger_vol_down")
        if plan.HasField(name)
    ]
    if moves:
        lines.append(f"Volatility leaves it by {' or '.join(moves)}.")
    if plan.HasField("valid_until"):
        why = plan.valid_until_reason.replace("_", " ")
        lines.append(f"Ask again by {instant(plan.valid_until.seconds)} at the latest ({why}).")
    return lines


def _print_costs(out: Console, plan: hedge_pb2.PlanHedgeResponse, currency: str) -> None:
    costs = plan.costs
    parts = [f"{name} {money(getattr(costs, name))}" for name in _LINES if getattr(costs, name)]
    breakdown = f" ({', '.join(parts)})" if parts else ""
    print_lines(out, [f"Expected cost {money(costs.total, currency)}{breakdown}"], 0)
    figures = [
        ("unhedged_standard_deviation_per_day", "risk without hedge, a day"),
        ("residual_standard_deviation_per_day", "with it"),
        ("expected_cost_per_day", "cost of going on, a day"),
    ]
    known = [
        f"{words} {money(getattr(plan, name), currency).lstrip('+')}" for name, words in figures if plan.HasField(name)
    ]
    if known:
        print_lines(out, [" · ".join(known)], 0)
    hedges = f"{plan.expected_hedges_per_day:.2f}" if plan.HasField("expected_hedges_per_day") else MISSING
    print_lines(out, [f"hedges expected a day {hedges}"], 0)
    out.print()
