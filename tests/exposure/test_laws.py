"""The laws that hold whoever is assumed to own what: every derivative of every total, and units that cancel."""

import dataclasses
import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest

from gex.columns import Floats
from gex.contracts import Right
from gex.exposure.book import exposure_books
from gex.exposure.lines import ExposureLines
from gex.exposure.map import ExposureTotals, RowGreeks, computed_greeks, exposure_map, totals
from gex.exposure.repricing import carry_to
from gex.forward import ForwardCurve
from gex.greeks import forward_greeks, spot_greeks
from gex.pairs import pair_up
from gex.pipeline import analyse
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    VOLUME_CALLS_LONG_PUTS_SHORT,
    ContractBasis,
    DealerPositioning,
    InventoryPositioning,
    MixturePositioning,
    OpenCloseVolume,
    OpeningVolume,
    PositioningRule,
    ScenarioPositioning,
    SignedOpenClosePositioning,
    SignedTrades,
    SignedTradesPositioning,
    SignError,
    SigningRule,
    UncertainPositioning,
    on_basis,
    with_forwards,
)
from gex.sample import sample_chain
from tests.chains import book_of
from tests.exposure.books import MARKET
from tests.exposure.test_map import FlatSurface, moved, slope

LINES = [
    (2, 0.18, 4950, "+300P"),
    (2, 0.18, 5030, "+410C"),
    (7, 0.18, 4900, "+1000P"),
    (7, 0.18, 5000, "+300C"),
    (7, 0.18, 5000, "+350P"),
    (7, 0.18, 5100, "+800C"),
    (45, 0.18, 4600, "+2500P"),
    (45, 0.18, 5300, "+1700C"),
]
QUOTES, SURFACE, _ = book_of(LINES, **MARKET)
COUNT = len(QUOTES)
VOLUMES = np.arange(1.0, COUNT + 1) * 30.0
CHAIN = dataclasses.replace(QUOTES, volume=VOLUMES)
SIDES = np.where(np.arange(COUNT) % 3 == 0, -1.0, 1.0)


def trades(rule: SigningRule) -> SignedTradesPositioning:
    flow = SignedTrades(row=np.arange(COUNT), contract_count=VOLUMES, customer_side=SIDES)
    return SignedTradesPositioning(flow, starting_inventory=10.0 * SIDES, rule=rule)


OPEN_CLOSE = SignedOpenClosePositioning(
    OpenCloseVolume(
        row=np.arange(COUNT),
        origin=np.ones(COUNT, np.int8),
        open_buy=VOLUMES,
        open_sell=2.0 * VOLUMES[::-1],
        close_buy=0.5 * VOLUMES,
        close_sell=np.zeros(COUNT),
        history_start=dt.date(2020, 1, 1),
    ),
)
SCENARIO = ScenarioPositioning(
    rules=(
        PositioningRule(weight=-0.8, right=Right.PUT, log_moneyness_to=-0.01),
        PositioningRule(weight=0.6, right=Right.CALL, days_to=10.0),
        PositioningRule(weight=0.1),
    )
)
MODELS: dict[str, DealerPositioning] = {
    "calls long puts short": OI_CALLS_LONG_PUTS_SHORT,
    "calls short puts long": OI_CALLS_SHORT_PUTS_LONG,
    "customers long all": OI_CUSTOMERS_LONG_ALL,
    "volume": VOLUME_CALLS_LONG_PUTS_SHORT,
    "effective open interest": on_basis(
        OI_CALLS_LONG_PUTS_SHORT, ContractBasis.EFFECTIVE_OPEN_INTEREST, OpeningVolume(VOLUMES * SIDES)
    ),
    "signed open close": OPEN_CLOSE,
    "quote rule": trades(SigningRule.QUOTE_RULE),
    "lee ready": trades(SigningRule.LEE_READY),
    "inventory": InventoryPositioning(100.0 * SIDES),
    "scenario": SCENARIO,
    "mixture": MixturePositioning(parts=(OI_CALLS_LONG_PUTS_SHORT, SCENARIO), weights=(0.7, -0.4)),
    "uncertain": UncertainPositioning(OI_CALLS_LONG_PUTS_SHORT, SignError(0.2, 0.1)),
}
STEPS = {"spot": 0.5, "vol": 1e-4, "time": 5e-6}


def held(model: DealerPositioning) -> Floats:
    """What the model says dealers own, which then stays while the market moves."""
    return with_forwards(model, SURFACE.forwards).dealer_contracts(CHAIN)


def greeks_at(*, spot: float = 5000.0, vol: float = 0.0, years: float = 0.0) -> tuple[ForwardCurve, RowGreeks]:
    there = moved(SURFACE.forwards, spot=spot, years=years)
    return there, computed_greeks(CHAIN, FlatSurface(there, SURFACE.level + vol))


def totals_at(contracts: Floats, **market: float) -> ExposureTotals:
    forwards, greeks = greeks_at(**market)
    return totals(exposure_map(CHAIN, pair_up(CHAIN), greeks, forwards, InventoryPositioning(contracts)))


# The total, what it is the derivative of, along what, and the unit of that derivative (spot, spot) -> factor.
LAWS: dict[str, tuple[str, Callable[[ExposureTotals, float], float], float]] = {
    "gamma_exposure": ("spot", lambda t, s: t.delta_exposure / s, 5000.0**2 * 0.01),
    "vanna_exposure": ("vol", lambda t, s: t.delta_exposure / s, 5000.0 * 0.01),
    "charm_exposure": ("time", lambda t, s: t.delta_exposure / s, 5000.0 / 365.0),
    "speed_exposure": ("spot", lambda t, s: t.gamma_units_per_point, 5000.0**3 * 1e-4),
    "zomma_exposure": ("vol", lambda t, s: t.gamma_units_per_point, 5000.0**2 * 1e-4),
    "color_exposure": ("time", lambda t, s: t.gamma_units_per_point, 5000.0**2 * 0.01 / 365.0),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("model", MODELS)
def test_every_exposure_is_the_derivative_of_the_one_before_it(model: str, law: str) -> None:
    """∂dex/∂S = gex, ∂dex/∂σ = vex, ∂dex/∂t = chex, and the same of gamma, to 1e-8 of the gross of the same book."""
    along, figure, unit = LAWS[law]
    contracts = held(MODELS[model])
    assert np.any(contracts != 0.0)

    def at(h: float) -> float:
        market = {"spot": 5000.0 + h} if along == "spot" else {"vol": h} if along == "vol" else {"years": h}
        return figure(totals_at(contracts, **market), market.get("spot", 5000.0))

    gross = sum(abs(getattr(totals_at(np.where(np.arange(COUNT) == row, contracts, 0.0)), law)) for row in range(COUNT))
    assert getattr(totals_at(contracts), law) == pytest.approx(slope(at, STEPS[along]) * unit, abs=1e-8 * gross)


@pytest.mark.parametrize("model", MODELS)
def test_vega_and_theta_are_derivatives_of_the_value_of_the_book(model: str) -> None:
    contracts, quotes = held(MODELS[model]), CHAIN

    def value(vol: float = 0.0, years: float = 0.0) -> float:
        forwards = moved(SURFACE.forwards, spot=5000.0, years=years)
        e = quotes.expiry
        level = SURFACE.level[e] + vol
        terms = (forwards.forward[e], quotes.strike, forwards.time_to_expiry[e], level, quotes.right)
        price = spot_greeks(np.full(COUNT, 5000.0), *terms, forwards.discount_factor[e]).price
        return float((contracts * quotes.multiplier * price).sum())

    found = totals_at(contracts)
    gross = float(np.abs(contracts * quotes.multiplier).sum()) * 5000.0
    assert found.vega_exposure == pytest.approx(slope(lambda h: value(vol=h), 1e-4) * 0.01, abs=1e-10 * gross)
    assert found.theta_exposure == pytest.approx(slope(lambda h: value(years=h), 5e-6) / 365.0, abs=1e-10 * gross)


@pytest.mark.parametrize("model", MODELS)
def test_the_profile_at_spot_is_the_total_of_the_map_in_every_model(model: str) -> None:
    (found,) = exposure_books(CHAIN, pair_up(CHAIN), computed_greeks(CHAIN, SURFACE), SURFACE, (MODELS[model],))
    at = np.searchsorted(found.profile.spot, 5000.0)
    gross = found.totals.gross_gamma_exposure
    assert found.profile.gamma_exposure_per_percent[at] == pytest.approx(found.totals.gamma_exposure, abs=1e-12 * gross)


@pytest.mark.parametrize("model", ["calls long puts short", "calls short puts long", "customers long all", "scenario"])
def test_xsp_with_ten_times_the_contracts_is_spx_in_every_dollar_figure(model: str) -> None:
    """Price / 10 and contracts × 10: what is counted in dollars stays, what is counted in points of price is a tenth."""
    small = [
        (days, vol, strike / 10.0, f"{what[0]}{10 * int(what[1:-1])}{what[-1]}") for days, vol, strike, what in LINES
    ]
    books = []
    for lines, spot in ((LINES, 5000.0), (small, 500.0)):
        quotes, surface, _ = book_of(lines, spot=spot, **MARKET)
        greeks = computed_greeks(quotes, surface)
        books += exposure_books(quotes, pair_up(quotes), greeks, surface, (MODELS[model],))
    spx, xsp = books
    per_point = {"gamma_exposure_per_point": 10.0, "gamma_units_per_point": 100.0}
    for field in dataclasses.fields(ExposureTotals):
        one, other = getattr(spx.totals, field.name), getattr(xsp.totals, field.name)
        assert other == pytest.approx(per_point.get(field.name, 1.0) * one, rel=1e-11), field.name
    assert [10.0 * flip.price for flip in xsp.profile.flips] == pytest.approx([f.price for f in spx.profile.flips])
    assert xsp.headline_walls.call_wall * 10.0 == pytest.approx(spx.headline_walls.call_wall)
    assert xsp.headline_walls.put_wall * 10.0 == pytest.approx(spx.headline_walls.put_wall)


def test_coin_settled_exposures_are_derivatives_of_what_the_coins_are_worth_in_currency() -> None:
    """An option of P/F coins is worth S·P/F: with forwards 8 % above spot a discount factor of 1 would be off by 8 %."""
    chain = analyse(sample_chain(kind="crypto", option_count=300).parsed)
    quotes, forwards = chain.cleaned.quotes, chain.forwards
    growth = np.exp(0.9 * forwards.time_to_expiry)
    steep = dataclasses.replace(forwards, forward=forwards.spot * growth)
    surface = dataclasses.replace(chain.surface, forwards=steep)
    expiry, spot = quotes.expiry, steep.spot
    cells = computed_greeks(quotes, surface)
    assert (growth.max() - 1.0) > 0.08

    def value(at: float) -> Floats:
        forward = steep.forward[expiry] * (at / spot)
        vol = surface.vol(expiry, np.log(quotes.strike / steep.forward[expiry]))
        price = forward_greeks(forward, quotes.strike, steep.time_to_expiry[expiry], vol, quotes.right).price
        return np.asarray(at * price / forward)

    step = 1e-4 * spot
    delta = (value(spot + step) - value(spot - step)) / (2.0 * step)
    np.testing.assert_allclose(cells.delta, delta, rtol=1e-5, atol=1e-7)
    gamma = (value(spot + step) - 2.0 * value(spot) + value(spot - step)) / step**2
    np.testing.assert_allclose(cells.gamma * spot, gamma * spot, rtol=2e-4, atol=1e-5)
    np.testing.assert_allclose(steep.spot_discount_factor * growth, 1.0, rtol=1e-12)
    lines = ExposureLines.of(pair_up(quotes), surface)
    np.testing.assert_array_equal(lines.discount_factor, steep.spot_discount_factor[lines.expiry])
    assert carry_to(steep, 0.2) == pytest.approx((np.exp(0.18), np.exp(-0.18)), rel=1e-12)
