"""Which contract a root stands for: the terms of the option classes that gex knows by name.

Facts, as the exchanges' product specifications had them in 2024 (Cboe: SPX, SPXW, XSP, VIX, RUT, DJX, OEX, XEO; Nasdaq:
NDX, NDXP, XND; CME: ES, NQ, RTY; Deribit: contract introduction policy). A root that is in no table is an equity or an
ETF: American, settled at the close, 100 shares.
"""

import re
from dataclasses import replace
from functools import lru_cache

from gex.contracts import ContractSpec, Exercise, Payoff, Settlement
from gex.errors import SymbolError

# Option classes that are quoted until 16:15 New York (13:15 on half days) beside the index classes: a broker's copy of
# the exchanges' list (Firstrade help article 833, read 2026-11); series stop at 16:00 on the day they expire.
_LATE_ETFS = frozenset(
    [
        *(
            "AMJ",
            "DBA",
            "DBB",
            "DBC",
            "DBO",
            "DIA",
            "EEM",
            "EFA",
            "GAZ",
            "GLD",
            "IWM",
            "IWN",
            "IWO",
            "IWV",
            "JJC",
            "KBE",
        ),
        *("KRE", "MDY", "MOO", "OEF", "OIL", "QQQ", "SLX", "SPY", "SVIX", "SVXY", "UNG", "UUP", "UVIX", "UVXY", "VIXM"),
        *("VIXY", "VXX", "VXZ", "XHB", "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"),
        *("XME", "XRT"),
    ]
)
_INDEX_TICKS = ((0.0, 0.05), (3.0, 0.10))  # SPX, NDX, RUT and their PM roots: 0.05 below 3.00, 0.10 from there
_EQUITY_ROOT = re.compile(r"[A-Z]{1,5}(?:[./][A-Z])?\Z")
_ADJUSTED_ROOT = re.compile(r"[A-Z]{1,5}[1-9]\Z")


def _index(
    root: str,
    underlying: str,
    settlement: Settlement,
    exercise: Exercise = Exercise.EUROPEAN,
    ticks: tuple[tuple[float, float], ...] = _INDEX_TICKS,
    multiplier: float = 100.0,
) -> ContractSpec:
    return ContractSpec(
        root=root,
        underlying=underlying,
        multiplier=multiplier,
        exercise=exercise,
        settlement=settlement,
        quoted_after_close_minutes=15,
        ticks=ticks,
    )


_AM, _PM = Settlement.AM, Settlement.PM
_PENNY = ((0.0, 0.01),)
_PENNY_NICKEL = ((0.0, 0.01), (3.0, 0.05))
_INDICES = (
    _index("SPX", "SPX", _AM),  # third Friday, special opening quotation; last trade the day before
    _index("SPXW", "SPX", _PM),  # every other day, and PM on the third Friday too
    _index("SPXPM", "SPX", _PM),  # third Friday PM on C2 until 2017, then merged into SPXW
    _index("SPXQ", "SPX", _PM),  # quarterlies before they became SPXW
    _index("XSP", "XSP", _PM, ticks=_PENNY),  # a tenth of SPX, PM in every expiry
    _index("NDX", "NDX", _AM),
    _index("NDXP", "NDX", _PM),
    _index("XND", "XND", _PM, ticks=_PENNY_NICKEL),  # a hundredth of NDX
    _index("NQX", "NQX", _PM),  # a fifth of NDX
    _index("RUT", "RUT", _AM),
    _index("RUTW", "RUT", _PM),
    _index("MRUT", "MRUT", _PM, ticks=_PENNY),  # a tenth of RUT
    _index("DJX", "DJX", _AM, ticks=_PENNY_NICKEL),  # a hundredth of the Dow Jones; AM on the third Friday
    _index("DJXW", "DJX", _PM, ticks=_PENNY_NICKEL),
    _index("OEX", "OEX", _PM, Exercise.AMERICAN),  # the one American index class
    _index("XEO", "OEX", _PM),  # the same index, European
    _index("VIX", "VIX", _AM, ticks=_PENNY_NICKEL),  # the Wednesday 30 days before an SPX expiry, at the open
    _index("VIXW", "VIX", _AM, ticks=_PENNY_NICKEL),  # weeklies settle at the open too
    _index("MXEA", "MXEA", _AM),
    _index("MXEF", "MXEF", _AM),
    _index("SPESG", "SPESG", _AM),
)


def _future_option(root: str, underlying: str, settlement: Settlement, multiplier: float) -> ContractSpec:
    """CME equity-index options on futures, exercised into the future; quarterlies end with the future's SOQ."""
    return ContractSpec(
        root=root,
        underlying=underlying,
        multiplier=multiplier,
        exercise=Exercise.AMERICAN if settlement is Settlement.AM else Exercise.EUROPEAN,
        settlement=settlement,
        ticks=((0.0, 0.05), (10.0, 0.25)) if multiplier == 50.0 else ((0.0, 0.05),),
    )


_FUTURES = (
    _future_option("ES", "ES", _AM, 50.0),  # quarterly; expires with the future at the open of the third Friday
    _future_option("EW", "ES", _PM, 50.0),  # end of month, European since 2016
    _future_option("NQ", "NQ", _AM, 20.0),
    _future_option("RTY", "RTY", _AM, 50.0),
)


def _coin(root: str, multiplier: float, payoff: Payoff, currency: str, tick: float) -> ContractSpec:
    return ContractSpec(
        root=root,
        underlying=root,
        multiplier=multiplier,
        exercise=Exercise.EUROPEAN,
        settlement=Settlement.UTC_0800,
        payoff=payoff,
        currency=currency,
        calendar=None,
        ticks=((0.0, tick), (0.005, 5.0 * tick)) if payoff is Payoff.INVERSE else ((0.0, tick),),
    )


_COINS = (
    # One coin a contract, paid in coin; tick 0.0001 below 0.005 coin and 0.0005 from there (Deribit, 2023-).
    _coin("BTC", 1.0, Payoff.INVERSE, "BTC", 0.0001),
    _coin("ETH", 1.0, Payoff.INVERSE, "ETH", 0.0001),
    _coin("SOL", 1.0, Payoff.INVERSE, "SOL", 0.0001),
    # Linear, paid in USDC; contract sizes in coins.
    _coin("BTC_USDC", 0.01, Payoff.LINEAR, "USDC", 5.0),
    _coin("ETH_USDC", 0.1, Payoff.LINEAR, "USDC", 0.2),
    _coin("SOL_USDC", 10.0, Payoff.LINEAR, "USDC", 0.1),
    _coin("XRP_USDC", 1000.0, Payoff.LINEAR, "USDC", 0.0002),
    _coin("AVAX_USDC", 100.0, Payoff.LINEAR, "USDC", 0.02),
    _coin("TRX_USDC", 10000.0, Payoff.LINEAR, "USDC", 0.00001),
)
INDEX_ROOTS = frozenset(spec.root for spec in _INDICES)
FUTURE_ROOTS = frozenset(spec.root for spec in _FUTURES)
_INDEX = {spec.root: spec for spec in _INDICES}
_FUTURE = {spec.root: spec for spec in _FUTURES}
_DERIBIT = {spec.root: spec for spec in _COINS}


def contract_spec(root: str) -> ContractSpec:
    """The terms of the class `root`: a known index, future or Deribit class, else an equity or ETF listed in the US.

    `contract_spec("SPX")` settles at the open, `contract_spec("SPXW")` at the close; "BTC" and "ETH" are Deribit's and
    "ES" is CME's (shares of the same tickers are reached by `listed_spec`). Raises SymbolError for what can be no root.
    """
    return _DERIBIT[root] if root in _DERIBIT else us_spec(root)


def us_spec(root: str) -> ContractSpec:
    """The terms of a US class, options on futures before those on shares of the same ticker."""
    return _FUTURE[root] if root in _FUTURE else listed_spec(root)


def is_on_future(contract: ContractSpec) -> bool:
    """True for an option on a future of CME, False for one on the shares whose ticker is the same (EW, Edwards)."""
    return contract.root in _FUTURE and contract.multiplier == _FUTURE[contract.root].multiplier


@lru_cache(maxsize=4096)
def listed_spec(root: str) -> ContractSpec:
    """The terms of a class that the OCC clears, as its symbols name it: an index, a share or an ETF, never a future
    ("ES" is Eversource, 100 shares). A root that ends in a digit is an adjusted class: its underlying is itself ("AMD1"),
    its multiplier the nominal 100, for what it delivers stands in the OCC's memo only.
    """
    if root in _INDEX:
        return _INDEX[root]
    if not _EQUITY_ROOT.match(root) and not _ADJUSTED_ROOT.match(root):
        raise SymbolError(f"root: expected 1 to 5 capital letters, one digit more if adjusted, got {root!r}")
    return replace(_equity(root), adjusted=root[-1].isdigit())


def deribit_spec(root: str) -> ContractSpec:
    """The terms of a Deribit class by its prefix: "BTC" (inverse), "SOL_USDC" (linear)."""
    if root in _DERIBIT:
        return _DERIBIT[root]
    raise SymbolError(f"root: expected one of Deribit's classes {', '.join(sorted(_DERIBIT))}, got {root!r}")


def _equity(root: str) -> ContractSpec:
    return ContractSpec(
        root=root,
        underlying=root,
        multiplier=100.0,
        exercise=Exercise.AMERICAN,
        settlement=Settlement.PM,
        quoted_after_close_minutes=15 if root in _LATE_ETFS else 0,
        ticks=_PENNY if root in {"SPY", "QQQ", "IWM"} else _PENNY_NICKEL,  # the penny interval programme
    )
