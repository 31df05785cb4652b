"""The answer of a book's risk says what the library says; what it cannot price it names."""

import dataclasses

import numpy as np
import pytest
from gex_server.answers.risk import compute_risk
from gex_server.errors import FieldError
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.risk import AMOUNTS
from gexapi.v1 import risk_pb2

from gex.contracts import Right
from gex.errors import ColumnError, UnknownUnderlyingError
from gex.pipeline import analyse
from gex.portfolio.deltas import MinimumVarianceFit, minimum_variance_delta, smile_delta
from gex.portfolio.positions import OptionLine, match_positions
from gex.portfolio.risk import PortfolioRisk, RiskTotals, portfolio_risk
from tests.server.requests import book_message, chain_message

CHAIN = chain_message(options=1_000)
BOOK = book_message(CHAIN)


def answer(book=BOOK, chains=(CHAIN,), **settings):
    return compute_risk(risk_pb2.ComputeRiskRequest(book=book, chains=chains, settings=settings))


def library_risk():
    analysis = analyse(chain_from_proto(CHAIN))
    middle = analysis.cleaned.quotes.expiries[len(CHAIN.expiries) // 2]
    table = BOOK.options
    lines = [
        OptionLine(
            row=i,
            root=middle.root,
            expiry=middle.date,
            strike=table.strike[i],
            right=Right.CALL if table.right[i] == 1 else Right.PUT,
            contracts=table.contract_count[i],
        )
        for i in range(len(table.strike))
    ]
    return portfolio_risk(match_positions(lines, analysis.cleaned.quotes), analysis.surface)


RISK = library_risk()


def test_no_field_of_a_domain_type_is_left_out():
    properties = {name for name, value in vars(RiskTotals).items() if isinstance(value, property)}
    assert set(AMOUNTS) == properties | {"value"}
    given = {"spot", "value", "delta", "net_delta", "gamma", "speed", "zomma", "color"}
    through_properties = {"vega", "theta", "rho", "vanna", "charm", "volga"}
    assert {field.name for field in dataclasses.fields(RiskTotals)} == given | through_properties
    columns = {"vol", "price", "value", "delta", "net_delta", "gamma", "is_priced", "is_approximate"}
    sums_only = {"speed", "zomma", "color"}
    assert set(PortfolioRisk.column_names()) == columns | through_properties | sums_only


def test_totals_and_positions_are_those_of_the_library():
    totals, response = RISK.totals(), answer()
    total = response.totals[0]
    assert (total.group, total.currency, total.position_count) == ("total", "USD", 4)
    for name in (*AMOUNTS, "delta", "gamma"):
        assert getattr(total, name) == getattr(totals, name), name
    np.testing.assert_array_equal(np.asarray(response.positions.delta), RISK.delta)
    np.testing.assert_array_equal(np.asarray(response.positions.vega_per_vol_point), RISK.vega * 0.01)
    np.testing.assert_array_equal(np.asarray(response.positions.theta_per_day), RISK.theta / 365.0)
    assert not response.positions.coin_delta


def test_positions_and_expiries_add_up_to_the_total():
    response = answer(group_by=["underlying", "expiry"])
    assert [one.group for one in response.totals] == ["total", "underlying", "expiry"]
    total, _, expiry = response.totals
    for name in AMOUNTS:
        assert getattr(expiry, name) == pytest.approx(getattr(total, name), rel=1e-12), name
        if name in risk_pb2.PositionRisk.DESCRIPTOR.fields_by_name:
            assert sum(getattr(response.positions, name)) == pytest.approx(getattr(total, name), rel=1e-12), name


def test_a_future_adds_its_delta_and_its_profit():
    book = risk_pb2.Book()
    book.CopyFrom(BOOK)
    future = book.linear.add(
        symbol="ES",
        underlying="SPX",
        kind="future",
        contract_count=2.0,
        multiplier=50.0,
        price=5100.0,
        entry_price=5000.0,
    )
    future.settlement.CopyFrom(CHAIN.expiries[-1].settlement)
    response, without = answer(book), answer()
    (linear,) = response.linear
    assert linear.delta == 2.0 * 50.0 * 5100.0 / CHAIN.spot
    assert linear.value == 2.0 * 50.0 * 100.0
    assert response.totals[0].delta == pytest.approx(without.totals[0].delta + linear.delta, rel=1e-14)


def test_what_cannot_be_priced_is_named_with_its_table_and_row_and_is_in_no_total():
    book = risk_pb2.Book()
    book.CopyFrom(BOOK)
    book.expiries.add(root="SPXW", underlying="SPX", expiry="2031-01-03")
    for index, strike in ((1, 5000.0), (0, 123.456)):
        book.options.expiry_index.append(index)
        book.options.strike.append(strike)
        book.options.right.append(1)
        book.options.contract_count.append(5.0)
    book.options.position_id.extend([f"p{i}" for i in range(6)])
    gone = book.linear.add(symbol="OLD", underlying="SPX", kind="future", contract_count=1.0, multiplier=50.0)
    gone.settlement.FromJsonString("2001-01-01T00:00:00Z")
    response = answer(book)
    assert sorted((one.table, one.row, one.reason, one.position_id) for one in response.unpriced) == [
        ("linear", 0, "expired", ""),
        ("options", 4, "unknown_expiry", "p4"),
        ("options", 5, "unknown_strike", "p5"),
    ]
    assert response.totals[0].value == answer().totals[0].value
    assert np.isnan(response.positions.value[4:]).all()
    assert np.isfinite(response.positions.value[:4]).all()


def test_a_book_on_two_underlyings_is_valued_in_both_markets():
    coin = chain_message(kind="crypto")
    book = book_message(coin)
    book.options.expiry_index.extend([1] * 4)
    book.expiries.append(BOOK.expiries[0])
    for name in ("strike", "right", "contract_count"):
        getattr(book.options, name).extend(getattr(BOOK.options, name))
    response = answer(book, (CHAIN, coin))
    assert [(one.group, one.name) for one in response.totals] == [
        ("total", ""),
        ("underlying", "BTC"),
        ("underlying", "SPX"),
    ]
    total, btc, spx = response.totals
    assert spx.value == answer().totals[0].value
    assert total.value == btc.value + spx.value
    assert total.position_count == 8
    assert not total.HasField("delta"), "units of two things do not add"
    assert btc.HasField("coin_delta")
    coin_delta = np.asarray(response.positions.coin_delta)
    np.testing.assert_array_equal(np.isfinite(coin_delta), [True] * 4 + [False] * 4)
    assert [market.underlying for market in response.markets] == ["BTC", "SPX"]


def test_a_market_that_is_neither_sent_nor_kept_is_missing():
    with pytest.raises(UnknownUnderlyingError, match="SPX"):
        answer(chains=())


def broken(**changed):
    book = risk_pb2.Book()
    book.CopyFrom(BOOK)
    for name, values in changed.items():
        book.options.ClearField(name)
        getattr(book.options, name).extend(values)
    return book


@pytest.mark.parametrize(
    ("name", "values", "row"),
    [
        ("strike", [1.0, 2.0, -1.0, 4.0], 2),
        ("right", [1, 2, 3, 1], 2),
        ("contract_count", [1.0, np.nan, 1.0, 1.0], 1),
        ("contract_count", [1.0], 1),
        ("expiry_index", [0, 0, 0, 1], 3),
    ],
)
def test_a_malformed_position_is_refused_by_column_and_row(name, values, row):
    with pytest.raises(ColumnError) as caught:
        answer(broken(**{name: values}))
    assert (caught.value.column, caught.value.row) == (f"book.options.{name}", row)


@pytest.mark.parametrize(
    ("position", "field"),
    [
        ({"kind": "future", "multiplier": 1.0}, "underlying"),
        ({"underlying": "SPX", "kind": "swap", "multiplier": 1.0}, "kind"),
        ({"underlying": "SPX", "kind": "future"}, "multiplier"),
        ({"underlying": "SPX", "kind": "future", "multiplier": 1.0, "contract_value": 1.0}, "contract_value"),
        ({"underlying": "SPX", "kind": "spot", "contract_count": np.inf}, "contract_count"),
        ({"underlying": "SPX", "kind": "spot", "price": -1.0}, "price"),
    ],
)
def test_a_malformed_linear_position_is_refused_by_path(position, field):
    with pytest.raises(FieldError) as caught:
        answer(risk_pb2.Book(linear=[position]))
    assert caught.value.field == f"book.linear[0].{field}"


def test_an_empty_book_and_unknown_groups_are_refused():
    with pytest.raises(FieldError, match="at least one position"):
        answer(risk_pb2.Book())
    with pytest.raises(FieldError, match=r"settings\.group_by\[0\]"):
        answer(group_by=["moon"])
    with pytest.raises(FieldError, match=r"chains\[1\]\.underlying"):
        answer(chains=(CHAIN, CHAIN))


def two_desks():
    book = risk_pb2.Book()
    book.CopyFrom(BOOK)
    book.accounts.extend(["desk-1", "desk-2"])
    book.options.account_index.extend([0, 1, 1, 0])
    book.options.entry_price.extend([10.0, 20.0, 30.0, 40.0])
    return book


def test_accounts_add_up_and_profit_is_value_less_what_was_paid():
    book = two_desks()
    response = answer(book, group_by=["account"])
    total, first, second = response.totals
    assert [(one.group, one.name) for one in response.totals[1:]] == [("account", "desk-1"), ("account", "desk-2")]
    for name in (*AMOUNTS, "profit"):
        assert getattr(first, name) + getattr(second, name) == pytest.approx(getattr(total, name), rel=1e-12), name
    paid = sum(n * 100.0 * p for n, p in zip(book.options.contract_count, book.options.entry_price, strict=True))
    assert total.profit == pytest.approx(total.value - paid, rel=1e-12)
    book.options.entry_price[2] = float("nan")
    assert not answer(book).totals[0].HasField("profit")
    book.options.account_index[3] = 2
    with pytest.raises(ColumnError, match="account_index"):
        answer(book)


def test_deltas_along_the_smile_and_of_least_variance_stand_beside_black_scholes():
    fit = {"underlying": "SPX", "a": -0.05, "b": 0.02, "c": 0.01, "gain": 0.2, "gain_low": 0.1, "gain_high": 0.3}
    settings = {
        "smile_dynamics": {"name": "skew_stickiness", "skew_stickiness": 0.3},
        "minimum_variance": [fit | {"right": 1}, fit | {"right": 2}],
    }
    response = answer(**settings)
    total, rows = response.totals[0], response.positions
    np.testing.assert_allclose(np.asarray(rows.smile_delta), smile_delta(RISK, 0.3), rtol=1e-13)
    trusted = MinimumVarianceFit(
        coefficients=(-0.05, 0.02, 0.01),
        count=0,
        period_count=0,
        in_sample_gain=0.0,
        gain=0.2,
        gain_interval=(0.1, 0.3),
    )
    np.testing.assert_allclose(
        np.asarray(rows.minimum_variance_delta), minimum_variance_delta(RISK, trusted, trusted), rtol=1e-13
    )
    assert total.smile_delta == pytest.approx(sum(rows.smile_delta), rel=1e-12)
    assert total.minimum_variance_delta == pytest.approx(sum(rows.minimum_variance_delta), rel=1e-12)
    assert total.minimum_variance_delta != pytest.approx(total.delta, rel=1e-3)
    doubtful = fit | {"gain_low": -0.1}
    fallback = answer(minimum_variance=[doubtful | {"right": 1}, doubtful | {"right": 2}])
    assert fallback.totals[0].minimum_variance_delta == pytest.approx(total.delta, rel=1e-12)
    with pytest.raises(FieldError, match="calls and of puts"):
        answer(minimum_variance=[fit | {"right": 1}])


def test_buckets_of_time_hold_the_whole_vega():
    buckets, total = answer().buckets, answer().totals[0]
    assert sum(buckets.vega_per_vol_point) == pytest.approx(total.vega_per_vol_point, rel=1e-12)
    assert sum(buckets.theta_per_day) == pytest.approx(total.theta_per_day, rel=1e-12)
    assert buckets.days[-1] == float("inf")
    assert list(answer(bucket_days=[5.0]).buckets.days) == [5.0, float("inf")]
    with pytest.raises(FieldError, match="bucket_days"):
        answer(bucket_days=[5.0, 1.0])


def test_a_book_on_two_underlyings_is_weighted_to_one_of_them():
    other = chain_message(underlying="NDX", options=400)
    book = risk_pb2.Book()
    book.CopyFrom(BOOK)
    own = book_message(other)
    book.expiries.add(root=own.expiries[0].root, underlying="NDX", expiry=own.expiries[0].expiry)
    for i in range(len(own.options.strike)):
        book.options.expiry_index.append(1)
        book.options.strike.append(own.options.strike[i])
        book.options.right.append(own.options.right[i])
        book.options.contract_count.append(3.0)
    asked = {
        "beta_reference": "SPX",
        "beta": {"NDX": 1.2},
        "beta_standard_error": {"NDX": 0.1},
        "beta_correlation": {"NDX": 0.9},
        "reference_volatility": 0.2,
    }
    response = answer(book, (CHAIN, other), group_by=["underlying"], **asked)
    total, spx, ndx = response.totals
    assert not total.HasField("delta")
    share = ndx.delta_notional / CHAIN.spot
    assert total.beta_weighted_delta == pytest.approx(spx.delta + 1.2 * share, rel=1e-12)
    assert total.beta_weighted_delta_error == pytest.approx(abs(0.1 * share), rel=1e-12)
    idle = abs(1.2 * 0.2 * ndx.delta_notional) * np.sqrt((1.0 / 0.81 - 1.0) / 365.0)
    assert response.beta_weighted.residual_standard_deviation_per_day == pytest.approx(idle, rel=1e-12)
    in_euros = answer(book, (CHAIN, other), currency="EUR", exchange_rate={"USD": 0.9}).totals[0]
    assert (in_euros.currency, in_euros.value) == ("EUR", pytest.approx(0.9 * total.value, rel=1e-12))
    with pytest.raises(FieldError, match="exchange_rate"):
        answer(currency="EUR")
    with pytest.raises(FieldError, match=r"settings\.beta_reference"):
        answer(beta_reference="DAX")
    unweighted = answer(book, (CHAIN, other), beta_reference="SPX").beta_weighted
    assert list(unweighted.without_beta) == ["NDX"]
