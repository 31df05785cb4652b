"""Options on minutes of an index: what they settle on, what is dropped, what they are worth."""

from pathlib import Path

import numpy as np
import pytest

from gex.backtest.index_minutes import IndexMinutes, Settlement, call_on_minutes, read_index_minutes
from gex.backtest.recording import HedgeTerms, Recording
from gex.errors import InputError, SourceError

TERMS = HedgeTerms(symbol="MES", multiplier=5.0)


def minutes() -> IndexMinutes:
    """Three days of 391 minutes from 14:30 UTC; day k opens at 100 + 10 k and rises a cent a minute."""
    start = np.array(["2024-01-02T14:30", "2024-01-03T14:30", "2024-01-04T14:30"], "datetime64[ns]")
    minute = np.arange(391)
    return IndexMinutes(
        time=(start[:, None] + minute * np.timedelta64(60, "s")).ravel(),
        day=np.repeat([20240102, 20240103, 20240104], 391),
        level=(100.0 + 10.0 * np.arange(3)[:, None] + 0.01 * minute).ravel(),
    )


def of(settlement: Settlement, **changes: int) -> Recording:
    arguments = {"start_day": 0, "day_count": 2, "vol": 0.2, "units": -1.0, "half_spread_bps": 1.0, **changes}
    return call_on_minutes(minutes(), terms=TERMS, settlement=settlement, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settlement", "price"),
    [(Settlement.AM, 120.0), (Settlement.PM, 123.9), (Settlement.AVERAGE, 120.0 + 0.01 * np.arange(361, 391).mean())],
)
def test_the_option_pays_on_its_settlement_price(settlement: Settlement, price: float) -> None:
    """Struck at 100: the open of the last day, its close, or the mean of its last thirty minutes."""
    found = of(settlement)
    assert found.book_value[-1] == pytest.approx(-(price - 100.0))
    assert found.delta[-1] == found.gamma[-1] == 0.0
    assert found.book_profit.sum() == pytest.approx(found.book_value[-1] - found.book_value[0])


def test_an_am_option_ends_at_the_open_and_a_pm_one_at_the_close() -> None:
    assert str(of(Settlement.AM).time[-1])[11:16] == "14:30"
    assert str(of(Settlement.PM).time[-1])[11:16] == "21:00"


def test_greeks_are_those_of_black_and_scholes_at_the_time_left() -> None:
    """Δ by a finite difference of the value in spot: two strikes a cent apart, homogeneity."""
    found = of(Settlement.PM)
    assert found.delta[0] == pytest.approx(-0.5, abs=0.02)
    assert (np.abs(found.delta[:-1]) <= 1.0).all()
    assert np.diff(found.time_to_expiry[:-1]).max() < 0.0


def test_zero_prices_are_dropped_and_bad_lines_named(tmp_path: Path) -> None:
    place = tmp_path / "minutes.csv"
    place.write_text("ms_of_day,price,date\n34200000,0.0,20240102\n34260000,4742.96,20240102\n")
    found = read_index_minutes(place)
    assert len(found) == 1
    assert str(found.time[0]) == "2024-01-02T14:31:00.000000000"
    place.write_text("ms_of_day,price,date\n34260000,much,20240102\n")
    with pytest.raises(SourceError, match="line 2"):
        read_index_minutes(place)
    place.write_text("time,price\n1,2\n")
    with pytest.raises(SourceError, match="line 1"):
        read_index_minutes(place)


def test_days_past_the_file_are_refused() -> None:
    with pytest.raises(InputError, match="within the 3"):
        of(Settlement.PM, start_day=2)
