import pytest

from gex.contracts import Exercise, Payoff, Settlement
from gex.errors import SymbolError
from gex.roots import contract_spec, deribit_spec, is_on_future, listed_spec, us_spec


@pytest.mark.parametrize(
    ("root", "underlying", "settlement", "exercise", "multiplier"),
    [
        ("SPX", "SPX", Settlement.AM, Exercise.EUROPEAN, 100.0),
        ("SPXW", "SPX", Settlement.PM, Exercise.EUROPEAN, 100.0),
        ("NDX", "NDX", Settlement.AM, Exercise.EUROPEAN, 100.0),
        ("NDXP", "NDX", Settlement.PM, Exercise.EUROPEAN, 100.0),
        ("RUT", "RUT", Settlement.AM, Exercise.EUROPEAN, 100.0),
        ("RUTW", "RUT", Settlement.PM, Exercise.EUROPEAN, 100.0),
        ("XSP", "XSP", Settlement.PM, Exercise.EUROPEAN, 100.0),
        ("VIX", "VIX", Settlement.AM, Exercise.EUROPEAN, 100.0),
        ("VIXW", "VIX", Settlement.AM, Exercise.EUROPEAN, 100.0),
        ("OEX", "OEX", Settlement.PM, Exercise.AMERICAN, 100.0),
        ("XEO", "OEX", Settlement.PM, Exercise.EUROPEAN, 100.0),
        ("ES", "ES", Settlement.AM, Exercise.AMERICAN, 50.0),
        ("SPY", "SPY", Settlement.PM, Exercise.AMERICAN, 100.0),
        ("AMD", "AMD", Settlement.PM, Exercise.AMERICAN, 100.0),
    ],
)
def test_a_root_has_the_terms_of_its_exchange(root, underlying, settlement, exercise, multiplier):
    spec = contract_spec(root)
    assert (spec.underlying, spec.settlement, spec.exercise, spec.multiplier) == (
        underlying,
        settlement,
        exercise,
        multiplier,
    )
    assert not spec.adjusted


def test_an_adjusted_class_is_its_own_underlying():
    spec = contract_spec("AMD1")
    assert spec.adjusted
    assert spec.underlying == "AMD1"


def test_deribit_coins_are_inverse_and_usdc_classes_linear():
    assert contract_spec("BTC").payoff is Payoff.INVERSE
    assert contract_spec("BTC").currency == "BTC"
    assert deribit_spec("SOL_USDC").payoff is Payoff.LINEAR
    assert deribit_spec("ETH").calendar is None
    assert deribit_spec("ETH").settlement is Settlement.UTC_0800


def test_the_etf_of_the_same_ticker_as_a_coin_is_reached_by_listed_spec():
    assert listed_spec("BTC").payoff is Payoff.LINEAR
    assert listed_spec("BTC").multiplier == 100.0


@pytest.mark.parametrize("root", ["ES", "EW", "NQ", "RTY"])
def test_an_occ_symbol_names_shares_and_never_the_future_of_the_same_ticker(root):
    """Eversource (ES) and Edwards Lifesciences (EW) are shares: 100 a contract, settled at the close."""
    listed, future = listed_spec(root), contract_spec(root)
    assert (listed.multiplier, listed.settlement, listed.underlying) == (100.0, Settlement.PM, root)
    assert future.multiplier in {20.0, 50.0}
    assert is_on_future(future)
    assert not is_on_future(listed)
    assert us_spec(root) == future


def test_ticks_grow_with_the_price():
    assert contract_spec("SPX").tick_at(2.95) == 0.05
    assert contract_spec("SPX").tick_at(3.0) == 0.10
    assert contract_spec("BTC").tick_at(0.0049) == 0.0001
    assert contract_spec("BTC").tick_at(0.005) == 0.0005


@pytest.mark.parametrize("root", ["", "spx", "TOOLONG", "1SPX", "AB-C", "AMD0", "SPX\n"])
def test_what_can_be_no_root_is_a_symbol_error(root):
    with pytest.raises(SymbolError, match="root: expected"):
        contract_spec(root)


def test_an_unknown_deribit_class_is_a_symbol_error():
    with pytest.raises(SymbolError, match="Deribit"):
        deribit_spec("DOGE")
