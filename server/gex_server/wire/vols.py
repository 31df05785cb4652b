"""Implied volatilities and Greeks of listed options as columns of the contract."""

import numpy as np
from gexapi.v1 import surface_pb2

from gex.columns import Floats
from gex.greeks import Greeks, spot_greeks
from gex.implied import VolStatus
from gex.pipeline import Analysis
from gex_server.wire.chain import right_to_column
from gex_server.wire.columns import Array, dates_part, parts

STATUSES = {status: surface_pb2.VolStatus.Value(f"VOL_STATUS_{status.name}") for status in VolStatus}
_CODES = np.array([STATUSES[VolStatus(k)] for k in range(len(VolStatus))], np.uint8)
VOLS = ("bid_vol", "mid_vol", "ask_vol")


def quoted_greeks(analysis: Analysis) -> tuple[Floats, Greeks]:
    """(volatility on the surface, Greeks at it) of every row of the cleaned chain; NaN where there is no forward."""
    quotes, forwards = analysis.cleaned.quotes, analysis.forwards
    forward = forwards.forward[quotes.expiry]
    vol = analysis.surface.vol(quotes.expiry, np.log(quotes.strike / forward))
    return vol, spot_greeks(
        forwards.spot,
        forward,
        quotes.strike,
        forwards.time_to_expiry[quotes.expiry],
        vol,
        quotes.right,
        forwards.discount_factor[quotes.expiry],
    )


def option_vols(analysis: Analysis, vol_and_greeks: tuple[Floats, Greeks]) -> list[bytes | memoryview]:
    """The OptionVols of every row of the cleaned chain: volatilities of its quotes, and Greeks on the surface.

    As it is on the wire, in parts to be joined: columns of a large chain are a megabyte and more, copied once.
    """
    quotes, vols = analysis.cleaned.quotes, analysis.vols
    vol, greeks = vol_and_greeks
    status = np.where(
        np.isfinite(analysis.forwards.forward[quotes.expiry]), _CODES[vols.status], surface_pb2.VOL_STATUS_NO_FORWARD
    )
    columns: dict[str, Array] = {
        "expiry_index": quotes.expiry,
        "strike": quotes.strike,
        "right": right_to_column(quotes.right),
        "status": status,
        "vol": vol,
        "row": quotes.row,
    }
    columns |= {name: getattr(vols, name) for name in VOLS}
    columns |= {name: getattr(greeks, name) for name in Greeks.column_names()}
    descriptor = surface_pb2.OptionVols.DESCRIPTOR
    dates = dates_part(descriptor, "expiry", [e.date for e in quotes.expiries], quotes.expiry)
    return [dates, *(part for name, column in columns.items() for part in parts(descriptor, name, column))]
