"""Ten thousand positions of five kinds: every Greek against fifty digits, every value and delta against QuantLib."""

from functools import lru_cache

import numpy as np
import pytest

from gex.american import american_greeks
from gex.hedging.instruments import HedgeInstrument, PricedInstrument, priced_instrument
from gex.hedging.joint import Correlation, Exposure, plan_joint_hedge
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.portfolio.aggregation import BookPart, risk_sums
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind
from tests import naive_black as exact
from tests.books import AS_OF
from tests.mixed_book import MARKETS, mixed_book, position_count

GREEKS = ("price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color")


@lru_cache(maxsize=1)
def book() -> dict[str, BookPart]:
    return mixed_book()


def contracts_of(part: BookPart) -> dict[tuple[float, float, int], list[int]]:
    """(time, strike, right) and the rows that hold it."""
    found: dict[tuple[float, float, int], list[int]] = {}
    terms, positions = part.risk.terms, part.risk.positions
    keys = zip(terms.time_to_expiry.tolist(), positions.strike.tolist(), positions.right.tolist(), strict=True)
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    return found


def exact_spot_greeks(
    spot: float, forward: float, strike: float, time: float, vol: float, right: int, discount: float
) -> dict[str, tuple[float, float]]:
    """Name → (value, size of its terms) to the spot, F = S·G with the carry held, from fifty digits to the forward."""
    rows = exact.forward_greeks(forward, strike, time, vol, right, discount)
    v = {name: float(value) for name, (value, _) in rows.items()}
    size = {name: float(scale) for name, (_, scale) in rows.items()}
    g, b = forward / spot, np.log(forward / spot) / time
    drift = b * forward

    def moved(values: dict[str, float], s: float) -> dict[str, float]:
        return {
            "price": values["price"],
            "delta": g * values["delta"],
            "gamma": g * g * values["gamma"],
            "vega": values["vega"],
            "theta": values["theta"] + s * drift * values["delta"],
            "rho": time * (forward * values["delta"] + s * values["price"]),
            "vanna": g * values["vanna"],
            "charm": g * (values["charm"] + s * (b * values["delta"] + drift * values["gamma"])),
            "volga": values["volga"],
            "speed": g**3 * values["speed"],
            "zomma": g * g * values["zomma"],
            "color": g * g * (values["color"] + s * (2.0 * b * values["gamma"] + drift * values["speed"])),
        }

    value, scale = moved(v, -1.0), moved({name: abs(x) for name, x in size.items()}, 1.0)
    return {name: (value[name], scale[name]) for name in GREEKS}


def test_the_book_is_ten_thousand_positions_and_all_are_priced() -> None:
    parts = book()
    assert position_count(parts) == 10_000
    assert all(part.risk.is_priced.all() and part.risk.unpriced == () for part in parts.values())
    assert not any(part.risk.is_approximate.any() for part in parts.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SPX", "BTC"])
def test_european_greeks_are_those_of_fifty_digits(name: str) -> None:
    """Every position, and the sums: within 1e-10 of the size of the terms they are made of."""
    part = book()[name]
    risk, terms = part.risk, part.risk.terms
    units = risk.positions.units
    sums, sizes = dict.fromkeys(GREEKS, 0.0), dict.fromkeys(GREEKS, 0.0)
    for (time, strike, right), rows in contracts_of(part).items():
        i = rows[0]
        slow = exact_spot_greeks(
            risk.spot, terms.forward[i], strike, time, risk.vol[i], right, terms.discount_factor[i]
        )
        held = units[rows].sum()
        for greek, (value, size) in slow.items():
            fast = risk.value[rows] if greek == "price" else getattr(risk, greek)[rows]
            assert np.abs(fast - units[rows] * value).max() <= 1e-10 * size * np.abs(units[rows]).max(), (greek, strike)
            sums[greek] += held * value
            sizes[greek] += np.abs(units[rows]).sum() * size
        if name == "BTC":
            net = slow["delta"][0] - slow["price"][0] / risk.spot
            assert risk.net_delta[rows] == pytest.approx(units[rows] * net, rel=1e-10, abs=1e-10)
    totals = risk.totals()
    for greek in GREEKS:
        total = totals.value if greek == "price" else getattr(totals, greek)
        assert abs(total - sums[greek]) <= 1e-12 * sizes[greek], greek


@pytest.mark.parametrize("name", ["SPY", "ES"])
def test_american_positions_are_contracts_priced_one_by_one(name: str) -> None:
    """At the rate of the chain's discount factor: a rounding of the rate moves the boundary's differences by up to 1e-6."""
    part = book()[name]
    risk, terms, market = part.risk, part.risk.terms, MARKETS[name]
    for (time, strike, right), rows in contracts_of(part).items():
        i = rows[0]
        forward, rate = terms.forward[i], -np.log(terms.discount_factor[i]) / time
        growth = forward / risk.spot
        assert rate == pytest.approx(market.rate, abs=1e-9)
        if name == "ES":
            row = american_greeks(forward, strike, time, risk.vol[i], right, rate, rate, is_future=True)
            factor = {"delta": growth, "gamma": growth**2, "vanna": growth}
        else:
            row = american_greeks(risk.spot, strike, time, risk.vol[i], right, rate, rate - np.log(growth) / time)
            factor = {}
        units = risk.positions.units[rows]
        for greek in ("delta", "gamma", "vega", "vanna"):
            expected = units * getattr(row, greek)[0] * factor.get(greek, 1.0)
            size = np.abs(units).max() * max(abs(getattr(row, greek)[0]), 1.0)
            assert getattr(risk, greek)[rows] == pytest.approx(expected, rel=1e-10, abs=1e-10 * size), (greek, strike)
        assert risk.value[rows] == pytest.approx(units * row.price[0], rel=1e-10, abs=1e-10 * np.abs(units).max())


@pytest.mark.slow
def test_every_value_and_delta_is_that_of_quantlib() -> None:
    """Black's calculator for European options, QD+ fixed point in its high precision for American ones.

    Measured: European 5e-16 of the forward; American values 6.2e-7 of the strike at most; deltas 7e-4 from differences of
    QuantLib's prices, that one on the exercise boundary where they straddle a kink, and 3e-6 for 99 of 100.
    """
    ql = pytest.importorskip("QuantLib")
    european, american_values, american_deltas = 0.0, [], []
    for name, part in book().items():
        risk, terms = part.risk, part.risk.terms
        units = risk.positions.units if len(risk) else np.empty(0)
        for (time, strike, right), rows in contracts_of(part).items():
            i = next((row for row in rows if units[row] != 0.0), None)
            if i is None:
                continue
            value, delta = risk.value[i] / units[i], risk.delta[i] / units[i]
            if name in ("SPX", "BTC"):
                payoff = ql.PlainVanillaPayoff(ql.Option.Call if right > 0 else ql.Option.Put, strike)
                black = ql.BlackCalculator(
                    payoff, terms.forward[i], risk.vol[i] * np.sqrt(time), terms.discount_factor[i]
                )
                european = max(european, abs(value - black.value()) / terms.forward[i])
                assert delta == pytest.approx(black.delta(risk.spot), abs=1e-12)
                continue
            base, carry = (
                (terms.forward[i], 0.0) if name == "ES" else (risk.spot, np.log(terms.forward[i] / risk.spot) / time)
            )
            rate = -np.log(terms.discount_factor[i]) / time
            price = american(ql, strike, round(time * 365.0), risk.vol[i], right, rate, rate - carry)
            growth = terms.forward[i] / risk.spot if name == "ES" else 1.0
            step = 0.005 * risk.vol[i] * np.sqrt(time) * base
            slope = (price(base + step) - price(base - step)) / (2.0 * step) * growth
            american_values.append(abs(value - price(base)) / strike)
            american_deltas.append(abs(delta - slope))
    assert european < 1e-14
    assert max(american_values) < 2e-6
    assert max(american_deltas) < 2e-3
    assert np.percentile(american_deltas, 99.0) < 1e-5


def american(ql, strike: float, days: int, vol: float, right: int, rate: float, dividend: float):  # type: ignore[no-untyped-def]
    """The price as a function of the spot."""
    today = ql.Date(1, 3, 2024)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()
    spot = ql.SimpleQuote(strike)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(spot),
        ql.YieldTermStructureHandle(ql.FlatForward(today, dividend, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), vol, count)),
    )
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(ql.Option.Call if right > 0 else ql.Option.Put, strike),
        ql.AmericanExercise(today, today + days),
    )
    option.setPricingEngine(ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme()))

    def price(at: float) -> float:
        spot.setValue(at)
        return float(option.NPV())

    return price


def test_the_whole_is_the_sum_of_its_parts_and_has_no_units() -> None:
    parts = list(book().values())
    total, *rows = risk_sums(parts, ["underlying", "account"])
    assert total.position_count == 10_000
    for name in ("value", "delta_notional", "gamma_per_percent", "vega_per_vol_point", "theta_per_day"):
        for group in ("underlying", "account"):
            by_group = sum(getattr(row, name) for row in rows if row.group == group)
            assert by_group == pytest.approx(getattr(total, name), rel=1e-12)
    assert total.delta is None
    assert set(total.coin_delta) == {"BTC", "ETH"}


def instrument(name: str, spot: float) -> HedgeInstrument:
    if name in ("BTC", "ETH"):
        size = 10.0 if name == "BTC" else 1.0
        return HedgeInstrument(symbol=f"{name}-PERP", kind=LinearKind.INVERSE, multiplier=size, price=spot, fee_bps=5.0)
    if name == "SPY":
        return HedgeInstrument(symbol="SPY", kind=LinearKind.SPOT, multiplier=1.0, price=spot, half_spread_bps=0.2)
    future = AS_OF + np.timedelta64(105, "D")
    return HedgeInstrument(
        symbol=f"{name} FUT", kind=LinearKind.INDEX_FUTURE, multiplier=50.0, expires_at=future, half_spread_bps=0.25
    )


@pytest.mark.parametrize("name", ["SPX", "SPY", "ES", "BTC", "ETH"])
def test_every_part_is_hedged_and_its_triggers_reprice_to_the_edge(name: str) -> None:
    risk = book()[name].risk
    plan = plan_hedge(risk, [instrument(name, risk.spot)], HedgePolicy(risk_aversion=1e-6))
    assert plan.orders
    assert plan.band is not None
    assert plan.hedged_book is not None
    lot = plan.instruments[0].units_per_contract
    assert abs(plan.residual_delta) <= max(plan.band.target, 0.5 * lot) * (1.0 + 1e-9)
    gross = max(np.abs(risk.positions.units).sum() if len(risk) else 0.0, 1.0)
    for trigger in plan.triggers:
        repriced = plan.hedged_book.mishedge([trigger.price])[0]
        assert repriced == pytest.approx(trigger.mishedge, abs=1e-6 + 1e-12 * gross)


def test_the_book_is_hedged_as_one() -> None:
    """Correlations that are known well remove risk that contract by contract is not worth its cost."""
    exposures = []
    for name, part in book().items():
        risk = part.risk
        found = priced_instrument(
            instrument(name, risk.spot), spot=risk.spot, carry=Carry(np.zeros(1), np.zeros(1), np.zeros(1)), as_of=AS_OF
        )
        assert isinstance(found, PricedInstrument)
        delta = risk.totals().net_delta
        vol = MARKETS[name].vol if name in MARKETS else 0.7
        exposures.append(Exposure(underlying=name, mishedge=delta, spot=risk.spot, vol=vol, instruments=(found,)))
    known = {
        ("SPX", "SPY"): Correlation(value=0.998, count=500),
        ("SPX", "ES"): Correlation(value=0.995, count=500),
        ("SPY", "ES"): Correlation(value=0.995, count=500),
        ("BTC", "ETH"): Correlation(value=0.8, count=500),
    }
    hedge = plan_joint_hedge(exposures, risk_aversion=1e-7, horizon=3.0 / 365.0, correlations=known)
    assert hedge.orders
    assert hedge.allocation.violation <= 1e-7
    assert hedge.sd_per_day < 0.2 * hedge.unhedged_sd_per_day
