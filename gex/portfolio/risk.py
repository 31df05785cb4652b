"""What a book is worth and how it moves: Greeks by position, totals, and the book repriced at other spots."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column, frozen
from gex.greeks import Greeks
from gex.kernels.black import GREEK_COUNT, spot_greeks
from gex.portfolio.american import AmericanContracts, american_rows, merged_contracts
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import Positions, Unpriced, UnpricedReason
from gex.portfolio.repricing import BookRepricer
from gex.portfolio.terms import PricingTerms, is_of_one_instant, pricing_terms, sealed
from gex.surface.protocol import VolSurface

_SUMMED = ("value", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color")


@dataclass(frozen=True, kw_only=True)
class RiskTotals:
    """Sums over the priced positions, options and linear contracts; delta and gamma in units of underlying."""

    spot: float
    value: float  # currency; futures without a known entry price count 0, their profit being settled daily
    delta: float  # ∂value/∂spot, units
    net_delta: float  # units; coin-settled positions net of their premium (Δ − V/S), the others as in delta
    gamma: float  # ∂delta/∂spot, units per currency
    vega: float  # currency per 1.00 of vol
    theta: float  # currency per year
    rho: float  # currency per 1.00 of rate
    vanna: float  # units per 1.00 of vol
    charm: float  # units per year
    volga: float  # currency per vol²
    speed: float  # ∂gamma/∂spot
    zomma: float  # ∂gamma/∂vol
    color: float  # change of gamma per year

    @property
    def delta_notional(self) -> float:
        """delta·S, currency."""
        return self.delta * self.spot

    @property
    def gamma_per_percent(self) -> float:
        """Γ·S²·0.01: currency of delta per 1 % move."""
        return self.gamma * self.spot * self.spot * 0.01

    @property
    def vega_per_vol_point(self) -> float:
        """Currency per +0.01 of vol."""
        return self.vega * 0.01

    @property
    def theta_per_day(self) -> float:
        """Currency per calendar day."""
        return self.theta / 365.0

    @property
    def rho_per_bp(self) -> float:
        """Currency per +1 basis point of rates."""
        return self.rho * 1e-4

    @property
    def vanna_per_vol_point(self) -> float:
        """Currency of delta per +0.01 of vol."""
        return self.vanna * self.spot * 0.01

    @property
    def charm_per_day(self) -> float:
        """Currency of delta per calendar day."""
        return self.charm * self.spot / 365.0

    @property
    def volga_per_vol_point(self) -> float:
        """Currency of vega per vol point, per vol point."""
        return self.volga * 1e-4


@dataclass(frozen=True, eq=False, kw_only=True)
class PortfolioRisk(Columns):
    """One row per option position, in the order of the book, times contracts and multiplier; NaN where not priced.

    `unpriced` names every position that is in no total: rows without a price here, and those the chain does not hold.
    American positions are priced as such (`gex.american`). Where that has no answer, or spot and forwards of the chain are
    not of one instant, the European price stands and `is_approximate` says so. Options on futures have the delta of their
    own future times F/S.
    """

    positions: Positions
    surface: VolSurface
    repricer: BookRepricer
    linear: LinearPositions
    unpriced: tuple[Unpriced, ...]
    terms: PricingTerms  # forward, discount factor and time of every row

    vol: Floats = column(np.float64)  # used, decimal
    price: Floats = column(np.float64)  # of one unit, currency (coin-settled: of spot × coin price)
    value: Floats = column(np.float64)
    delta: Floats = column(np.float64)
    net_delta: Floats = column(np.float64)
    gamma: Floats = column(np.float64)
    vega: Floats = column(np.float64)
    theta: Floats = column(np.float64)
    rho: Floats = column(np.float64)
    vanna: Floats = column(np.float64)
    charm: Floats = column(np.float64)
    volga: Floats = column(np.float64)
    speed: Floats = column(np.float64)
    zomma: Floats = column(np.float64)
    color: Floats = column(np.float64)
    is_priced: Bools = column(np.bool_)
    is_approximate: Bools = column(np.bool_)

    @property
    def spot(self) -> float:
        """The spot of the surface."""
        return self.surface.forwards.spot

    @property
    def as_of(self) -> np.datetime64:
        """The instant of the surface."""
        return self.surface.forwards.as_of

    @property
    def is_coin_settled(self) -> bool:
        """True where any priced position is paid in coin."""
        return bool(self.repricer.is_inverse.any() or self.linear.is_inverse.any())

    def totals(self) -> RiskTotals:
        """Sums over the priced positions and the linear contracts."""
        sums = {name: float(getattr(self, name)[self.is_priced].sum()) for name in _SUMMED}
        held = self.linear.delta()
        sums["value"] += float(np.nansum(self.linear.value()))
        sums["delta"] += float(held.sum())
        net_delta = float(self.net_delta[self.is_priced].sum() + held.sum())
        return RiskTotals(spot=self.spot, net_delta=net_delta, **sums)

    def coin_value(self) -> float:
        """Coins that the coin-settled options are worth."""
        mine = self.is_priced & self.positions.expiry_terms.is_inverse[self.positions.expiry]
        return float(self.value[mine].sum() / self.spot)

    def book_delta(
        self,
        spots: npt.ArrayLike,
        *,
        as_of: np.datetime64 | None = None,
        vol_shift: float = 0.0,
        skew_stickiness: float = 1.0,
    ) -> Floats:
        """Delta of the whole book, fully repriced at each spot, units of underlying; coin-settled positions net of premium.

        Later `as_of` lets options run down and settle at their own instants; `vol_shift` is parallel, decimal; the
        smile moves with `skew_stickiness` R, whose deltas are Black–Scholes at R = 1 (`BookRepricer`).
        """
        return self.repricer.delta(spots, as_of=as_of, vol_shift=vol_shift, skew_stickiness=skew_stickiness)

    def book_gamma(self, *, skew_stickiness: float = 1.0) -> float:
        """Gamma of the book, units per currency; along the smile dynamic where R ≠ 1, by central difference."""
        if skew_stickiness == 1.0:
            return float(self.gamma[self.is_priced].sum())
        step = 1e-4 * self.spot
        spots = [self.spot - step, self.spot, self.spot + step]
        inverse = self.repricer.is_inverse
        gamma = 0.0
        for mine in (~inverse, inverse):
            if not mine.any():
                continue
            rows = self.repricer if mine.all() else self.repricer.where(mine)
            low, middle, high = rows.options(spots, skew_stickiness=skew_stickiness)[0]
            # Coin-settled rows have d(net delta)/dS = Γ − net delta/S; a neutral book moves with Γ itself.
            gamma += (high - low) / (2.0 * step) + (middle / self.spot if mine is inverse else 0.0)
        return float(gamma)

    def implied_vol(self) -> float:
        """The volatility at which the book's gamma lives: the mean implied vol weighted by |gamma|; NaN without options."""
        weight = np.abs(self.gamma[self.is_priced])
        total = float(weight.sum())
        return float((weight * self.vol[self.is_priced]).sum() / total) if total > 0.0 else float("nan")

    def gamma_time(self) -> float:
        """Years to expiry weighted by |gamma|; NaN without options."""
        weight = np.abs(self.gamma[self.is_priced])
        total = float(weight.sum())
        return float((weight * self.repricer.time_to_expiry).sum() / total) if total > 0.0 else float("nan")


def portfolio_risk(positions: Positions, surface: VolSurface) -> PortfolioRisk:
    """Greeks of every position on a surface. What cannot be priced is named in `unpriced` and is in no total."""
    terms = pricing_terms(positions, surface)
    units = positions.units
    is_priced = terms.is_priced
    everything = bool(is_priced.all())
    # One table for all Greeks, multiplied by the units where it stands: a book of 10,000 is 1 MB of it.
    table = np.empty((GREEK_COUNT, len(positions)))
    spot_greeks(
        frozen(np.full(len(positions), surface.forwards.spot)),
        terms.forward if everything else frozen(np.where(is_priced, terms.forward, np.nan)),
        positions.strike,
        terms.time_to_expiry if everything else frozen(np.where(is_priced, terms.time_to_expiry, np.nan)),
        terms.vol,
        positions.right,
        terms.discount_factor,
        table,
    )
    rows = dict(zip(Greeks.column_names(), table, strict=True))
    linear, unpriced_linear = _priced_linear(positions, surface.forwards.spot)
    if terms.is_future.any():  # the future is held while rates move
        rows["rho"][terms.is_future] = (-terms.time_to_expiry * rows["price"])[terms.is_future]
    is_approximate = np.zeros(len(positions), np.bool_)
    is_american = is_priced & terms.is_american
    if not is_of_one_instant(surface.forwards):
        is_approximate |= is_american & ~terms.is_future
        is_american &= terms.is_future
    american = np.flatnonzero(is_american)
    if len(american):
        is_approximate[american] = ~_price_early_exercise(rows, american, positions, units, terms, surface)
    price = sealed(rows["price"].copy())
    table *= units
    sealed(table)
    times = {name: sealed(table[k]) for k, name in enumerate(Greeks.column_names()) if name in _SUMMED}
    value = sealed(table[0])
    net_delta = times["delta"]
    if terms.is_inverse.any():
        net_delta = sealed(np.where(terms.is_inverse, net_delta - value / surface.forwards.spot, net_delta))
    mine = slice(None) if everything else np.flatnonzero(is_priced)
    return PortfolioRisk(
        positions=positions,
        surface=surface,
        repricer=BookRepricer(
            surface=surface,
            carry=Carry.of(surface.forwards),
            linear=linear,
            expiry=terms.expiry[mine],
            strike=positions.strike[mine],
            right=positions.right[mine],
            units=sealed(units)[mine],
            forward=terms.forward[mine],
            discount_factor=terms.discount_factor[mine],
            time_to_expiry=terms.time_to_expiry[mine],
            vol=terms.vol[mine],
            is_inverse=terms.is_inverse[mine],
            is_american=sealed(terms.is_american & ~is_approximate)[mine],
            is_future=terms.is_future[mine],
        ),
        linear=linear,
        terms=terms,
        unpriced=(*positions.unmatched, *_unpriced(positions, terms), *unpriced_linear),
        vol=terms.vol,
        price=price,
        value=value,
        net_delta=net_delta,
        is_priced=is_priced,
        is_approximate=sealed(is_approximate),
        **times,
    )


def _price_early_exercise(
    table: dict[str, Floats],
    rows: npt.NDArray[np.intp],
    positions: Positions,
    units: Floats,
    terms: PricingTerms,
    surface: VolSurface,
) -> Bools:
    """Replace the Greeks of American rows by those with early exercise; False for rows where there are none."""
    time = terms.time_to_expiry[rows]
    contracts, code = merged_contracts(
        AmericanContracts(
            spot=surface.forwards.spot,
            expiry=terms.expiry[rows],
            units=units[rows],
            strike=positions.strike[rows],
            right=positions.right[rows],
            forward=terms.forward[rows],
            time_to_expiry=time,
            vol=terms.vol[rows],
            rate=-np.log(terms.discount_factor[rows]) / time,
            carry=np.log(terms.forward[rows] / surface.forwards.spot) / time,
            is_future=terms.is_future[rows],
        )
    )
    found = american_rows(contracts)
    is_found = np.all([np.isfinite(values) for values in found.columns().values()], axis=0)[code]
    for name, values in found.columns().items():
        table[name][rows[is_found]] = values[code[is_found]]
    answered: Bools = is_found
    return answered


def _unpriced(positions: Positions, terms: PricingTerms) -> tuple[Unpriced, ...]:
    named = []
    for i in np.flatnonzero(~terms.is_priced):
        if not terms.is_known[i]:
            reason = UnpricedReason.UNKNOWN_EXPIRY
        elif not terms.time_to_expiry[i] > 0.0:
            reason = UnpricedReason.EXPIRED
        elif not terms.forward[i] > 0.0:
            reason = UnpricedReason.NO_FORWARD
        else:
            reason = UnpricedReason.NO_VOL
        label = positions.label(int(i))
        contracts = float(positions.contracts[i])
        named.append(Unpriced(row=int(positions.row[i]), label=label, contracts=contracts, reason=reason))
    return tuple(named)


def _priced_linear(positions: Positions, spot: float) -> tuple[LinearPositions, tuple[Unpriced, ...]]:
    """The linear contracts that have a price and have not settled, and those that do not."""
    table = positions.linear
    if table is None:
        return LinearPositions.empty(spot), ()
    has_price = np.isfinite(table.price) & (table.price > 0.0) | (table.kind == LinearKind.SPOT)
    alive = table.time_to_expiry > 0.0
    good = has_price & alive
    unpriced = tuple(
        Unpriced(
            row=-1,
            label=table.symbol[i],
            contracts=float(table.contracts[i]),
            reason=UnpricedReason.NO_PRICE if alive[i] else UnpricedReason.EXPIRED,
        )
        for i in np.flatnonzero(~good)
    )
    columns = {name: getattr(table, name)[good] for name in LinearPositions.column_names()}
    symbol = tuple(name for name, keep in zip(table.symbol, good, strict=True) if keep)
    return LinearPositions(spot=spot, symbol=symbol, **columns), unpriced
