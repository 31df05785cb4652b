"""Where a venue closes a position for want of margin, and how far that is. Isolated margin; the venue's own numbers win."""

import math


def linear_liquidation(units: float, entry_price: float, wallet: float, maintenance: float) -> float | None:
    """(n·F0 − W)/(n − m|n|): price at which a linear position of `units` with `wallet` currency is liquidated; None: never.

    n = −10, F0 = 60,000, m = 0.5 %: 65,671.64 with 60,000 and 62,686.57 with 30,000; n = +10 with 60,000: 54,271.36.
    """
    if units == 0.0:
        return None
    price = (units * entry_price - wallet) / (units - maintenance * abs(units))
    return price if price > 0.0 else None


def inverse_liquidation(notional: float, entry_price: float, wallet_coin: float, maintenance: float) -> float | None:
    """(N + m|N|)/(W + N/F0) of a signed notional N in currency with `wallet_coin` coins; None: never.

    A short of N is safe upwards when its coins cover it, W ≥ |N|/F0. N = −600,000 at 60,000, m = 0.5 %: 66,333.33 with one
    coin, 119,400.00 with five, none with ten; N = +600,000 with one: 54,818.18.
    """
    if notional == 0.0:
        return None
    coins = wallet_coin + notional / entry_price
    price = (notional + maintenance * abs(notional)) / coins if coins != 0.0 else math.inf
    return price if 0.0 < price < math.inf else None


def implied_wallet(
    position: float, entry_price: float, liquidation_price: float, maintenance: float, *, is_inverse: bool
) -> float:
    """The wallet at which a venue liquidates a position at the price it states: the two formulas above, solved for W.

    `position` is signed units, for inverse contracts signed currency; the answer is currency, coins where inverse.
    n = −10 at 60,000, m = 0.5 %, liquidated at 65,671.64: 60,000. N = −600,000 at 66,333.33: one coin.
    """
    after = position + (maintenance * abs(position) if is_inverse else -maintenance * abs(position))
    if is_inverse:
        return after / liquidation_price - position / entry_price
    return position * entry_price - liquidation_price * after


def liquidation_distance(price: float, liquidation_price: float | None) -> float:
    """|ln(F_liq/F)|; inf where there is none."""
    return math.inf if liquidation_price is None else abs(math.log(liquidation_price / price))


def required_distance(vol: float, horizon: float, *, deviations: float = 4.0, stress: float = 0.0) -> float:
    """max(k·σ·√H, stress) in ln of price: 60 % for three days at four deviations is 0.2176."""
    return max(deviations * vol * math.sqrt(horizon), stress)
