"""What the dealer's account counts in, for coin-settled options: coin, or currency with or without its profit in coin."""

import enum

from gex.columns import Floats


class AccountUnit(enum.Enum):
    """Which hedge keeps the account flat."""

    CURRENCY = "currency"  # linear options; coin-settled: profit is converted as it arises
    COIN = "coin"  # the premium, itself coin, is part of the delta (net transaction delta)
    CURRENCY_KEPT_IN_COIN = "currency_kept_in_coin"  # counts in currency while profit stays in coin


def inverse_hedge_notional(account: AccountUnit, spot: float, delta_units: Floats, value: Floats) -> Floats:
    """Currency notional of an inverse perpetual that keeps a coin-settled book flat, + long.

    `delta_units` Σ w·M·Δ in coins and `value` Σ w·M·C in currency, of the option book. COIN: −(S·Δ − C). CURRENCY: −S·Δ,
    no coins held. 1000 coins of the 60,000 call (Δ 0.52857, C 3428.26) at S 60,000: −28,285,870 and −31,714,130.
    """
    if account is AccountUnit.COIN:
        return -(spot * delta_units - value)
    return -spot * delta_units


def inverse_flow(
    account: AccountUnit,
    spot: float,
    moved_spot: float,
    delta_units: Floats,
    moved_delta_units: Floats,
    value: Floats,
    moved_value: Floats,
) -> Floats:
    """Currency notional of inverse contracts to trade for a move, + buy: the change of the notional that is wanted.

    Kept in coin, the perpetual's own profit is a holding that offsets the level: −S′·(Δ′ − Δ) is left to trade. For all
    three the first order is −w·M·gamma·S²·0.01 per 1 %, except CURRENCY, which has −w·M·(Δ + S·gamma)·S·0.01.
    """
    if account is AccountUnit.CURRENCY_KEPT_IN_COIN:
        return -moved_spot * (moved_delta_units - delta_units)
    before = inverse_hedge_notional(account, spot, delta_units, value)
    after = inverse_hedge_notional(account, moved_spot, moved_delta_units, moved_value)
    return after - before
