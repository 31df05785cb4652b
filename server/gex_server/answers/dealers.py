"""What a question about dealers comes to, on the rows of a chain that count."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from gexapi.v1 import exposure_pb2

from gex.contracts import Payoff
from gex.errors import InputError
from gex.exposure.account import AccountUnit
from gex.exposure.book import ExposureBook, exposure_books
from gex.exposure.flips import SpotRange
from gex.exposure.flow import DealerFlow, dealer_flows
from gex.exposure.forward_map import ForwardMap, forward_maps, map_spots, next_closes
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.map import GreekSource, RowGreeks, computed_greeks, leg_units, printed_greeks
from gex.exposure.spread import DynamicsFlips, flips_by_dynamics
from gex.pairs import Pairs, pair_up
from gex.pipeline import Analysis
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface
from gex_server.answers.market import Checkpoint
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.flow import MapNodes
from gex_server.wire.settings import ExposureQuestion


@dataclass(frozen=True, eq=False, kw_only=True)
class Dealers:
    """One entry a positioning; flows, maps and flips by dynamics are empty where not asked for."""

    surface: VolSurface
    greeks: RowGreeks
    books: tuple[ExposureBook, ...]
    flows: tuple[tuple[DealerFlow, ...], ...] = ()
    maps: tuple[ForwardMap, ...] = ()
    delta_units: tuple[float, ...] = ()  # of the books now, as the maps count it
    dynamics_flips: tuple[tuple[DynamicsFlips, ...], ...] = ()


def counted_rows(analysis: Analysis, settings: exposure_pb2.ExposureSettings, path: str) -> tuple[Quotes, Pairs]:
    """The rows of the cleaned chain that are of the expiries and roots asked for; all where none is named."""
    quotes = analysis.cleaned.quotes
    dates = [expiry.date.isoformat() for expiry in quotes.expiries]
    roots = [expiry.root for expiry in quotes.expiries]
    counts = _named(settings.only_expiries, dates, f"{path}.only_expiries")
    counts &= _named(settings.only_roots, roots, f"{path}.only_roots")
    if counts.all():
        return quotes, analysis.pairs
    kept = quotes.where(counts[quotes.expiry])
    if not len(kept):
        raise FieldError("expected an expiry with rows that can be used", field=f"{path}.only_expiries")
    return kept, pair_up(kept)


def dealers(
    analysis: Analysis, question: ExposureQuestion, quotes: Quotes, pairs: Pairs, checkpoint: Checkpoint
) -> Dealers:
    """Books, flows, maps and flips of the rows `quotes`, on the surface of the whole chain."""
    surface = _surface(analysis, question.gamma_kind)
    ratio = question.dynamics.skew_stickiness_on(surface)
    computed = question.greek_source is GreekSource.COMPUTED
    greeks = computed_greeks(quotes, surface) if computed else printed_greeks(quotes)
    kind, span = question.gamma_kind, question.span
    books = exposure_books(
        quotes,
        pairs,
        greeks,
        surface,
        question.positionings,
        skew_stickiness=ratio,
        gamma_kind=kind,
        span=span,
        quantiles=question.quantiles,
    )
    if not (question.moves or question.map_nodes or question.flip_dynamics):
        return Dealers(surface=surface, greeks=greeks, books=books)
    lines = ExposureLines.of(pairs, surface)
    call, put = leg_units(quotes, pairs, [book.contracts for book in books])
    flows: tuple[tuple[DealerFlow, ...], ...] = ()
    maps: tuple[ForwardMap, ...] = ()
    held: tuple[float, ...] = ()
    flips: tuple[tuple[DynamicsFlips, ...], ...] = ()
    if question.moves:
        checkpoint()
        is_inverse = _is_inverse(quotes)
        account = question.account or (AccountUnit.COIN if is_inverse else AccountUnit.CURRENCY)
        try:
            flows = dealer_flows(
                lines,
                call,
                put,
                question.moves,
                skew_stickiness=ratio,
                vol_in_time=question.vol_in_time,
                instrument=question.instrument,
                account=account,
                is_inverse=is_inverse,
            )
        except InputError as error:  # a move that ends before the chain, or after the instrument
            raise FieldError(str(error), field="settings.moves") from error
    if question.map_nodes is not None:
        checkpoint()
        at = _map_instants(quotes, question.map_nodes)
        spot = map_spots(lines.spot, SpotRange(low=span.low, high=span.high, node_count=question.map_nodes.spot_count))
        maps = forward_maps(lines, call, put, at, spot=spot, skew_stickiness=ratio, vol_in_time=question.vol_in_time)
        now = forward_maps(lines, call, put, np.array([quotes.as_of]), spot=np.array([lines.spot]))
        held = tuple(float(one.delta_exposure_units[0, 0]) for one in now)
    if question.flip_dynamics:
        checkpoint()
        flips = flips_by_dynamics(lines, call + put, dynamics=question.flip_dynamics, gamma_kind=kind, span=span)
    return Dealers(
        surface=surface, greeks=greeks, books=books, flows=flows, maps=maps, delta_units=held, dynamics_flips=flips
    )


def _surface(analysis: Analysis, kind: GammaKind) -> VolSurface:
    """Total gamma needs the second derivative of the smile, which straight lines between strikes have not."""
    surface: VolSurface = analysis.surface
    if kind is GammaKind.TOTAL and not hasattr(surface, "variance_derivatives"):
        raise InputError('gamma_kind "total": expected surface_model "certified" or "essvi", got "broken_line"')
    return surface


def _named(asked: Iterable[str], known: list[str], path: str) -> np.ndarray:
    names = list(asked)
    for i, name in enumerate(names):
        if name not in known:
            expected = ", ".join(dict.fromkeys(known))
            raise FieldError(f"expected one of the chain's, {expected}, got {name!r}", field=f"{path}[{i}]")
    return np.array([not names or one in names for one in known], np.bool_)


def _is_inverse(quotes: Quotes) -> bool:
    held = {quotes.expiries[j].contract.payoff for j in np.unique(quotes.expiry)}
    if len(held) > 1:
        field = "settings.moves"
        raise NotBuiltError(f"{field}: linear and coin-settled options in one flow: choose by only_roots", field=field)
    return held == {Payoff.INVERSE}


def _map_instants(quotes: Quotes, nodes: MapNodes) -> np.ndarray:
    if nodes.at is None:
        return next_closes(quotes.expiries, quotes.as_of, nodes.close_count)
    if nodes.at[0] < quotes.as_of:
        field = "settings.forward_map.at[0]"
        raise FieldError(f"expected an instant from {quotes.as_of} on, got {nodes.at[0]}", field=field)
    return nodes.at
