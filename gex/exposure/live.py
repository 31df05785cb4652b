"""Exposure that follows the market: a tick, a quote, a trade or new open interest moves only what it touches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gex.columns import Floats, Ints, frozen
from gex.exposure.book import nearest_flip
from gex.exposure.chain_index import ChainIndex
from gex.exposure.dynamics import STICKY_STRIKE, MovedSurface, SmileDynamics, surface_at_spot
from gex.exposure.flips import NODE_STEP, GammaFlip, SpotRange, shown_levels, within
from gex.exposure.levels import StrikeSums, Walls, book_wall_positions, strike_at, walls_at
from gex.exposure.lines import ExposureLines, SkewStickiness, is_sticky_strike, read_only
from gex.exposure.map import ExposureTotals, leg_units
from gex.exposure.profile import ExposureProfile, found_flips, search_levels, with_gross
from gex.exposure.running_sums import add_running, gamma_of, line_greeks, totals_of_sums
from gex.kernels.levels import strike_table
from gex.kernels.running import SUM_COUNT, add_curves, move_roots
from gex.pairs import Pairs
from gex.positioning import DealerPositioning, with_forwards
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface

MARGIN = 0.02  # nodes are kept so far beyond the range: spot may tick that far before they are made anew
REFRESH_EVERY = 4096  # changes of lines after which sums are taken afresh, so that rounding cannot pile up
NARROW = 4.05 * NODE_STEP  # lines narrower than that decide where nodes stand: when they change, nodes are made anew


@dataclass(frozen=True, eq=False, kw_only=True)
class LiveExposure:
    """Totals, flips, walls and profiles of several books; each state is a value, equal to what `exposure_books` computes.

    Every method gives the next state and leaves this one as it was. The surface moves with spot by `dynamics`, by which
    the profile is repriced too: along it the profile does not change, so a tick makes new totals and walls, and roots and
    nodes stay. A changed quote reprices the lines whose volatility or forward it changed, a changed position only its line.
    """

    index: ChainIndex
    names: tuple[str, ...]
    dynamics: SmileDynamics
    ratio: SkewStickiness  # of the dynamics
    span: SpotRange
    lines: ExposureLines
    call: Floats  # (book, line): signed contracts × multiplier
    put: Floats
    weight: Floats  # their sum
    gamma: Floats  # (line,), per unit of underlying; NaN where a line cannot be priced
    sums: Floats  # (book, SUM_COUNT)
    node: Floats  # spots at which the exposure of every book, and gross, is known
    log_node: Floats  # ln(node/spot)
    exposure: Floats  # (book + 1, node)
    slope: Floats
    roots: tuple[tuple[GammaFlip, ...], ...]  # of every book, over all nodes
    by_strike: Floats  # (book, 6, strike)
    change_count: int

    @classmethod
    def of(
        cls,
        quotes: Quotes,
        pairs: Pairs,
        surface: VolSurface,
        positionings: Sequence[DealerPositioning],
        *,
        dynamics: SmileDynamics = STICKY_STRIKE,
        span: SpotRange | None = None,
    ) -> "LiveExposure":
        """The state of a chain on a surface, computed in full."""
        models = [with_forwards(positioning, surface.forwards) for positioning in positionings]
        call, put = leg_units(quotes, pairs, [model.dealer_contracts(quotes) for model in models])
        index = ChainIndex.of(quotes, pairs)
        by_strike = np.zeros((len(models), 6, len(index.strikes.strike)))
        by_strike[:, 4:] = index.open_interest_by_strike(quotes)
        nothing = frozen(np.empty(0))
        return cls(
            index=index,
            names=tuple(model.name for model in models),
            dynamics=dynamics,
            ratio=_ratio(dynamics, surface),
            span=span or SpotRange(),
            lines=ExposureLines.of(pairs, surface),
            call=frozen(call),
            put=frozen(put),
            weight=frozen(call + put),
            gamma=nothing,
            sums=nothing,
            node=nothing,
            log_node=nothing,
            exposure=nothing,
            slope=nothing,
            roots=(),
            by_strike=by_strike,
            change_count=0,
        )._afresh()

    @property
    def spot(self) -> float:
        """The spot of this state."""
        return self.lines.spot

    @cached_property
    def totals(self) -> tuple[ExposureTotals, ...]:
        """The totals of every book."""
        return tuple(totals_of_sums(sums, self.spot, self.index.common_multiplier) for sums in self.sums.tolist())

    @cached_property
    def flips(self) -> tuple[tuple[GammaFlip, ...], ...]:
        """All roots of every book in the range."""
        return tuple(within(roots, self.spot, self.span) for roots in self.roots)

    def gamma_flip(self, book: int) -> GammaFlip | None:
        """The root nearest to spot; None where there is none."""
        return nearest_flip(self.flips[book], self.spot)

    @cached_property
    def wall_position(self) -> Ints:
        """Where the walls of every book stand, one row a book, as `wall_positions` orders them."""
        return book_wall_positions(self.index.strikes.strike, self.by_strike, self.spot)

    def walls(self, book: int) -> tuple[Walls, ...]:
        """Every wall of a book."""
        return walls_at(self._table(book), self.wall_position[book])

    def absolute_gamma_strike(self, book: int) -> float | None:
        """The strike with the largest gross gamma."""
        return strike_at(self._table(book), int(self.wall_position[book][-1]))

    def profile(self, book: int) -> ExposureProfile:
        """The profile of a book over the range, repriced only where its nodes are not among those kept."""
        shown = shown_levels(self.spot, self.span)
        kept = np.searchsorted(self.node, shown).clip(max=len(self.node) - 1)
        value, slope = self.exposure[book][kept], self.slope[book][kept]
        unknown = np.flatnonzero(self.node[kept] != shown)
        value[unknown], slope[unknown] = self.lines.gamma_exposure_of(
            shown[unknown], np.full(len(unknown), book), self.weight, skew_stickiness=self.ratio
        )
        return ExposureProfile(
            skew_stickiness=float(self.ratio) if np.ndim(self.ratio) == 0 else float("nan"),
            flips=self.flips[book],
            spot=shown,
            gamma_exposure_per_percent=value,
            slope=slope,
        )

    def at_spot(self, spot: float) -> "LiveExposure":
        """The state after spot has moved to `spot`: forwards scale, the smile follows the dynamics."""
        if spot == self.spot:
            return self
        surface = surface_at_spot(self.lines.surface, spot, self.dynamics)
        if is_sticky_strike(self.ratio):  # nothing of the smile is evaluated anew
            scale = spot / self.spot
            lines = replace(self.lines, surface=surface, forward=self.lines.forward * scale)
        else:
            lines = ExposureLines.of(self.index.pairs, surface)
        moved = replace(self, lines=lines, log_node=frozen(np.log(self.node / spot)), change_count=0)
        if not (self.node[0] <= spot * self.span.low and spot * self.span.high <= self.node[-1]):
            moved = moved._with_nodes()
        return moved._with_sums()

    def with_surface(self, surface: VolSurface, expiries: Sequence[int] | None = None) -> "LiveExposure":
        """The state on a refitted surface at the same spot; `expiries` names the slices that may differ, None: any."""
        every = self.lines
        if surface.forwards.spot != self.spot or surface.forwards.as_of != every.forwards.as_of:
            lines = ExposureLines.of(self.index.pairs, surface)
            return replace(self, lines=lines, ratio=_ratio(self.dynamics, surface))._afresh()
        lines, chosen = every.refitted(surface, expiries)
        ratio = self.ratio if self.dynamics.skew_stickiness is not None else _ratio(self.dynamics, surface)
        if (
            self._is_to_be_refreshed(every, chosen)
            or self._is_to_be_refreshed(lines, chosen)
            or ratio is not self.ratio
        ):
            return replace(self, lines=lines, ratio=ratio)._afresh()
        return self._with_changed_lines(lines, chosen)

    def with_contracts(self, row: Ints, change: Floats) -> "LiveExposure":
        """The state after dealers' contracts changed in rows of the chain; `change` (book_count, row_count), + bought.

        A trade of n contracts that a customer buys is −n in the books that follow trades and 0 in the others.
        """
        row = np.asarray(row, np.int64)
        units = np.asarray(change, np.float64) * self.index.multiplier[row]
        call, put = self.call.copy(), self.put.copy()
        line = self.index.line_of_row[row]
        for k, (one, right) in enumerate(zip(line.tolist(), self.index.right[row].tolist(), strict=True)):
            (call if right > 0 else put)[:, one] += units[:, k]
        return self._with_positions(np.unique(line), call, put, self.by_strike)

    def with_quotes(self, quotes: Quotes, positionings: Sequence[DealerPositioning]) -> "LiveExposure":
        """The state with new open interest or volume in the same rows: only lines whose contracts changed are touched."""
        models = [with_forwards(positioning, self.lines.forwards) for positioning in positionings]
        call, put = leg_units(quotes, self.index.pairs, [model.dealer_contracts(quotes) for model in models])
        by_strike = self.by_strike.copy()
        by_strike[:, 4:] = self.index.open_interest_by_strike(quotes)
        changed = np.flatnonzero(((call != self.call) | (put != self.put)).any(axis=0))
        return self._with_positions(changed, call, put, by_strike)

    def _table(self, book: int) -> StrikeSums:
        return StrikeSums(self.index.strikes.strike, self.by_strike[book])

    def _is_to_be_refreshed(self, lines: ExposureLines, chosen: Ints) -> bool:
        """True where it is better to start afresh: many changes, or lines that decide where nodes stand."""
        if self.change_count + len(chosen) > REFRESH_EVERY or len(chosen) > len(lines) // 4:
            return True
        stdev = lines.vol[chosen] * np.sqrt(lines.time_to_expiry[chosen])
        return bool(((stdev > 0.0) & (stdev < NARROW)).any())

    def _afresh(self) -> "LiveExposure":
        return replace(self, change_count=0)._with_nodes()._with_sums()

    def _with_nodes(self) -> "LiveExposure":
        """Nodes, exposure at them and roots, from nothing."""
        low, high = self.span.low / (1.0 + MARGIN), self.span.high * (1.0 + MARGIN)
        every = with_gross(self.weight)
        node = frozen(search_levels(self.lines, self.weight, SpotRange(low=low, high=high)))
        exposure, slope = self.lines.gamma_exposure(node, every, skew_stickiness=self.ratio)
        return replace(
            self,
            node=node,
            log_node=frozen(np.log(node / self.spot)),
            exposure=exposure,
            slope=slope,
            roots=self._found(self.lines, node, exposure, slope, self.weight),
        )

    def _found(
        self,
        lines: ExposureLines,
        node: Floats,
        exposure: Floats,
        slope: Floats,
        weight: Floats,
        guess: Sequence[Floats] | None = None,
    ) -> tuple[tuple[GammaFlip, ...], ...]:
        def at(x: Floats, book: Ints) -> tuple[Floats, Floats]:
            return lines.gamma_exposure_of(x, book, weight, skew_stickiness=self.ratio)

        is_fixed = is_sticky_strike(self.ratio)
        return found_flips(lines, node, exposure, slope, weight, at, is_fixed=is_fixed, guess=guess)

    def _with_sums(self) -> "LiveExposure":
        """Totals and sums by strike, from nothing."""
        greeks = line_greeks(self.lines)
        sums, by_strike, gamma = np.zeros((len(self.names), SUM_COUNT)), self.by_strike.copy(), gamma_of(greeks)
        add_running(sums, greeks, self.spot, self.call, self.put)
        self._fill_strikes(self.index.every_strike, gamma, self.call, self.put, by_strike)
        return replace(self, gamma=gamma, sums=sums, by_strike=by_strike)

    def _with_positions(self, chosen: Ints, call: Floats, put: Floats, by_strike: Floats) -> "LiveExposure":
        """The state in which the chosen lines hold other contracts."""
        weight = self.weight.copy()
        weight[:, chosen] = call[:, chosen] + put[:, chosen]
        call, put, weight = frozen(call), frozen(put), frozen(weight)
        if self._is_to_be_refreshed(self.lines, chosen) or not is_sticky_strike(self.ratio):
            return replace(self, call=call, put=put, weight=weight, by_strike=by_strike)._afresh()
        old, new = self.weight[:, chosen], weight[:, chosen]
        exposure, slope = self.exposure.copy(), self.slope.copy()
        gross = np.abs(new).max(axis=0) - np.abs(old).max(axis=0)
        change = frozen(np.vstack([new - old, gross]))
        self._add(self.lines, chosen, change, exposure, slope)
        guess = self._guesses(read_only(chosen), self.lines.coefficients, change)
        greeks = line_greeks(self.lines, chosen)
        sums, by_strike = self.sums.copy(), by_strike.copy()
        add_running(sums, greeks, self.spot, self.call[:, chosen], self.put[:, chosen], -1.0)
        add_running(sums, greeks, self.spot, call[:, chosen], put[:, chosen])
        self._fill_strikes(self.index.strikes_of(chosen), self.gamma, call, put, by_strike)
        return replace(
            self,
            call=call,
            put=put,
            weight=weight,
            exposure=exposure,
            slope=slope,
            sums=sums,
            by_strike=by_strike,
            change_count=self.change_count + len(chosen),
            roots=self._found(self.lines, self.node, exposure, slope, weight, guess),
        )

    def _guesses(self, chosen: Ints, table: Floats, change: Floats) -> list[Floats]:
        """Where each root goes, to first order, with `change` (book + 1, chosen) units of the chosen lines of `table`."""
        moved = []
        for book, roots in enumerate(self.roots):
            own = np.array([(root.price, root.slope) for root in roots]).reshape(-1, 2)
            move_roots(self.spot, chosen, table, change[book], own)
            moved.append(own[:, 0])
        return moved

    def _with_changed_lines(self, lines: ExposureLines, chosen: Ints) -> "LiveExposure":
        """The state in which the chosen lines have other terms: what they added is taken out, what they add put in."""
        exposure, slope, sums = self.exposure.copy(), self.slope.copy(), self.sums.copy()
        weight = with_gross(self.weight[:, chosen])
        call, put = self.call[:, chosen], self.put[:, chosen]
        after = line_greeks(lines, chosen)
        add_running(sums, line_greeks(self.lines, chosen), self.spot, call, put, -1.0)
        add_running(sums, after, self.spot, call, put)
        if is_sticky_strike(self.ratio):  # both in one pass
            table = frozen(np.hstack([one.coefficients[:, chosen] for one in (self.lines, lines)]))
            both, units = read_only(np.arange(2 * len(chosen))), frozen(np.hstack([-weight, weight]))
            add_curves(self.node, self.log_node, both, table, units, exposure, slope)
            guess = self._guesses(both, table, units)
        else:
            self._add(self.lines, chosen, -weight, exposure, slope)
            self._add(lines, chosen, weight, exposure, slope)
            guess = [np.array([root.price for root in roots]) for roots in self.roots]
        gamma, by_strike = self.gamma.copy(), self.by_strike.copy()
        gamma[chosen] = gamma_of(after)
        gamma = frozen(gamma)
        self._fill_strikes(self.index.strikes_of(chosen), gamma, self.call, self.put, by_strike)
        return replace(
            self,
            lines=lines,
            exposure=exposure,
            slope=slope,
            sums=sums,
            gamma=gamma,
            by_strike=by_strike,
            change_count=self.change_count + len(chosen),
            roots=self._found(lines, self.node, exposure, slope, self.weight, guess),
        )

    def _add(self, lines: ExposureLines, chosen: Ints, units: Floats, exposure: Floats, slope: Floats) -> None:
        """Add `units` (book + 1, chosen) of the chosen lines to what is known at the nodes."""
        if is_sticky_strike(self.ratio):
            table = lines.coefficients
            add_curves(self.node, self.log_node, read_only(chosen), table, frozen(units), exposure, slope)
            return
        value, derivative = lines.take(chosen).gamma_exposure(self.node, units, skew_stickiness=self.ratio)
        exposure += value
        slope += derivative

    def _fill_strikes(self, chosen: Ints, gamma: Floats, call: Floats, put: Floats, out: Floats) -> None:
        scale = 0.01 * self.spot * self.spot
        strike_table(self.index.line, self.index.line_start, read_only(chosen), gamma, call, put, scale, out)


def _ratio(dynamics: SmileDynamics, surface: VolSurface) -> SkewStickiness:
    """R of the dynamics; a surface that has moved keeps that of the one it moved from."""
    return dynamics.skew_stickiness_on(surface.origin if isinstance(surface, MovedSurface) else surface)
