import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.contracts import Right
from gex.errors import SymbolError
from gex.symbols import OptionSymbol, after_split, format_deribit, format_occ, parse_deribit, parse_occ, parse_symbol


@pytest.mark.parametrize(
    ("symbol", "root", "date", "right", "strike"),
    [
        ("SPXW  220207P04500000", "SPXW", (2022, 2, 7), Right.PUT, 4500.0),
        ("SPXW220207P04500000", "SPXW", (2022, 2, 7), Right.PUT, 4500.0),
        ("AMD1230825C00025500", "AMD1", (2023, 8, 25), Right.CALL, 25.5),
        ("SPY   250501C00250125", "SPY", (2025, 5, 1), Right.CALL, 250.125),
    ],
)
def test_an_occ_symbol_names_root_date_right_and_strike(symbol, root, date, right, strike):
    assert parse_occ(symbol) == OptionSymbol(root=root, date=dt.date(*date), right=right, strike=strike)


@pytest.mark.parametrize(
    ("symbol", "root", "date", "right", "strike"),
    [
        ("BTC-25SEP20-9000-C", "BTC", (2020, 9, 25), Right.CALL, 9000.0),
        ("ETH-5JAN24-2250-P", "ETH", (2024, 1, 5), Right.PUT, 2250.0),
        ("XRP_USDC-30JUN23-0d525-P", "XRP_USDC", (2023, 6, 30), Right.PUT, 0.525),
    ],
)
def test_a_deribit_name_names_root_date_right_and_strike(symbol, root, date, right, strike):
    assert parse_deribit(symbol) == OptionSymbol(root=root, date=dt.date(*date), right=right, strike=strike)


contracts = st.builds(
    OptionSymbol,
    root=st.from_regex(r"[A-Z]{1,5}[1-9]?", fullmatch=True),
    date=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
    right=st.sampled_from(Right),
    strike=st.integers(1, 10**8 - 1).map(lambda thousandths: thousandths / 1000.0),
)


@given(contracts, st.booleans())
def test_what_is_written_as_occ_is_read_back(contract, padded):
    assert parse_occ(format_occ(contract, padded=padded)) == contract


@given(contracts)
def test_what_is_written_for_deribit_is_read_back(contract):
    contract = OptionSymbol(root="BTC", date=contract.date, right=contract.right, strike=contract.strike)
    assert parse_deribit(format_deribit(contract)) == contract
    assert parse_symbol(format_deribit(contract)) == contract


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "SPX",
        "SPX220230C04500000",  # 30 February
        "SPX220218X04500000",
        "SPX220218C0450000",
        "SPX220218C00000000",
        "SPXWXYZ220218C04500000",
        "spx220218c04500000",
        "SPX22021٨C04500000",  # a digit, but not one of ours
        "BTC-25SEP20-9000",
        "BTC-25XXX20-9000-C",
        "BTC-32SEP20-9000-C",
        "BTC-25SEP20-0-C",
        "BTC-PERPETUAL",
    ],
)
def test_what_names_no_contract_is_a_symbol_error(symbol):
    with pytest.raises(SymbolError, match=r"symbol: expected"):
        parse_symbol(symbol)


@pytest.mark.parametrize("strike", [0.0, -1.0, 100_000.0, 0.0005, 12.34567])
def test_a_strike_that_occ_cannot_hold_is_refused(strike):
    with pytest.raises(SymbolError, match="strike"):
        format_occ(OptionSymbol(root="SPX", date=dt.date(2022, 2, 18), right=Right.CALL, strike=strike))


AMD = OptionSymbol(root="AMD", date=dt.date(2026, 1, 16), right=Right.CALL, strike=250.0)


def test_a_whole_split_divides_strikes_and_multiplies_contracts():
    terms = after_split(AMD, new=2, old=1)
    assert (terms.symbol.root, terms.symbol.strike) == ("AMD", 125.0)
    assert (terms.contract_count, terms.shares_per_contract) == (2, 100.0)


@pytest.mark.parametrize(("new", "old", "shares"), [(3, 2, 150.0), (1, 10, 10.0)])
def test_any_other_split_keeps_the_strike_and_makes_an_adjusted_class(new, old, shares):
    terms = after_split(AMD, new=new, old=old)
    assert (terms.symbol.root, terms.symbol.strike, terms.contract_count) == ("AMD1", 250.0, 1)
    assert terms.shares_per_contract == shares
    assert after_split(terms.symbol, new=3, old=2).symbol.root == "AMD2"


@given(st.integers(1, 20), st.integers(1, 20).map(lambda shares: 5 * shares))
def test_a_split_keeps_what_exercise_costs_and_delivers(ratio, strike):
    before = OptionSymbol(root="AMD", date=AMD.date, right=Right.PUT, strike=float(strike * ratio))
    if ratio > 1:
        terms = after_split(before, new=ratio, old=1)
        delivered = terms.contract_count * terms.shares_per_contract
        assert delivered == 100.0 * ratio
        assert delivered * terms.symbol.strike == pytest.approx(100.0 * before.strike, rel=1e-12)


@pytest.mark.parametrize(("new", "old"), [(1, 1), (0, 1), (2, -1)])
def test_what_is_no_split_is_refused(new, old):
    with pytest.raises(SymbolError, match="split"):
        after_split(AMD, new=new, old=old)
