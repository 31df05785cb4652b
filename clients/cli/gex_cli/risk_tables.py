"""The risk of a book for a terminal: sums, positions, and profit elsewhere."""

from collections.abc import Iterable

import numpy as np
from gexapi.v1 import common_pb2, risk_pb2
from rich.console import Console
from rich.text import Text

from gex_cli.amounts import MISSING, money, price, scale_of, strike
from gex_cli.assumptions import assumption_lines, market_lines
from gex_cli.terminal import print_lines, table

LISTED = 40  # positions that are written out
_DAY = 86_400.0  # seconds


def unpriced_lines(unpriced: Iterable[risk_pb2.UnpricedPosition]) -> list[str]:
    """Each position that is in no sum with its reason, and what to do about it."""
    positions = list(unpriced)
    lines = [f"not priced: {one.message or one.position_id} ({one.reason})" for one in positions]
    if any(one.reason.startswith("unknown_") for one in positions):
        lines.append(
            "the chain does not list these: gex vols FILE prints its expiries, --expiry DATE the strikes of one"
        )
    return lines


def print_risk(
    out: Console, request: risk_pb2.ComputeRiskRequest, response: risk_pb2.ComputeRiskResponse, rate: float | None
) -> None:
    """Markets, sums by underlying, account, expiry and term, positions, and what was assumed."""
    for market in response.markets:
        lines = market_lines(market.underlying, market.spot, market.provenance, market.rejects, market.revision)
        out.print(Text(lines[0], style="bold"))
        print_lines(out, lines[1:], indent=0)
    out.print()
    total = response.totals[0]
    if total.position_count:
        _print_total(out, total, len(response.unpriced))
    else:  # sums of nothing are not 0
        out.print(Text("No position of the book could be priced", style="bold"))
    print_lines(out, unpriced_lines(response.unpriced))
    out.print()
    for group in ("underlying", "account", "expiry"):
        _print_group(out, response, group, total.currency)
    _print_buckets(out, response.buckets)
    if response.HasField("beta_weighted"):
        _print_beta(out, request, response.beta_weighted)
    _print_positions(out, request, response)
    out.print(Text("Assumed", style="bold"))
    for market in response.markets:
        name = f"{market.underlying}: " if len(response.markets) > 1 else ""
        print_lines(out, [name + line for line in assumption_lines(market.provenance, [], rate)])
    if request.settings.exchange_rate:
        rates = ", ".join(f"{name} {rate:g}" for name, rate in sorted(request.settings.exchange_rate.items()))
        print_lines(out, [f"exchange rates to {total.currency}: {rates}"])


def _print_total(out: Console, total: risk_pb2.RiskTotal, unpriced: int) -> None:
    count = f"{total.position_count} of {total.position_count + unpriced}" if unpriced else str(total.position_count)
    sums = table(f"Book, {count} positions, amounts in {total.currency}")
    sums.show_header = False
    sums.add_column()
    sums.add_column(justify="right")

    def units(name: str, digits: int) -> str:
        return f"{getattr(total, name):+,.{digits}f}" if total.HasField(name) else MISSING

    rows = [
        ("value", money(total.value)),
        ("delta, units of underlying", units("delta", 2)),
        ("delta", money(total.delta_notional)),
        ("gamma, units per point", units("gamma", 4)),
        ("gamma, per 1 %", money(total.gamma_per_percent)),
        ("vega, per vol point", money(total.vega_per_vol_point)),
        ("theta, per day", money(total.theta_per_day)),
        ("rho, per basis point", money(total.rho_per_bp)),
        ("vanna, delta per vol point", money(total.vanna_per_vol_point)),
        ("charm, delta per day", money(total.charm_per_day)),
        ("volga, vega per vol point", money(total.volga_per_vol_point)),
    ]
    for coin, amount in sorted(total.coin_deltas.items()):
        rows.append((f"delta net of the premium, {coin}", f"{amount:+,.4f}"))
    for coin, amount in sorted(total.coin_values.items()):
        rows.append((f"value, {coin}", f"{amount:+,.4f}"))
    if total.HasField("profit"):
        rows.append(("profit since what was paid", money(total.profit)))
    if total.approximate_count:
        rows.append(("valued without early exercise", f"{total.approximate_count} positions"))
    for name, value in rows:
        sums.add_row(name, value)
    out.print(sums)


def _print_group(out: Console, response: risk_pb2.ComputeRiskResponse, group: str, currency: str) -> None:
    parts = [total for total in response.totals if total.group == group]
    if len(parts) < 2 and group != "account":
        return
    if not parts:
        return
    sums = table(f"By {group}, {currency}")
    for name in (group, "value", "delta", "gamma/1 %", "vega", "theta/d"):
        sums.add_column(name, justify="left" if name == group else "right", no_wrap=True)
    for part in parts:
        amounts = (part.value, part.delta_notional, part.gamma_per_percent, part.vega_per_vol_point, part.theta_per_day)
        sums.add_row(part.name or "(none)", *[money(amount, digits=2) for amount in amounts])
    out.print(sums)
    out.print()


def _print_buckets(out: Console, buckets: risk_pb2.TermBuckets) -> None:
    columns = (buckets.vega_per_vol_point, buckets.theta_per_day, buckets.gamma_per_percent)
    held = [i for i in range(len(buckets.days)) if any(column[i] != 0.0 for column in columns)]
    if not held:
        return
    sums = table(f"By term, {buckets.currency}")
    for name in ("days to expiry", "vega", "theta/d", "gamma/1 %"):
        sums.add_column(name, justify="left" if name == "days to expiry" else "right", no_wrap=True)
    for i in held:
        last, before = buckets.days[i], buckets.days[i - 1] if i else 0.0
        name = f"over {before:g}" if np.isinf(last) else f"up to {last:g}" if i == 0 else f"{before:g} to {last:g}"
        sums.add_row(name, *[money(column[i], digits=2) for column in columns])
    out.print(sums)
    out.print()


def _print_beta(out: Console, request: risk_pb2.ComputeRiskRequest, weighted: risk_pb2.BetaWeighted) -> None:
    """Delta in units of the reference with the error that the betas leave."""
    used = ", ".join(f"{name} {beta:g}" for name, beta in sorted(request.settings.beta.items()))
    text = f"As if all were {weighted.reference}: delta {weighted.delta:+,.2f} units"
    if weighted.standard_error:
        text += f", give or take {1.96 * weighted.standard_error:,.2f} (95 %)"
    print_lines(out, [text, f"betas {used}"], 0)
    if weighted.without_beta:
        print_lines(out, [f"in no figure here, for want of a beta: {', '.join(weighted.without_beta)}"], 0)
    out.print()


def _print_positions(
    out: Console, request: risk_pb2.ComputeRiskRequest, response: risk_pb2.ComputeRiskResponse
) -> None:
    options, book, risk = request.book.options, request.book, response.positions
    positions = table("Positions")
    for name in ("option", "contracts", "price", "vol %", "delta", "gamma", "vega", "theta"):
        positions.add_column(
            name, justify="left" if name == "option" else "right", no_wrap=name == "option", overflow="fold"
        )
    for row in range(min(len(options.strike), LISTED)):
        expiry = book.expiries[options.expiry_index[row]]
        right = "C" if options.right[row] == common_pb2.RIGHT_CALL else "P"
        positions.add_row(
            f"{expiry.root} {expiry.expiry[2:].replace('-', '')} {strike(options.strike[row])} {right}",
            f"{options.contract_count[row]:+,.10g}",
            price(risk.price[row]),
            _number(100.0 * risk.vol[row], 1, sign=""),
            _number(risk.delta[row], 1),
            _number(risk.gamma[row], 2),
            money(risk.vega_per_vol_point[row], digits=1),
            money(risk.theta_per_day[row], digits=1),
        )
    for line, held in zip(response.linear, book.linear, strict=True):
        positions.add_row(
            line.symbol, f"{held.contract_count:+,.10g}", price(line.price), "", _number(line.delta, 1), "", "", ""
        )
    out.print(positions)
    if len(options.strike) > LISTED:
        print_lines(out, [f"{len(options.strike) - LISTED:,} options more (all with --json)"], 0)
    print_lines(out, ["delta and gamma in units of underlying, times contracts and multiplier; theta a day"], 0)
    out.print()


def print_scenarios_alone(
    out: Console,
    request: risk_pb2.ComputeScenariosRequest,
    response: risk_pb2.ComputeScenariosResponse,
    rate: float | None,
) -> None:
    """Market, scenarios, what has no price, and what was assumed."""
    market = response.markets[0]
    lines = market_lines(market.underlying, market.spot, market.provenance, market.rejects, market.revision)
    out.print(Text(lines[0], style="bold"))
    print_lines(out, lines[1:], indent=0)
    for position in response.unpriced:
        print_lines(out, [f"in no scenario: {position.message or position.position_id} ({position.reason})"])
    out.print()
    currencies = {
        "USD" if terms.payoff == common_pb2.PAYOFF_INVERSE else terms.currency
        for chain in request.chains
        for terms in chain.expiries
    }
    print_scenarios(out, response, currencies.pop() if len(currencies) == 1 else "")
    out.print(Text("Assumed", style="bold"))
    print_lines(out, assumption_lines(market.provenance, [], rate))


def print_scenarios(out: Console, response: risk_pb2.ComputeScenariosResponse, currency: str) -> None:
    """Profit by spot move and vol move, a table an instant; then the shocks."""
    profit, spot, vol = (np.asarray(getattr(response, name)) for name in ("profit", "spot_move", "vol_points"))
    seconds, shock = np.asarray(response.seconds), np.asarray(list(response.shock))
    grid = shock == ""
    scale, word, digits = scale_of(float(np.nanmax(np.abs(profit[grid]), initial=0.0)))
    unit = f"{word} {currency}".strip()
    out.print(Text("If spot and volatility move, every position repriced", style="bold"))
    for later in np.unique(seconds[grid]):
        after = f" after {later / _DAY:g} days" if later else ""
        out.print(Text(f"Profit{after}, {unit}", style="bold"))  # a title would be broken where its table is narrow
        grid_table = table()
        grid_table.add_column("spot", justify="right", no_wrap=True)
        here = grid & (seconds == later)
        vols = np.unique(vol[here])
        for points in vols:
            grid_table.add_column(f"vol {points:+g}", justify="right", no_wrap=True)
        for move in np.unique(spot[here])[::-1]:
            cells = [profit[here & (spot == move) & (vol == points)][0] for points in vols]
            grid_table.add_row(f"{100.0 * move:+.4g} %", *[_number(value / scale, max(digits, 1)) for value in cells])
        out.print(grid_table)
        out.print()
    if not grid.all():
        out.print()
        shocks = table("Shocks")
        for name in ("shock", "spot", "vol", "days", "profit", "delta after"):
            shocks.add_column(name, justify="left" if name == "shock" else "right", no_wrap=True)
        for at in np.flatnonzero(~grid).tolist():
            shocks.add_row(
                str(shock[at]),
                f"{100.0 * spot[at]:+.4g} %",
                f"{vol[at]:+.4g}",
                f"{seconds[at] / _DAY:.3g}",
                money(float(profit[at]), currency),
                money(response.delta_notional[at], currency),
            )
        out.print(shocks)


def _number(value: float, digits: int, sign: str = "+") -> str:
    return MISSING if np.isnan(value) else f"{round(value, digits) + 0.0:{sign},.{digits}f}"  # no "-0.0"
