"""An option chain to publish or to ask about, from numpy columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2

from gex_client.columns import checked_column, distinct_rows, merge_columns
from gex_client.errors import ColumnError, InputError
from gex_client.messages import Instant, Values, message_from, nanoseconds, set_timestamp
from gex_client.view import Array, Floats, Instants, Ints, Signs, column_of, instant_of_timestamp

if TYPE_CHECKING:
    from gex_client.frames import DataFrame
    from gex_client.polars_frames import PolarsFrame

_RIGHTS = {"C": 1, "CALL": 1, "P": -1, "PUT": -1, "1": 1, "-1": -1}
_RIGHT_CODES = np.array([common_pb2.RIGHT_PUT, 0, common_pb2.RIGHT_CALL], np.uint8)  # by sign + 1
_REQUIRED = ("expiry_index", "strike", "right")


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """One row per listed option of one underlying at one instant; the fields are those of `gexapi.v1.Chain`.

    Prices are in the currency of the contract, per unit of underlying. Columns are checked for type and length and kept
    without a copy where they can be; None is absent for every row, NaN for one. Values are judged by the service, which
    names column and row.
    """

    underlying: str
    as_of: Instant  # the instant the quotes hold for; kept as datetime64[ns], UTC
    expiries: tuple[Values, ...]  # terms of each expiry: {"expiry": "2022-02-18", "root": "SPXW"}, or messages
    expiry_index: Ints  # index into `expiries`
    strike: Floats
    right: Signs  # +1 call, −1 put; "C" and "P" will do
    spot: float | None = None  # None: implied by the shortest forward
    source: str = ""
    open_interest_date: str = ""  # the day whose close the open interest belongs to, ISO 8601
    bid: Floats | None = None
    ask: Floats | None = None
    last: Floats | None = None
    volume: Floats | None = None
    open_interest: Floats | None = None
    quoted_at: Instants | None = None  # NaT where not known
    source_vol: Floats | None = None
    source_delta: Floats | None = None
    source_gamma: Floats | None = None
    bid_size: Floats | None = None
    ask_size: Floats | None = None
    source_vega: Floats | None = None
    source_theta_per_day: Floats | None = None
    source_forward: Floats | None = None
    quote_spot: Floats | None = None  # spot when each row was quoted, where those of one expiry are of several
    row: Ints | None = None  # position in the source, ascending; None: 0, 1, 2, ...
    futures: tuple[Values, ...] = field(default=())  # quoted futures: {"symbol": "ESZ6", "bid": 5000.0, "ask": 5000.25}
    source_rejects: chain_pb2.SourceRejects | None = None  # what a reader had refused already
    spot_as_of: Instant | None = None  # of a spot that came alone, later than the quotes; None: as_of
    expiry_spot: Floats | None = None  # spot when the quotes of each expiry were taken, one an expiry; None: spot

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_of", np.datetime64(nanoseconds(self.as_of), "ns"))
        object.__setattr__(self, "right", signs_of_right(self.right))
        length = len(self.right)
        for name in column_names():
            values = getattr(self, name)
            if values is None and name not in _REQUIRED:
                continue
            if name != "right":
                object.__setattr__(self, name, checked_column(name, values, _dtype(name), length))
        if self.spot_as_of is not None:
            object.__setattr__(self, "spot_as_of", np.datetime64(nanoseconds(self.spot_as_of, "spot_as_of"), "ns"))
        if self.expiry_spot is not None:
            spots = checked_column("expiry_spot", self.expiry_spot, np.float64, len(self.expiries))
            object.__setattr__(self, "expiry_spot", spots)

    def __len__(self) -> int:
        return len(self.strike)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any], *, underlying: str, as_of: Instant, **facts: Any) -> "Chain":
        """A chain from columns by name, `expiry` being dates and `root`, where given, the root of every row.

        `facts` are the fields of the whole chain: spot, source, open_interest_date, futures. Terms that are not said
        are those of the root; `terms={"SPXW": {"multiplier": 100.0}}` says them.

        >>> chain = Chain.from_columns(
        ...     {"expiry": ["2024-03-15", "2024-03-15"], "strike": [5000, 5000], "right": ["C", "P"],
        ...      "bid": [60.1, 55.2], "ask": [60.5, 55.6], "open_interest": [1200, 900]},
        ...     underlying="SPX", as_of="2024-03-01T21:00:00Z", spot=5005.0)
        >>> chain
        Chain(SPX, 2 rows, 1 expiry, as of 2024-03-01T21:00:00 UTC)
        """
        given = dict(columns)
        terms: Mapping[str, Values] = facts.pop("terms", {})
        if "expiry" not in given:
            raise ColumnError("expiry: expected a column of dates, got none", column="expiry")
        dates = dates_of(given.pop("expiry"))
        roots = np.asarray(given.pop("root", np.full(len(dates), "")), np.str_)
        if len(roots) != len(dates):
            raise ColumnError(f"root: expected {len(dates)} rows, got {len(roots)}", column="root")
        unknown = sorted(set(given) - set(column_names()))
        if unknown:
            raise ColumnError(f"{unknown[0]}: no such column; there is {', '.join(column_names())}", column=unknown[0])
        keys, index = distinct_rows(dates, roots)
        expiries = tuple(
            {"expiry": str(date), "root": str(root) or None, **terms.get(str(root), {})} for date, root in keys
        )
        return cls(underlying=underlying, as_of=as_of, expiries=expiries, expiry_index=index, **given, **facts)

    @classmethod
    def from_frame(cls, frame: "DataFrame | PolarsFrame", *, underlying: str, as_of: Instant, **facts: Any) -> "Chain":
        """A chain from a frame of pandas or polars whose columns are named as in `from_columns`."""
        columns: dict[str, Any]
        if type(frame).__module__.partition(".")[0] == "polars":
            from gex_client.polars_frames import columns_of_polars

            columns = columns_of_polars(frame)  # type: ignore[arg-type]
        else:
            from gex_client.frames import columns_of_frame

            columns = columns_of_frame(frame)  # type: ignore[arg-type]
        return cls.from_columns(columns, underlying=underlying, as_of=as_of, **facts)

    @classmethod
    def from_proto(cls, message: chain_pb2.Chain) -> "Chain":
        """The chain of a message."""
        descriptors = chain_pb2.Chain.DESCRIPTOR.fields_by_name
        columns = {
            name: column_of(getattr(message, name), descriptors[name])
            for name in column_names()
            if getattr(message, name) or name in _REQUIRED
        }
        return cls(
            underlying=message.underlying,
            as_of=instant_of_timestamp(message.as_of.seconds, message.as_of.nanos),
            spot=message.spot if message.HasField("spot") else None,
            source=message.source,
            open_interest_date=message.open_interest_date,
            expiries=tuple(message.expiries),  # type: ignore[arg-type] # messages do as well as mappings
            futures=tuple(message.futures),  # type: ignore[arg-type]
            source_rejects=message.source_rejects if message.HasField("source_rejects") else None,
            spot_as_of=(
                instant_of_timestamp(message.spot_as_of.seconds, message.spot_as_of.nanos)
                if message.HasField("spot_as_of")
                else None
            ),
            expiry_spot=np.asarray(message.expiry_spot) if message.expiry_spot else None,
            **columns,
        )

    def to_proto(self) -> chain_pb2.Chain:
        """The message of the chain."""
        message = message_from(
            chain_pb2.Chain,
            {
                "underlying": self.underlying,
                "spot": self.spot,
                "source": self.source,
                "open_interest_date": self.open_interest_date,
                "expiries": self.expiries,
                "futures": self.futures,
            },
            "chain",
        )
        set_timestamp(message.as_of, self.as_of, "chain.as_of")
        if self.spot_as_of is not None:
            set_timestamp(message.spot_as_of, self.spot_as_of, "chain.spot_as_of")
        if self.source_rejects is not None:
            message.source_rejects.CopyFrom(self.source_rejects)
        columns: dict[str, Array] = {
            name: getattr(self, name) for name in column_names() if getattr(self, name) is not None
        }
        columns["right"] = _RIGHT_CODES[self.right + 1]
        if self.quoted_at is not None:
            columns["quoted_at"] = np.where(np.isnat(self.quoted_at), 0, self.quoted_at.astype(np.int64))
        if self.expiry_spot is not None:
            columns["expiry_spot"] = self.expiry_spot
        merge_columns(message, columns)
        return message

    def __repr__(self) -> str:
        expiries = f"{len(self.expiries)} {'expiry' if len(self.expiries) == 1 else 'expiries'}"
        as_of = str(self.as_of).split(".")[0]
        return f"Chain({self.underlying}, {len(self)} rows, {expiries}, as of {as_of} UTC)"


def column_names() -> tuple[str, ...]:
    """The columns of a chain, in the order of the contract."""
    known = {one.name for one in fields(Chain)}
    return tuple(
        one.name
        for one in chain_pb2.Chain.DESCRIPTOR.fields
        if one.is_repeated and one.message_type is None and one.name in known and one.name != "expiry_spot"
    )


def signs_of_right(right: Any) -> Signs:
    """+1 and −1 from numbers or from C, P, call, put in any case; ColumnError names the first row that is neither.

    >>> signs_of_right(["C", "put", "P"]).tolist()
    [1, -1, -1]
    """
    array = np.asarray(right)
    if array.ndim != 1:
        raise ColumnError(f"right: expected a 1-d column, got shape {array.shape}", column="right")
    if array.dtype.kind in "OUST":
        distinct, index = np.unique(array.astype(np.str_), return_inverse=True)
        signs = np.array([_RIGHTS.get(text.strip().upper(), 0) for text in distinct.tolist()], np.int8)[index]
    else:
        signs = np.where(array == 1, 1, np.where(array == -1, -1, 0)).astype(np.int8)
    if len(signs) and not signs.all():
        row = int(np.argmin(np.abs(signs)))
        raise ColumnError(f"right[{row}]: expected +1 or C, −1 or P, got {array[row]!s}", column="right", row=row)
    signs.flags.writeable = False
    return signs


def _dtype(name: str) -> Any:
    if name == "quoted_at":
        return "datetime64[ns]"
    return np.int32 if name in ("row", "expiry_index") else np.float64


def dates_of(values: Any) -> Array:
    """Dates, ISO text or datetime64 as datetime64[D]."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ColumnError(f"expiry: expected a 1-d column, got shape {array.shape}", column="expiry")
    try:
        return array.astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise ColumnError(f"expiry: expected dates as 2022-02-18, got {error}", column="expiry") from error


def chain_message(chain: Chain | chain_pb2.Chain) -> chain_pb2.Chain:
    """The message of a chain, or the message that was given."""
    if isinstance(chain, chain_pb2.Chain):
        return chain
    if isinstance(chain, Chain):
        return chain.to_proto()
    raise InputError(f"chain: expected a Chain, got {type(chain).__name__}")
