"""Messages of the contract as JSON for a browser."""

import base64
import json
import math

import numpy as np
import pytest
from gex_web.encoding import dumps, plain
from gex_web.parts import GREEKS, LISTED, listing_columns, parts
from gexapi.v1 import common_pb2, exposure_pb2, hedge_pb2
from hypothesis import given
from hypothesis import strategies as st


def decoded(column: dict[str, str]) -> np.ndarray:
    """What the page's `column` makes of it."""
    (kind, text), *rest = column.items()
    assert not rest
    return np.frombuffer(base64.b64decode(text), {"f8": "<f8", "i4": "<i4", "ms": "<f8"}[kind])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)))
def test_a_column_keeps_every_bit_of_every_double(values: list[float]) -> None:
    column = plain(exposure_pb2.ExposureMap(strike=values)).get("strike")
    assert (column is None) == (not values)
    if column is not None:
        assert decoded(column).tobytes() == np.array(values).tobytes()


def test_instants_are_milliseconds_and_integers_stay_whole() -> None:
    ahead = plain(exposure_pb2.ForwardMap(at=[1_718_202_600_123_000_000], line_count=[7]))
    assert decoded(ahead["at"]).tolist() == [1_718_202_600_123.0]
    assert decoded(ahead["line_count"]).tolist() == [7]
    provenance = common_pb2.Provenance()
    provenance.as_of.seconds, provenance.as_of.nanos = 1_718_202_600, 500_000_000
    assert plain(provenance)["as_of"] == 1_718_202_600_500.0


def test_absent_is_absent_and_nan_is_null_never_zero() -> None:
    book = exposure_pb2.ExposureBook(gamma_flip_absence="no_sign_change")
    assert "gamma_flip" not in plain(book)
    assert "delta_exposure" not in plain(book)
    hold = plain(hedge_pb2.PlanHedgeResponse(action="hold", mishedge=math.nan, residual_delta=math.inf))
    assert hold["mishedge"] is None
    assert hold["residual_delta"] is None
    assert json.loads(dumps(hold))["mishedge"] is None


def test_json_never_carries_a_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps({"value": math.nan})


def test_columns_that_the_page_does_not_draw_are_left_out_and_scalars_of_that_name_stay() -> None:
    exposure = exposure_pb2.GetExposureResponse()
    exposure.expiries.add(expiry="2024-06-21")
    exposure.books.add().map.expiry.append("2024-06-21")
    written = plain(exposure, {"expiry"})
    assert written["expiries"][0]["expiry"] == "2024-06-21"
    assert "expiry" not in written["books"][0]["map"]


def test_the_parts_of_an_exposure_hold_each_column_once_and_name_their_rows() -> None:
    exposure = exposure_pb2.GetExposureResponse(spot=100.0)
    held = exposure.books.add(delta_exposure=5.0).map
    for name in (*LISTED, *GREEKS, "gamma_exposure_per_percent"):
        getattr(held, name).extend([1, 2])
    made, listing = parts(exposure), listing_columns(exposure)
    (book,) = made.exposure["books"]
    assert set(listing) == set(LISTED)
    assert set(made.greeks) == set(GREEKS)
    assert set(book["map"]) == {"gamma_exposure_per_percent"}
    assert book["delta_exposure"] == 5.0  # the scalar of that name stays
    held.gamma_exposure_per_percent[0] = 3.0
    assert parts(exposure).listing == made.listing
    held.put_open_interest[1] = 3.0
    assert parts(exposure).listing != made.listing
    assert parts(exposure_pb2.GetExposureResponse()).greeks == listing_columns(exposure_pb2.GetExposureResponse()) == {}


def test_enums_are_their_names() -> None:
    assert plain(common_pb2.ExpiryState(payoff=common_pb2.PAYOFF_INVERSE))["payoff"] == "inverse"
