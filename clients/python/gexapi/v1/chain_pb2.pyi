import datetime

from gexapi.v1 import common_pb2 as _common_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Chain(_message.Message):
    __slots__ = ("underlying", "as_of", "spot", "source", "open_interest_date", "expiries", "row", "expiry_index", "strike", "right", "bid", "ask", "last", "volume", "open_interest", "quoted_at", "source_vol", "source_delta", "source_gamma", "source_rejects", "bid_size", "ask_size", "source_vega", "source_theta_per_day", "source_forward", "futures", "spot_as_of", "expiry_spot", "quote_spot")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_DATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_VOL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DELTA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_GAMMA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_REJECTS_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_VEGA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_THETA_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FORWARD_FIELD_NUMBER: _ClassVar[int]
    FUTURES_FIELD_NUMBER: _ClassVar[int]
    SPOT_AS_OF_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_SPOT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_SPOT_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    as_of: _timestamp_pb2.Timestamp
    spot: float
    source: str
    open_interest_date: str
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    row: _containers.RepeatedScalarFieldContainer[int]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    bid: _containers.RepeatedScalarFieldContainer[float]
    ask: _containers.RepeatedScalarFieldContainer[float]
    last: _containers.RepeatedScalarFieldContainer[float]
    volume: _containers.RepeatedScalarFieldContainer[float]
    open_interest: _containers.RepeatedScalarFieldContainer[float]
    quoted_at: _containers.RepeatedScalarFieldContainer[int]
    source_vol: _containers.RepeatedScalarFieldContainer[float]
    source_delta: _containers.RepeatedScalarFieldContainer[float]
    source_gamma: _containers.RepeatedScalarFieldContainer[float]
    source_rejects: SourceRejects
    bid_size: _containers.RepeatedScalarFieldContainer[float]
    ask_size: _containers.RepeatedScalarFieldContainer[float]
    source_vega: _containers.RepeatedScalarFieldContainer[float]
    source_theta_per_day: _containers.RepeatedScalarFieldContainer[float]
    source_forward: _containers.RepeatedScalarFieldContainer[float]
    futures: _containers.RepeatedCompositeFieldContainer[FutureQuote]
    spot_as_of: _timestamp_pb2.Timestamp
    expiry_spot: _containers.RepeatedScalarFieldContainer[float]
    quote_spot: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, underlying: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., spot: _Optional[float] = ..., source: _Optional[str] = ..., open_interest_date: _Optional[str] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., row: _Optional[_Iterable[int]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., bid: _Optional[_Iterable[float]] = ..., ask: _Optional[_Iterable[float]] = ..., last: _Optional[_Iterable[float]] = ..., volume: _Optional[_Iterable[float]] = ..., open_interest: _Optional[_Iterable[float]] = ..., quoted_at: _Optional[_Iterable[int]] = ..., source_vol: _Optional[_Iterable[float]] = ..., source_delta: _Optional[_Iterable[float]] = ..., source_gamma: _Optional[_Iterable[float]] = ..., source_rejects: _Optional[_Union[SourceRejects, _Mapping]] = ..., bid_size: _Optional[_Iterable[float]] = ..., ask_size: _Optional[_Iterable[float]] = ..., source_vega: _Optional[_Iterable[float]] = ..., source_theta_per_day: _Optional[_Iterable[float]] = ..., source_forward: _Optional[_Iterable[float]] = ..., futures: _Optional[_Iterable[_Union[FutureQuote, _Mapping]]] = ..., spot_as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expiry_spot: _Optional[_Iterable[float]] = ..., quote_spot: _Optional[_Iterable[float]] = ...) -> None: ...

class SourceRejects(_message.Message):
    __slots__ = ("row", "reason", "open_interest")
    ROW_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    row: _containers.RepeatedScalarFieldContainer[int]
    reason: _containers.RepeatedScalarFieldContainer[str]
    open_interest: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, row: _Optional[_Iterable[int]] = ..., reason: _Optional[_Iterable[str]] = ..., open_interest: _Optional[_Iterable[float]] = ...) -> None: ...

class FutureQuote(_message.Message):
    __slots__ = ("symbol", "settlement", "bid", "ask", "quoted_at")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    settlement: _timestamp_pb2.Timestamp
    bid: float
    ask: float
    quoted_at: _timestamp_pb2.Timestamp
    def __init__(self, symbol: _Optional[str] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., quoted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PublishChainRequest(_message.Message):
    __slots__ = ("chain", "expected_revision")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    chain: Chain
    expected_revision: int
    def __init__(self, chain: _Optional[_Union[Chain, _Mapping]] = ..., expected_revision: _Optional[int] = ...) -> None: ...

class PublishChainResponse(_message.Message):
    __slots__ = ("underlying", "revision", "row_count", "kept_row_count", "rejects", "provenance", "durability")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    KEPT_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    revision: int
    row_count: int
    kept_row_count: int
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    provenance: _common_pb2.Provenance
    durability: str
    def __init__(self, underlying: _Optional[str] = ..., revision: _Optional[int] = ..., row_count: _Optional[int] = ..., kept_row_count: _Optional[int] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ..., durability: _Optional[str] = ...) -> None: ...

class StreamUpdatesRequest(_message.Message):
    __slots__ = ("client_id", "sequence", "underlying", "as_of", "spot", "quotes", "open_interest", "trades", "futures", "chain", "book", "inventory")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    FUTURES_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    BOOK_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    sequence: int
    underlying: str
    as_of: _timestamp_pb2.Timestamp
    spot: SpotUpdate
    quotes: QuoteUpdate
    open_interest: OpenInterestUpdate
    trades: TradeUpdate
    futures: FutureUpdate
    chain: Chain
    book: BookUpdate
    inventory: InventoryUpdate
    def __init__(self, client_id: _Optional[str] = ..., sequence: _Optional[int] = ..., underlying: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., spot: _Optional[_Union[SpotUpdate, _Mapping]] = ..., quotes: _Optional[_Union[QuoteUpdate, _Mapping]] = ..., open_interest: _Optional[_Union[OpenInterestUpdate, _Mapping]] = ..., trades: _Optional[_Union[TradeUpdate, _Mapping]] = ..., futures: _Optional[_Union[FutureUpdate, _Mapping]] = ..., chain: _Optional[_Union[Chain, _Mapping]] = ..., book: _Optional[_Union[BookUpdate, _Mapping]] = ..., inventory: _Optional[_Union[InventoryUpdate, _Mapping]] = ...) -> None: ...

class SpotUpdate(_message.Message):
    __slots__ = ("spot",)
    SPOT_FIELD_NUMBER: _ClassVar[int]
    spot: float
    def __init__(self, spot: _Optional[float] = ...) -> None: ...

class QuoteUpdate(_message.Message):
    __slots__ = ("expiries", "expiry_index", "strike", "right", "bid", "ask", "quoted_at", "bid_size", "ask_size", "last", "volume", "source_vol", "source_delta", "source_gamma", "spot", "others_stand")
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AT_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_VOL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DELTA_FIELD_NUMBER: _ClassVar[int]
    SOURCE_GAMMA_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    OTHERS_STAND_FIELD_NUMBER: _ClassVar[int]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    bid: _containers.RepeatedScalarFieldContainer[float]
    ask: _containers.RepeatedScalarFieldContainer[float]
    quoted_at: _containers.RepeatedScalarFieldContainer[int]
    bid_size: _containers.RepeatedScalarFieldContainer[float]
    ask_size: _containers.RepeatedScalarFieldContainer[float]
    last: _containers.RepeatedScalarFieldContainer[float]
    volume: _containers.RepeatedScalarFieldContainer[float]
    source_vol: _containers.RepeatedScalarFieldContainer[float]
    source_delta: _containers.RepeatedScalarFieldContainer[float]
    source_gamma: _containers.RepeatedScalarFieldContainer[float]
    spot: float
    others_stand: bool
    def __init__(self, expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., bid: _Optional[_Iterable[float]] = ..., ask: _Optional[_Iterable[float]] = ..., quoted_at: _Optional[_Iterable[int]] = ..., bid_size: _Optional[_Iterable[float]] = ..., ask_size: _Optional[_Iterable[float]] = ..., last: _Optional[_Iterable[float]] = ..., volume: _Optional[_Iterable[float]] = ..., source_vol: _Optional[_Iterable[float]] = ..., source_delta: _Optional[_Iterable[float]] = ..., source_gamma: _Optional[_Iterable[float]] = ..., spot: _Optional[float] = ..., others_stand: _Optional[bool] = ...) -> None: ...

class OpenInterestUpdate(_message.Message):
    __slots__ = ("expiries", "expiry_index", "strike", "right", "open_interest", "open_interest_date")
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_DATE_FIELD_NUMBER: _ClassVar[int]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    open_interest: _containers.RepeatedScalarFieldContainer[float]
    open_interest_date: str
    def __init__(self, expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., open_interest: _Optional[_Iterable[float]] = ..., open_interest_date: _Optional[str] = ...) -> None: ...

class TradeUpdate(_message.Message):
    __slots__ = ("expiries", "expiry_index", "strike", "right", "price", "contract_count", "customer_side", "traded_at", "bid", "ask", "is_complex_leg", "is_block", "trade_id")
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADED_AT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    IS_COMPLEX_LEG_FIELD_NUMBER: _ClassVar[int]
    IS_BLOCK_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    price: _containers.RepeatedScalarFieldContainer[float]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    customer_side: _containers.RepeatedScalarFieldContainer[int]
    traded_at: _containers.RepeatedScalarFieldContainer[int]
    bid: _containers.RepeatedScalarFieldContainer[float]
    ask: _containers.RepeatedScalarFieldContainer[float]
    is_complex_leg: _containers.RepeatedScalarFieldContainer[bool]
    is_block: _containers.RepeatedScalarFieldContainer[bool]
    trade_id: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., price: _Optional[_Iterable[float]] = ..., contract_count: _Optional[_Iterable[float]] = ..., customer_side: _Optional[_Iterable[int]] = ..., traded_at: _Optional[_Iterable[int]] = ..., bid: _Optional[_Iterable[float]] = ..., ask: _Optional[_Iterable[float]] = ..., is_complex_leg: _Optional[_Iterable[bool]] = ..., is_block: _Optional[_Iterable[bool]] = ..., trade_id: _Optional[_Iterable[str]] = ...) -> None: ...

class FutureUpdate(_message.Message):
    __slots__ = ("futures",)
    FUTURES_FIELD_NUMBER: _ClassVar[int]
    futures: _containers.RepeatedCompositeFieldContainer[FutureQuote]
    def __init__(self, futures: _Optional[_Iterable[_Union[FutureQuote, _Mapping]]] = ...) -> None: ...

class InventoryUpdate(_message.Message):
    __slots__ = ("expiries", "expiry_index", "strike", "right", "contract_count")
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., contract_count: _Optional[_Iterable[float]] = ...) -> None: ...

class BookUpdate(_message.Message):
    __slots__ = ("book", "expiries", "expiry_index", "strike", "right", "contract_count", "entry_price", "account_index", "position_id", "accounts", "linear", "adds")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_INDEX_FIELD_NUMBER: _ClassVar[int]
    POSITION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    LINEAR_FIELD_NUMBER: _ClassVar[int]
    ADDS_FIELD_NUMBER: _ClassVar[int]
    book: str
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    entry_price: _containers.RepeatedScalarFieldContainer[float]
    account_index: _containers.RepeatedScalarFieldContainer[int]
    position_id: _containers.RepeatedScalarFieldContainer[str]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    linear: _containers.RepeatedCompositeFieldContainer[LinearHolding]
    adds: bool
    def __init__(self, book: _Optional[str] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., contract_count: _Optional[_Iterable[float]] = ..., entry_price: _Optional[_Iterable[float]] = ..., account_index: _Optional[_Iterable[int]] = ..., position_id: _Optional[_Iterable[str]] = ..., accounts: _Optional[_Iterable[str]] = ..., linear: _Optional[_Iterable[_Union[LinearHolding, _Mapping]]] = ..., adds: _Optional[bool] = ...) -> None: ...

class LinearHolding(_message.Message):
    __slots__ = ("symbol", "underlying", "kind", "contract_count", "multiplier", "contract_value", "settlement", "price", "entry_price", "account_index", "position_id", "currency")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_VALUE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_INDEX_FIELD_NUMBER: _ClassVar[int]
    POSITION_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    underlying: str
    kind: str
    contract_count: float
    multiplier: float
    contract_value: float
    settlement: _timestamp_pb2.Timestamp
    price: float
    entry_price: float
    account_index: int
    position_id: str
    currency: str
    def __init__(self, symbol: _Optional[str] = ..., underlying: _Optional[str] = ..., kind: _Optional[str] = ..., contract_count: _Optional[float] = ..., multiplier: _Optional[float] = ..., contract_value: _Optional[float] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., price: _Optional[float] = ..., entry_price: _Optional[float] = ..., account_index: _Optional[int] = ..., position_id: _Optional[str] = ..., currency: _Optional[str] = ...) -> None: ...

class StreamUpdatesResponse(_message.Message):
    __slots__ = ("sequence", "revision", "is_applied", "reason", "rejects", "rejected_rows", "durability")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    IS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_ROWS_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    revision: int
    is_applied: bool
    reason: str
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    rejected_rows: SourceRejects
    durability: str
    def __init__(self, sequence: _Optional[int] = ..., revision: _Optional[int] = ..., is_applied: _Optional[bool] = ..., reason: _Optional[str] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., rejected_rows: _Optional[_Union[SourceRejects, _Mapping]] = ..., durability: _Optional[str] = ...) -> None: ...

class GetChainRequest(_message.Message):
    __slots__ = ("underlying", "min_revision")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    min_revision: int
    def __init__(self, underlying: _Optional[str] = ..., min_revision: _Optional[int] = ...) -> None: ...

class GetChainResponse(_message.Message):
    __slots__ = ("chain", "revision", "published_at", "rejects", "rejected_rows", "provenance")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_ROWS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    chain: Chain
    revision: int
    published_at: _timestamp_pb2.Timestamp
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    rejected_rows: SourceRejects
    provenance: _common_pb2.Provenance
    def __init__(self, chain: _Optional[_Union[Chain, _Mapping]] = ..., revision: _Optional[int] = ..., published_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., rejected_rows: _Optional[_Union[SourceRejects, _Mapping]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...

class ListUnderlyingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListUnderlyingsResponse(_message.Message):
    __slots__ = ("underlyings",)
    UNDERLYINGS_FIELD_NUMBER: _ClassVar[int]
    underlyings: _containers.RepeatedCompositeFieldContainer[KeptUnderlying]
    def __init__(self, underlyings: _Optional[_Iterable[_Union[KeptUnderlying, _Mapping]]] = ...) -> None: ...

class KeptUnderlying(_message.Message):
    __slots__ = ("underlying", "revision", "as_of", "published_at", "spot", "row_count", "expiry_count", "source", "staleness", "trade_count")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STALENESS_FIELD_NUMBER: _ClassVar[int]
    TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    revision: int
    as_of: _timestamp_pb2.Timestamp
    published_at: _timestamp_pb2.Timestamp
    spot: float
    row_count: int
    expiry_count: int
    source: str
    staleness: _common_pb2.Staleness
    trade_count: int
    def __init__(self, underlying: _Optional[str] = ..., revision: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., published_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., spot: _Optional[float] = ..., row_count: _Optional[int] = ..., expiry_count: _Optional[int] = ..., source: _Optional[str] = ..., staleness: _Optional[_Union[_common_pb2.Staleness, _Mapping]] = ..., trade_count: _Optional[int] = ...) -> None: ...

class GetInventoryRequest(_message.Message):
    __slots__ = ("underlying",)
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    def __init__(self, underlying: _Optional[str] = ...) -> None: ...

class GetInventoryResponse(_message.Message):
    __slots__ = ("revision", "expiries", "expiry_index", "strike", "right", "starting_contract_count", "customer_net_quote_rule", "customer_net_lee_ready", "unsigned_quote_rule", "unsigned_lee_ready", "has_start", "trade_count")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    STARTING_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_NET_QUOTE_RULE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_NET_LEE_READY_FIELD_NUMBER: _ClassVar[int]
    UNSIGNED_QUOTE_RULE_FIELD_NUMBER: _ClassVar[int]
    UNSIGNED_LEE_READY_FIELD_NUMBER: _ClassVar[int]
    HAS_START_FIELD_NUMBER: _ClassVar[int]
    TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    starting_contract_count: _containers.RepeatedScalarFieldContainer[float]
    customer_net_quote_rule: _containers.RepeatedScalarFieldContainer[float]
    customer_net_lee_ready: _containers.RepeatedScalarFieldContainer[float]
    unsigned_quote_rule: _containers.RepeatedScalarFieldContainer[float]
    unsigned_lee_ready: _containers.RepeatedScalarFieldContainer[float]
    has_start: bool
    trade_count: int
    def __init__(self, revision: _Optional[int] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., starting_contract_count: _Optional[_Iterable[float]] = ..., customer_net_quote_rule: _Optional[_Iterable[float]] = ..., customer_net_lee_ready: _Optional[_Iterable[float]] = ..., unsigned_quote_rule: _Optional[_Iterable[float]] = ..., unsigned_lee_ready: _Optional[_Iterable[float]] = ..., has_start: _Optional[bool] = ..., trade_count: _Optional[int] = ...) -> None: ...

class GetBookRequest(_message.Message):
    __slots__ = ("book",)
    BOOK_FIELD_NUMBER: _ClassVar[int]
    book: str
    def __init__(self, book: _Optional[str] = ...) -> None: ...

class GetBookResponse(_message.Message):
    __slots__ = ("book", "revision", "as_of")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    book: BookUpdate
    revision: int
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, book: _Optional[_Union[BookUpdate, _Mapping]] = ..., revision: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
