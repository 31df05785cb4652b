"""Units of underlying into whole contracts: the contract mathematics."""

import math
from collections.abc import Sequence

from gex.errors import InputError, NumericalError
from gex.rounding import ContractRounding, whole_contracts

_LOT_TOLERANCE = 1e-9  # of a lot: below it an order that is whole but for rounding stays whole


def linear_contracts(units: float, multiplier: float, growth: float = 1.0) -> float:
    """X/(m·∂F/∂S): contracts that hold `units` of underlying; `growth` = ∂F/∂S = e^{(r−q)T} of a dated future.

    1,000 index units in ES, 3 % over a quarter: 19.8506; without the carry 20.
    """
    return units / (multiplier * growth)


def inverse_notional(coin_delta: float, price: float, equity_coin: float = 0.0) -> float:
    """N = −(X_coin + equity)·F: signed currency notional of inverse contracts that makes a book neutral.

    With `equity_coin` 0 neutral in coin; with the whole account marked to market, the hedge's own profit included,
    neutral in USD. F is the price of the contract traded, not of the index.
    """
    return -(coin_delta + equity_coin) * price


def greedy_contracts(units: float, sizes: Sequence[float]) -> tuple[int, ...]:
    """Whole contracts of each size (units a contract, descending) that come nearest to `units`.

    Toward zero for all but the last, the nearest of what remains for the last: at most half of the finest contract is
    left. 85,128.394270 ES: 85,128 ES and 4 MES.
    """
    _check_sizes(sizes)
    left, counts = units, []
    for size in sizes[:-1]:
        # A remainder of a whole contract but for rounding is a contract.
        count = whole_contracts(left / size + math.copysign(_LOT_TOLERANCE, left), ContractRounding.TOWARD_ZERO)
        counts.append(count)
        left -= count * size
    counts.append(whole_contracts(left / sizes[-1]))
    return tuple(counts)


def landing_contracts(mishedge: float, target: float, sizes: Sequence[float]) -> tuple[int, ...]:
    """Signed contracts of each size that bring a mishedge to its target: the fewest of the finest lots that reach
    max(|target| on its side, half a lot), made up of the longest contracts that fit.

    The mishedge never grows; it crosses zero only where one lot does, by at most half of it. `target` ≥ 0 is the landing
    on the side the mishedge is on; below 0 it counts as 0.
    """
    _check_sizes(sizes)
    size, finest = abs(mishedge), sizes[-1]
    landing = max(target, 0.5 * finest)
    needed = (size - landing) / finest
    if not math.isfinite(needed):
        raise NumericalError(
            f"landing_contracts: a mishedge of {mishedge} has no landing at {target} in lots of {finest}"
        )
    lots = max(math.ceil(needed - _LOT_TOLERANCE), 1)
    if size < 0.5 * finest * (1.0 - _LOT_TOLERANCE):
        lots = 0  # one lot would leave more than there is
    left, counts = lots * finest, []
    for longer in sizes[:-1]:
        count = math.floor(left / longer + _LOT_TOLERANCE)
        counts.append(count)
        left -= count * longer
    counts.append(max(math.ceil(left / finest - 1e-6), 0))
    sign = -1 if mishedge > 0.0 else 1
    return tuple(sign * count for count in counts)


def clips(contracts: int, largest: float | None) -> tuple[int, ...]:
    """`contracts` in pieces of at most `largest`, in the order to send them; they sum to it."""
    if contracts == 0:
        return ()
    if largest is None or largest >= abs(contracts):
        return (contracts,)
    size = max(int(largest), 1)
    whole, rest = divmod(abs(contracts), size)
    sign = 1 if contracts > 0 else -1
    return tuple(sign * piece for piece in [size] * whole + ([rest] if rest else []))


def _check_sizes(sizes: Sequence[float]) -> None:
    if not sizes or any(not size > 0.0 for size in sizes) or list(sizes) != sorted(sizes, reverse=True):
        raise InputError(f"sizes: expected positive units a contract, descending, got {list(sizes)}")
