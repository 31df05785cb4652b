import dataclasses
import datetime as dt

import numpy as np
import pytest
from gex_server.errors import FieldError
from gex_server.wire.chain import ChainLimits, chain_from_proto, chain_to_proto
from gexapi.v1 import chain_pb2, common_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from gex.contracts import ContractSpec, Exercise, Expiry, Payoff, Settlement
from gex.errors import ColumnError, TooLargeError
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects
from gex.sample import sample_chain

NS = "datetime64[ns]"


def assert_same(one, other):
    """Every field of every dataclass, columns bit for bit."""
    assert type(one) is type(other)
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(a) and not isinstance(a, Expiry):
            assert_same(a, b)
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name


def unusual_chain():
    """A chain in which no field has its default."""
    contracts = [
        ContractSpec(
            root="SPXW",
            underlying="XX",
            multiplier=7.0,
            exercise=Exercise.AMERICAN,
            settlement=Settlement.AM,
            payoff=Payoff.INVERSE,
            currency="EUR",
            calendar=None,
            adjusted=True,
            quoted_after_close_minutes=9,
            ticks=((0.0, 0.5), (2.0, 1.0)),
        ),
        ContractSpec(
            root="AB-7",
            underlying="XX",
            multiplier=0.5,
            exercise=Exercise.EUROPEAN,
            settlement=Settlement.UTC_0800,
            calendar="XLON",
        ),
    ]
    expiries = tuple(
        Expiry(contract=c, date=dt.date(2024, 5, d), settles_at=np.datetime64(f"2024-05-{d}T01:02:03.000000004", "ns"))
        for c, d in zip(contracts, (17, 18), strict=True)
    )
    quotes = Quotes(
        underlying="XX",
        as_of=np.datetime64("2024-03-01T21:00:00.123456789", "ns"),
        spot=99.5,
        expiries=expiries,
        source="somewhere",
        open_interest_date=np.datetime64("2024-02-29", "D"),
        row=[3, 5, 8],
        expiry=[1, 0, 1],
        strike=[90.0, 100.0, 0.1],
        right=[1, -1, -1],
        bid=[1.0, np.nan, 0.0],
        ask=[1.5, 2.0, np.nan],
        last=[1.1, np.nan, 3.0],
        volume=[10.0, 0.0, np.nan],
        open_interest=[100.0, 7.0, np.nan],
        quoted_at=np.array(["2024-03-01T20:59:59.5", "NaT", "2024-03-01T20:00:00"], NS),
        source_vol=[0.2, np.nan, 0.3],
        source_delta=[0.5, -0.25, np.nan],
        source_gamma=[0.01, np.nan, 0.02],
    )
    rejects = Rejects(
        row=[0, 1, 3],
        reason=[RejectReason.MALFORMED, RejectReason.DUPLICATE, RejectReason.BAD_PRICE],
        open_interest=[np.nan, 4.0, 5.0],
    )
    return Cleaned(quotes=quotes, rejects=rejects, row_count=5)


def encoded(chain):
    message = chain_pb2.Chain()
    chain_to_proto(chain, message)
    return message


def usual():
    """A small well-formed message, for breaking one thing at a time."""
    return chain_pb2.Chain(
        underlying="SPX",
        as_of=Timestamp(seconds=1_700_000_000),
        spot=4500.0,
        expiries=[common_pb2.Expiry(root="SPXW", expiry="2023-12-15")],
        expiry_index=[0, 0, 0],
        strike=[4400.0, 4500.0, 4600.0],
        right=[1, 2, 1],
        bid=[110.0, 50.0, 20.0],
        ask=[112.0, 51.0, 21.0],
    )


def test_every_field_of_a_chain_comes_back_as_it_went():
    chain = unusual_chain()
    for owner in (chain.quotes, *(e.contract for e in chain.quotes.expiries[:1])):
        for field in dataclasses.fields(owner):
            if field.default is not dataclasses.MISSING and "dtype" not in field.metadata:
                assert getattr(owner, field.name) != field.default, f"{field.name}: the test chain has the default"
    again = chain_from_proto(chain_pb2.Chain.FromString(encoded(chain).SerializeToString()))
    assert_same(chain, again)


@pytest.mark.parametrize("kind", ["index", "crypto"])
def test_a_whole_sample_comes_back_as_it_went(kind):
    chain = sample_chain(kind=kind, option_count=1000).parsed
    assert_same(chain, chain_from_proto(encoded(chain)))


def test_absent_columns_and_scalars_stay_absent():
    chain = chain_from_proto(usual())
    quotes = chain.quotes
    assert np.isnan(quotes.open_interest).all()
    assert np.isnat(quotes.quoted_at).all()
    assert quotes.open_interest_date is None
    np.testing.assert_array_equal(quotes.row, [0, 1, 2])
    assert (chain.row_count, len(chain.rejects)) == (3, 0)
    message = usual()
    message.ClearField("spot")
    assert chain_from_proto(message).quotes.spot is None


def test_terms_left_out_are_those_of_the_root():
    expiry = chain_from_proto(usual()).quotes.expiries[0]
    assert expiry.settles_at == np.datetime64("2023-12-15T21:00:00", "ns")  # 16:00 New York
    assert (expiry.contract.multiplier, expiry.contract.exercise) == (100.0, Exercise.EUROPEAN)
    message = usual()
    message.expiries[0].root = ""  # the underlying, SPX: settled at the open
    assert chain_from_proto(message).quotes.expiries[0].settles_at == np.datetime64("2023-12-15T14:30:00", "ns")
    message.expiries[0].root = "no/root-at-all"
    assert chain_from_proto(message).quotes.expiries[0].contract.exercise is Exercise.AMERICAN


def test_decoded_columns_are_not_copied_again():
    strike = chain_from_proto(usual()).quotes.strike
    assert strike.base is None
    assert not strike.flags.writeable


COLUMN_FAULTS = [
    ("strike", [4400.0, np.nan, 4600.0], "chain.strike", 1),
    ("strike", [4400.0, 4500.0, 0.0], "chain.strike", 2),
    ("strike", [np.inf, 4500.0, 4600.0], "chain.strike", 0),
    ("strike", [4400.0, 4500.0], "chain.expiry_index", 2),
    ("bid", [110.0, 50.0], "chain.bid", 2),
    ("bid", [110.0, -0.5, 20.0], "chain.bid", 1),
    ("ask", [110.0, 50.0, np.inf], "chain.ask", 2),
    ("last", [-1.0, 50.0, 20.0], "chain.last", 0),
    ("volume", [1.0, -1.0, 1.0], "chain.volume", 1),
    ("open_interest", [1.0, -1.0, 1.0], "chain.open_interest", 1),
    ("source_gamma", [0.0, -np.inf, 0.0], "chain.source_gamma", 1),
    ("right", [1, 0, 2], "chain.right", 1),
    ("right", [1, 2, 7], "chain.right", 2),
    ("expiry_index", [0, 1, 0], "chain.expiry_index", 1),
    ("expiry_index", [-1, 0, 0], "chain.expiry_index", 0),
    ("row", [0, -4, 1], "chain.row", 1),
    ("quoted_at", [1, 2**63, 1], "chain.quoted_at", 1),
]


@pytest.mark.parametrize(("name", "values", "column", "row"), COLUMN_FAULTS)
def test_a_malformed_column_is_refused_by_column_and_row(name, values, column, row):
    message = usual()
    message.ClearField(name)
    getattr(message, name).extend(values)
    with pytest.raises(ColumnError) as caught:
        chain_from_proto(message)
    assert (caught.value.column, caught.value.row) == (column, row)


def test_a_chain_without_rows_is_refused():
    message = usual()
    for name in ("strike", "right", "expiry_index", "bid", "ask"):
        message.ClearField(name)
    with pytest.raises(ColumnError, match="at least one row"):
        chain_from_proto(message)


def test_more_rows_than_the_limit_are_refused_before_they_are_looked_at():
    message = usual()
    with pytest.raises(TooLargeError, match=r"chain\.strike\[2\]: expected at most 2 rows, got 3"):
        chain_from_proto(message, limits=ChainLimits(rows=2))
    with pytest.raises(TooLargeError, match=r"chain\.expiries"):
        chain_from_proto(message, limits=ChainLimits(expiries=0))
    message.source_rejects.row.extend([1, 2, 3, 4])
    message.source_rejects.reason.extend(["malformed"] * 4)
    with pytest.raises(TooLargeError, match="source_rejects"):
        chain_from_proto(message, limits=ChainLimits(rows=3))


def changed(**fields):
    message = usual()
    message.MergeFrom(chain_pb2.Chain(**fields))
    return message


def with_expiry(**fields):
    message = usual()
    message.expiries[0].MergeFrom(common_pb2.Expiry(**fields))
    return message


FIELD_FAULTS = [
    (changed(spot=-1.0), "chain.spot"),
    (changed(spot=np.nan), "chain.spot"),
    (with_expiry(multiplier=0.0), "chain.expiries[0].multiplier"),
    (with_expiry(calendar="NOWHERE"), "chain.expiries[0].calendar"),
    (with_expiry(exercise=9), "chain.expiries[0].exercise"),
    (with_expiry(settlement_style=9), "chain.expiries[0].settlement_style"),
    (with_expiry(tick=[0.1]), "chain.expiries[0].tick"),
    (with_expiry(tick=[0.1, 0.0], tick_from=[0.0, 1.0]), "chain.expiries[0].tick"),
    (with_expiry(tick=[0.1, 0.2], tick_from=[0.0, 0.0]), "chain.expiries[0].tick_from"),
    (with_expiry(underlying="NDX"), "chain.expiries[0].underlying"),
    (with_expiry(expiry="1850-01-01"), "chain.expiries[0].expiry"),
]


@pytest.mark.parametrize(("message", "field"), FIELD_FAULTS)
def test_a_field_that_cannot_be_used_is_refused_by_its_path(message, field):
    with pytest.raises(FieldError) as caught:
        chain_from_proto(message)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")


def test_a_date_or_instant_that_is_none_is_refused():
    with pytest.raises(
        FieldError, match=r"chain\.expiries\[0\]\.expiry: expected a date as 2022-02-18, got '20231215'"
    ):
        chain_from_proto(with_expiry(expiry="20231215"))
    with pytest.raises(FieldError, match=r"chain\.as_of: expected an instant"):
        chain_from_proto(changed(as_of=Timestamp(seconds=-5)))
    for name in ("underlying", "as_of"):
        message = usual()
        message.ClearField(name)
        with pytest.raises(FieldError, match=f"chain.{name}"):
            chain_from_proto(message)


def test_an_unknown_reason_of_the_sender_is_refused():
    message = usual()
    message.source_rejects.row.extend([1, 2])
    message.source_rejects.reason.extend(["malformed", "tired"])
    with pytest.raises(ColumnError, match="got 'tired'") as caught:
        chain_from_proto(message)
    assert (caught.value.column, caught.value.row) == ("chain.source_rejects.reason", 1)


@pytest.mark.parametrize("spot", [5e-324, 1e-300, 1e300])
def test_a_spot_whose_cube_or_inverse_is_no_number_is_refused(spot):
    with pytest.raises(FieldError) as caught:
        chain_from_proto(changed(spot=spot))
    assert caught.value.field == "chain.spot"
