"""The client and a real server, each in its own process."""

import asyncio
import math

import gex_client
import numpy as np
import pytest
from gex_client import (
    Book,
    Chain,
    Client,
    ColumnError,
    DeadlineError,
    InputError,
    NotBuiltError,
    RevisionConflictError,
    TooLargeError,
    UnknownUnderlyingError,
)
from gex_client.aio import AsyncClient
from gex_server.answers.exposure import compute_exposure
from gexapi.v1 import exposure_pb2

from tests.client.conftest import assert_same_columns, later, renamed
from tests.server.running import RunningServer

POSITIONINGS = ("oi_calls_long_puts_short", "oi_customers_long_all")


def short_calls(chain: Chain) -> Book:
    """Ten short calls at the money of the middle expiry."""
    at = len(chain.expiries) // 2
    strikes = chain.strike[chain.expiry_index == at]
    return Book(
        underlying=chain.underlying,
        options={
            "expiry": [chain.expiries[at].expiry],
            "root": [chain.expiries[at].root],
            "strike": [strikes[np.argmin(np.abs(strikes - chain.spot))]],
            "right": ["C"],
            "contract_count": [-10.0],
        },
    )


def futures(chain: Chain) -> list[dict[str, object]]:
    settlement = chain.to_proto().expiries[-1].settlement
    return [
        {"symbol": name, "kind": "index", "multiplier": size, "settlement": settlement, "fee_per_contract": 1.2}
        for name, size in (("ES", 50.0), ("MES", 5.0))
    ]


def test_a_published_chain_is_kept_as_it_was(client, sample):
    chain = renamed(sample, "KEPT")
    kept = client.publish_chain(chain)
    assert (kept.underlying, kept.row_count) == ("KEPT", len(chain))
    again = client.chain("KEPT")
    assert again.revision == kept.revision
    assert again.chain.to_proto() == chain.to_proto()
    assert "KEPT" in [one.underlying for one in client.underlyings()]


def test_the_exposure_of_a_kept_chain_is_that_of_the_chain_to_the_bit(client, sample):
    client.publish_chain(renamed(sample, "SAME"))
    request = exposure_pb2.ComputeExposureRequest(chain=renamed(sample, "SAME").to_proto())
    for name in POSITIONINGS:
        request.settings.positionings.add(model=name)
    here = compute_exposure(request)
    kept = client.exposure("SAME", positionings=POSITIONINGS)
    sent = client.exposure(renamed(sample, "SAME"), positionings=POSITIONINGS)
    assert sent.proto == here
    for ours, theirs in zip(kept.books, here.books, strict=True):
        assert ours.proto == theirs


def test_the_cells_of_a_map_sum_to_its_total(client, sample):
    client.publish_chain(renamed(sample, "SUMS"))
    exposure = client.exposure("SUMS", positionings=POSITIONINGS)
    assert [book.positioning for book in exposure.books] == list(POSITIONINGS)
    assert exposure.as_of == sample.as_of
    for book in exposure.books:
        cells = np.nansum(book.map.gamma_exposure_per_percent)
        assert cells == pytest.approx(book.gamma_exposure_per_percent, rel=1e-12)  # summed in another order
        assert len(book.map.to_frame()) == len(book.map)


def test_options_of_a_call_reach_the_server(client, sample):
    chain = renamed(sample, "TOLD")
    settings = {"omit_map": True, "profile_low": 0.9, "profile_high": 1.1}
    exposure = client.exposure(chain, greeks="source", rate=0.03, settings=settings)
    assert exposure.provenance.greeks_source == "source"
    assert exposure.provenance.discount_source == "rate"
    assert exposure.books[0].map is None
    assert exposure.books[0].profile.spot[0] == pytest.approx(0.9 * exposure.spot, rel=1e-12)
    live = [state for state in exposure.expiries if state.discount_factor is not None]
    assert live[5].discount_factor == pytest.approx(math.exp(-0.03 * live[5].time_to_expiry), rel=1e-14)


def test_vols_have_one_row_a_kept_option(client, sample):
    kept = client.publish_chain(renamed(sample, "VOLS"))
    vols = client.vols("VOLS")
    assert len(vols.options) == kept.kept_row_count
    assert_same_columns(vols.options.columns(), client.vols(renamed(sample, "VOLS")).options.columns())
    quoted = np.isfinite(vols.options.mid_vol)
    assert quoted.sum() > 300
    assert (vols.options.status[quoted] == "ok").all()
    assert set(np.unique(vols.options.right)) == {-1, 1}


def test_the_hedge_of_short_calls_buys_futures_into_the_band(client, sample):
    client.publish_chain(renamed(sample, "HEDG"))
    chain = renamed(sample, "HEDG")
    plan = client.plan_hedge(short_calls(chain), futures(chain), policy={"delta_cap": 150.0})
    assert plan.action == "trade"
    assert {order.instrument for order in plan.orders} <= {"ES", "MES"}
    assert all(order.contracts > 0 for order in plan.orders)
    assert plan.mishedge + sum(order.units for order in plan.orders) == pytest.approx(plan.residual_delta, abs=1e-6)
    assert plan.band.lower <= plan.residual_delta <= plan.band.upper
    risk = client.risk(short_calls(chain), chains=[chain])
    assert risk.total.delta == pytest.approx(plan.book_delta, rel=1e-9)
    assert len(risk.positions) == 1


def test_a_watch_brings_the_exposure_after_a_publish(client, sample):
    chain = renamed(sample, "SEEN")
    client.publish_chain(chain)
    with client.watch_exposure("SEEN", settings={"omit_map": True}) as watch:
        first = next(watch)
        client.publish_chain(later(chain, 60, sample.spot * 1.001))
        second = next(watch)
    assert second.revision == first.revision + 1
    assert second.spot == pytest.approx(first.spot * 1.001)
    assert without_time(second.proto) == without_time(client.exposure("SEEN", settings={"omit_map": True}).proto)


def test_the_async_client_answers_the_same(client, address, sample):
    chain = renamed(sample, "AIO")

    async def asked():
        async with AsyncClient(address) as gex:
            kept = await gex.publish_chain(chain)
            answers = [
                await gex.exposure("AIO", positionings=POSITIONINGS),
                await gex.vols("AIO"),
                await gex.risk(short_calls(chain)),
                await gex.plan_hedge(short_calls(chain), futures(chain)),
                await gex.chain("AIO"),
            ]
            assert await gex.is_serving()
            assert "AIO" in [one.underlying for one in await gex.underlyings()]
            async with gex.watch_exposure("AIO") as watch:
                first = await anext(watch)
                await gex.publish_chain(later(chain, 60, sample.spot))
                second = await anext(watch)
            return kept, answers, (first.revision, second.revision)

    expected_before = [
        lambda: client.exposure("AIO", positionings=POSITIONINGS),
        lambda: client.vols("AIO"),
        lambda: client.risk(short_calls(chain)),
        lambda: client.plan_hedge(short_calls(chain), futures(chain)),
        lambda: client.chain("AIO"),
    ]
    kept, answers, seen = asyncio.run(asked())
    assert seen == (kept.revision, kept.revision + 1)
    client.publish_chain(chain)
    for answer, ask in zip(answers, expected_before, strict=True):
        theirs = ask()
        assert type(answer) is type(theirs)
        assert without_time(answer.proto) == without_time(theirs.proto)


def without_time(message):
    """The message without what changes between two publishes of one chain."""
    same = type(message)()
    same.CopyFrom(message)
    for name in ("revision", "published_at"):
        if name in same.DESCRIPTOR.fields_by_name:
            same.ClearField(name)
    parts = [same, *getattr(same, "markets", [])]
    for part in parts:
        if "revision" in part.DESCRIPTOR.fields_by_name:
            part.ClearField("revision")
        if "provenance" in part.DESCRIPTOR.fields_by_name:
            part.provenance.ClearField("revision")
            for age in ("age", "spot_age", "quotes_age", "open_interest_age", "trades_age", "surface_age"):
                part.provenance.staleness.ClearField(f"{age}_seconds")
    return same


def test_a_malformed_chain_is_refused_with_column_and_row(client, sample):
    message = renamed(sample, "BAD").to_proto()
    message.strike[3] = math.nan
    with pytest.raises(ColumnError, match="strike") as seen:
        client.publish_chain(message)
    assert (seen.value.column, seen.value.row) == ("chain.strike", 3)
    with pytest.raises(UnknownUnderlyingError):
        client.chain("BAD")


def test_a_chain_that_is_too_large_is_refused_as_such(client, sample):
    rows = np.resize(np.arange(len(sample)), 60_001)
    columns = {
        "expiry": ["2030-01-18"] * 60_001,
        "strike": 1.0 + np.arange(60_001.0),
        "right": sample.right[rows],
        "bid": np.ones(60_001),
    }
    with pytest.raises(TooLargeError, match="60000"):
        client.publish_chain(Chain.from_columns(columns, underlying="BIG", as_of=sample.as_of))


def test_errors_of_the_service_are_raised_as_their_classes(client, sample):
    with pytest.raises(UnknownUnderlyingError, match="NONE"):
        client.exposure("NONE")
    with pytest.raises(InputError, match="positioning"):
        client.exposure(sample, positionings=["dealers_are_nice"])
    with pytest.raises(NotBuiltError) as unbuilt:
        client.exposure(sample, settings={"analysis": {"events": [{"name": "fomc"}]}})
    assert unbuilt.value.field == "settings.analysis.events"
    kept = client.publish_chain(renamed(sample, "TURN"))
    with pytest.raises(RevisionConflictError):
        client.publish_chain(renamed(sample, "TURN"), expected_revision=kept.revision + 5)


def test_a_call_ends_at_its_deadline(client, sample):
    kept = client.publish_chain(renamed(sample, "LATE"))
    with pytest.raises(DeadlineError):
        client.exposure("LATE", min_revision=kept.revision + 1, timeout=0.2)
    with pytest.raises(InputError, match="min_revision"):
        client.exposure(sample, min_revision=1)


def test_a_method_that_is_none_is_refused(client):
    with pytest.raises(InputError, match="method: expected one of"):
        client.call("Divine", exposure_pb2.GetExposureRequest())


def test_a_warm_server_is_serving_and_a_missing_one_is_not(client):
    assert client.is_serving()
    with Client("127.0.0.1:1") as nobody:
        assert not nobody.is_serving(timeout=0.5)


def test_a_watch_outlives_its_server(sample):
    chain = renamed(sample, "BACK")
    with RunningServer() as first:
        first.event("serving")
        address = first.event("listening")["address"]
        port = int(address.rpartition(":")[2])
        client = gex_client.Client(address)
        client.publish_chain(chain)
        watch = client.watch_exposure("BACK")
        assert next(watch).revision == 1
        first.terminate()
        assert first.exit_code() == 0
    with client, watch, RunningServer(port=port) as second:
        second.event("serving")
        with Client(address) as publisher:
            publisher.publish_chain(later(chain, 60, sample.spot))
        newest = watch.next(timeout=30.0)
    assert newest is not None
    assert newest.revision == 1
    assert newest.as_of == later(chain, 60, sample.spot).as_of
