"""gex demo: the whole of gex in a few seconds, between two processes, on a chain that is made here."""

import time

import numpy as np
from gex_client import Client, ServerError
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2

from gex_cli.exposure_tables import print_exposure
from gex_cli.hedge_tables import print_hedge
from gex_cli.server_process import ServerProcess
from gex_cli.terminal import console

OPTIONS = 8_000
POSITIONINGS = ("oi_calls_long_puts_short", "oi_calls_short_puts_long", "oi_customers_long_all")
SHORT_CALLS = 10
ES, MES = 50.0, 5.0  # index units a contract


def run() -> None:
    """Start a server, publish, ask, hedge, stop."""
    from gex_server.wire.chain import chain_to_proto

    from gex.sample import sample_chain

    out = console()
    began = time.perf_counter()
    with ServerProcess() as server:
        out.print(f"Server at {server.address}, warm after {time.perf_counter() - began:.1f} s.", style="bold")
        publish = chain_pb2.PublishChainRequest()
        chain_to_proto(sample_chain(option_count=OPTIONS).parsed, publish.chain)
        with Client(server.address, timeout=30.0) as client:
            kept = client.publish_chain(publish.chain)
            out.print(
                f"Published a made-up index chain of {kept.row_count:,} options as {kept.underlying}, "
                f"revision {kept.revision}."
            )
            out.print()
            asked = time.perf_counter()
            exposure = client.exposure(kept.underlying, positionings=POSITIONINGS)
            elapsed = time.perf_counter() - asked
            assert isinstance(exposure.proto, exposure_pb2.GetExposureResponse)
            print_exposure(out, exposure.proto)
            out.print()
            out.print(f"Asked and answered in {1e3 * elapsed:.0f} ms, {len(POSITIONINGS)} positionings.", style="dim")
            out.print()
            request = short_calls(publish.chain)
            out.print(f"A hedge for {SHORT_CALLS} short calls at the money, with ES and MES", style="bold")
            plan = client.call("PlanHedge", request)
            assert isinstance(plan, hedge_pb2.PlanHedgeResponse)
            print_hedge(out, plan)
    if server.exit_code != 0:
        raise ServerError(f"the server ended with exit code {server.exit_code}, expected 0")
    total = time.perf_counter() - began
    out.print(f"Server stopped by SIGTERM with exit code 0. All of it took {total:.1f} s.", style="bold")


def short_calls(chain: chain_pb2.Chain) -> hedge_pb2.PlanHedgeRequest:
    """Ten short calls at the money, a month or so out, hedged with the two futures on the index."""
    settles = np.array([expiry.settlement.seconds for expiry in chain.expiries])
    days = (settles - chain.as_of.seconds) / 86_400.0
    at = int(np.argmin(np.abs(days - 30.0)))
    strikes = np.asarray(chain.strike)[np.asarray(chain.expiry_index) == at]
    strike = float(strikes[np.argmin(np.abs(strikes - chain.spot))])
    quarter = int(np.argmin(np.abs(days - 90.0)))

    request = hedge_pb2.PlanHedgeRequest()
    expiry = chain.expiries[at]
    request.book.name = "demo"
    request.book.expiries.add(root=expiry.root, underlying=chain.underlying, expiry=expiry.expiry)
    options = request.book.options
    options.expiry_index.append(0)
    options.strike.append(strike)
    options.right.append(common_pb2.RIGHT_CALL)
    options.contract_count.append(-float(SHORT_CALLS))
    for symbol, multiplier, fee, volume in (("ES", ES, 2.25, 1_500_000.0), ("MES", MES, 0.6, 1_000_000.0)):
        instrument = request.instruments.add(
            symbol=symbol,
            underlying=chain.underlying,
            kind=hedge_pb2.INSTRUMENT_KIND_INDEX,
            multiplier=multiplier,
            fee_per_contract=fee,
            half_spread_bps=0.25,
            average_daily_volume=volume,
            currency="USD",
        )
        instrument.settlement.CopyFrom(chain.expiries[quarter].settlement)
    request.policy.residual_budget_per_day = 5_000.0
    return request
