"""A hedge under random ticks, fills, rejections, restarts, overrides and clocks, against a venue that keeps its own books.

Every step checks what must always hold; `RandomHedge.step` raises AssertionError with the step's number where it does not.
"""

import collections
import math
from dataclasses import replace

import numpy as np

from gex.hedging.answer import Action
from gex.hedging.engine.config import Mode
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Decision, Why
from gex.hedging.engine.inputs import BookReading, CascadeReading, DealerReading, EngineInputs
from gex.hedging.engine.journal import (
    Clearing,
    Entry,
    Event,
    FillEvent,
    Funding,
    Outcome,
    OverrideEvent,
    Standing,
    opened_standing,
    resumed,
    taken,
)
from gex.hedging.engine.replay import replay
from gex.hedging.engine.state import EngineState, Override, opening_state
from gex.hedging.engine.summary import ledger_summary
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.linear import LinearKind
from tests.hedging.engine.model_venue import Venue
from tests.hedging.engine.random_config import random_config
from tests.hedging.engine.worlds import START, book

_SAME = 1.0 + 1e-9
_CUT = {Why.MAXIMUM_CLIP, Why.ORDER_RATE, Why.LEVERAGE, Why.REDUCE_ONLY, Why.MARGIN_LIMIT, Why.ORDER_LIMIT,
        Why.POSITION_LIMIT, Why.LIQUIDATION_LIMIT, Why.LIQUIDATION_NEAR}  # fmt: skip


class RandomHedge:
    """One episode: a configuration drawn at random, then steps."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.now, self.spot, self.delta = START, 60_000.0, float(self.random.normal(0.0, 4.0))
        self.kind = LinearKind.INVERSE if self.random.random() < 0.3 else LinearKind.LINEAR
        self.symbols = ["A", "B", "C"][: int(self.random.integers(1, 4))]
        size = 10.0 if self.kind is LinearKind.INVERSE else 0.001
        self.venue = Venue(
            multiplier=dict.fromkeys(self.symbols, size),
            is_inverse=dict.fromkeys(self.symbols, self.kind is LinearKind.INVERSE),
        )
        self.config = random_config(self.random)
        outcome = opened_standing("h", self.config, opening_state(), START)
        self.standing = outcome.standing
        self.log: list[Entry] = [outcome.entry]
        self.read_back = self.standing
        self.counts: collections.Counter[str] = collections.Counter()
        self.sees_vol = self.random.random() < 0.3  # realised volatility from the spots that decisions saw

    # what happens

    def step(self) -> None:
        """One event, and everything that must hold after it."""
        draw = self.random.random()
        if draw < 0.5:
            self._tick()
        elif draw < 0.68:
            self._trade()
        elif draw < 0.86:
            self._deliver()
        elif draw < 0.90:
            self._restart()
        elif draw < 0.93:
            self._override()
        elif draw < 0.95:
            self._fund()
        elif draw < 0.97:
            self._configure()
        else:
            self._crash_before_writing()
        self._check_books()
        self.counts["steps"] += 1

    def finish(self) -> None:
        """The whole log decided again, and read back, come to the same."""
        found = replay(self.log)
        assert found.is_identical, (found.differences[:2], found.broken[:2], found.missing[:2])
        self._restart()

    # ── ticks ──

    def _move(self) -> None:
        seconds = float(self.random.choice([0.0, 1.0, 60.0, 3_600.0, 30_000.0], p=[0.05, 0.2, 0.45, 0.25, 0.05]))
        self.now = self.now + np.timedelta64(round(seconds * 1e9), "ns")
        jump = self.random.normal(0.0, 0.08) if self.random.random() < 0.03 else 0.0
        move = self.spot * (self.random.normal(0.0, 0.002) + jump)
        self.spot = min(max(self.spot + move, 20_000.0), 180_000.0)
        self.delta += -5e-4 * move + float(self.random.normal(0.0, 0.05))
        if self.random.random() < 0.01:
            self.delta = float(self.random.normal(0.0, 12.0))  # the desk traded

    def _tick(self) -> None:
        self._move()
        reading = self._reading()
        draw = self.random.random()
        bad = ""
        if draw < 0.02:
            bad = str(self.random.choice(["spot", "delta", "gamma"]))
            reading = replace(reading, **{bad: math.nan})
        elif draw < 0.03:
            bad, reading = "vol", replace(reading, vol=0.0)
        elif draw < 0.05:
            bad, reading = "stale", replace(reading, as_of=self.now - np.timedelta64(2, "h"))
        elif draw < 0.07 and self.standing.state.last_as_of is not None:
            bad = "clock"
        elif draw < 0.08:
            bad = "crossed"
            first = reading.instruments[0]
            crossed = replace(first, bid=first.ask, ask=first.bid)
            reading = replace(reading, instruments=(crossed, *reading.instruments[1:]))
        confirmed = None
        if draw > 0.97:
            confirmed = tuple(sorted((s, self.standing.state.position(s)) for s in self.symbols))
            if draw > 0.99:
                bad = "mismatch"
                confirmed = ((confirmed[0][0], confirmed[0][1] + 7), *confirmed[1:])
        world = EngineInputs(
            as_of=self.now if bad != "clock" else self.standing.state.last_as_of - np.timedelta64(5, "s"),
            books=(reading,),
            confirmed=confirmed,
            equity=2_000_000.0 + self.delta * self.spot if self.random.random() < 0.9 else None,
            dealer=DealerReading(gamma_usd_per_percent=-1e8, flip=61_000.0, depth=1e7) if draw < 0.5 else None,
            cascade=CascadeReading(open_interest=1e10, depth=1e8, funding_percentile=0.99) if draw > 0.9 else None,
            resets_breaker=draw < 0.2,
        )
        before = self.standing
        decision = self._take(world, world.as_of).decision
        assert decision is not None
        self._check_decision(decision, world, before, bad)
        self.last = world
        for order in decision.orders:
            if self.config.mode is not Mode.ADVISORY:
                self.venue.send(order)

    def _reading(self) -> BookReading:
        spread = 15.0
        terms = [
            HedgeInstrument(
                symbol=symbol, kind=self.kind, multiplier=self.venue.multiplier[symbol],
                bid=self.spot - spread * (1 + i), ask=self.spot + spread * (1 + i), fee_bps=2.5 + i,
                depth=None if i == 0 else 4_000, maintenance_margin=0.005, funding_rate=1e-5 * i,
            )
            for i, symbol in enumerate(self.symbols)
        ]  # fmt: skip
        stress = 2.0 if self.random.random() < 0.2 else 1.0
        return book(
            self.delta, spot=self.spot, at=self.now, instruments=tuple(terms), volume=3.0, imbalance=0.1,
            realised_vol_short=None if self.sees_vol else 0.5 * stress, realised_vol_long=None if self.sees_vol else 0.5,
        )  # fmt: skip

    # ── the venue ──

    def _trade(self) -> None:
        if not self.venue.open:
            return
        order_id = str(self.random.choice(sorted(self.venue.open)))
        _, remaining, mid = self.venue.open[order_id]
        draw = self.random.random()
        if draw < 0.15:
            self.venue.refuse(order_id, self.now)
            self.counts["rejections"] += 1
            return
        part = remaining
        if draw < 0.6 and abs(remaining) > 1:
            part = int(math.copysign(self.random.integers(1, abs(remaining)), remaining))
            self.counts["partial fills"] += 1
        price = mid * (1.0 + float(self.random.normal(0.0, 3e-4)))
        fee = float(abs(part) * 0.01 * self.random.random())
        self.venue.fill(order_id, part, price, fee, self.now)
        self.counts["fills"] += 1

    def _deliver(self) -> None:
        """Reports come late, in any order, and twice."""
        if not self.venue.reports:
            return
        place = int(self.random.integers(len(self.venue.reports)))
        # Reports of one order keep their order: a venue numbers them.
        first = next(i for i, r in enumerate(self.venue.reports) if r.order_id == self.venue.reports[place].order_id)
        fill = self.venue.reports.pop(first)
        state = self.standing.state
        position, in_flight = state.position(fill.symbol), state.in_flight(fill.symbol)
        outcome = self._take(FillEvent(fill=fill, instrument=self._terms(fill.symbol)), self.now)
        after = self.standing.state
        assert after.position(fill.symbol) == position + fill.contracts, "a fill moves the position by its size"
        order = next(o for o in state.orders if o.order_id == fill.order_id)
        gone = order.remaining if fill.is_rejected else fill.contracts
        assert after.in_flight(fill.symbol) == in_flight - gone, (
            "and what is in flight by the same, or by what was refused"
        )
        assert outcome.receipt is not None
        assert outcome.receipt.is_applied
        if self.random.random() < 0.3:
            again = self._take(FillEvent(fill=fill, instrument=self._terms(fill.symbol)), self.now)
            assert again.receipt is not None
            assert not again.receipt.is_applied
            assert self.standing.state == after, "a report that comes twice counts once"
            self.counts["doubled reports"] += 1

    def _terms(self, symbol: str) -> HedgeInstrument:
        return HedgeInstrument(symbol=symbol, kind=self.kind, multiplier=self.venue.multiplier[symbol])

    # ── people, crashes ──

    def _override(self) -> None:
        draw = self.random.random()
        self.counts["overrides"] += 1
        if draw < 0.4:
            self._take(Clearing(user="ann", reason="over", as_of=self.now), self.now)
            return
        end = self.now + np.timedelta64(int(self.random.integers(60, 20_000)), "s")
        if draw < 0.7:
            word = Override(kind="freeze", user="ann", reason="cpi", expires_at=end, stops_cap=draw < 0.5)
        else:
            target = float(self.random.normal(0.0, 4.0))
            word = Override(kind="force_target", user="bob", reason="view", expires_at=end, target_delta=target)
        self._take(OverrideEvent(override=word, as_of=self.now), self.now)

    def _fund(self) -> None:
        amount = float(self.random.normal(0.0, 20.0))
        self.venue.paid.append(amount)
        self._take(Funding(amount=amount, as_of=self.now), self.now)

    def _configure(self) -> None:
        if not self.venue.open and not self.venue.reports:  # advice and orders are never mixed in one flight
            self.config = random_config(self.random)
            self._take(self.config, self.now)
            self.counts["configurations"] += 1

    def _restart(self) -> None:
        """The process dies and another reads the log: the same state, the same end of the chain."""
        again = self.read_back
        for entry in self.log[again.sequence :]:
            again = resumed(again, entry)
        assert again.state == self.standing.state
        assert again.state_hash == self.standing.state_hash
        assert (again.sequence, again.last_hash) == (self.standing.sequence, self.standing.last_hash)
        self.standing = self.read_back = again
        self.config = again.config
        self.counts["restarts"] += 1

    def _crash_before_writing(self) -> None:
        """A decision that was never written is made again from the same inputs, order for order."""
        world = EngineInputs(as_of=self.now, books=(self._reading(),))
        if self.standing.state.last_as_of is not None and self.now < self.standing.state.last_as_of:
            return
        first = taken(self.standing, world, self.now)
        self._restart()
        second = taken(self.standing, world, self.now)
        assert first.entry == second.entry
        self.counts["crashes"] += 1

    # ── what must hold ──

    def _take(self, event: Event, as_of: np.datetime64) -> Outcome:
        outcome = taken(self.standing, event, as_of)
        self.log.append(outcome.entry)
        self.standing = outcome.standing
        return outcome

    def _check_books(self) -> None:
        """Position and orders in flight are the venue's, but for reports still under way."""
        late: collections.Counter[str] = collections.Counter()
        refused = {r.order_id for r in self.venue.reports if r.is_rejected}
        for report in self.venue.reports:
            late[report.symbol] += report.contracts
        state = self.standing.state
        for symbol in self.symbols:
            assert state.position(symbol) + late[symbol] == self.venue.position[symbol]
            flying = sum(n for s, n, _ in self.venue.open.values() if s == symbol)
            known = sum(o.remaining for o in state.orders if o.symbol == symbol and o.order_id not in refused)
            assert known - self._late_of_known(symbol, refused) == flying

    def _late_of_known(self, symbol: str, refused: set[str]) -> int:
        return sum(r.contracts for r in self.venue.reports if r.symbol == symbol and r.order_id not in refused)

    def _check_decision(self, decision: Decision, world: EngineInputs, before: Standing, bad: str) -> None:
        self.counts[decision.action.value] += 1
        assert decision.reasons, "no answer without a reason"
        assert decision.number == before.state.decision_count + 1
        if self._must_hold(bad):
            assert decision.action is Action.HOLD, bad
        if decision.action is Action.HOLD:
            assert not decision.orders
            assert decision.alerts, "a hold calls someone"
            assert self.standing.state == replace(before.state, decision_count=decision.number), "and changes nothing"
            return
        total = math.fsum(order.costs.total for order in decision.orders)
        assert math.isclose(decision.costs.total, total, rel_tol=1e-9, abs_tol=1e-9)
        self._check_cap(decision, world, before.state)
        self._check_sizes(decision)
        self._check_ledger(world)
        again, _ = decide(replace(world, resets_breaker=False), self.config, self.standing.state)
        if not set(decision.reasons) & _CUT and self.config.mode is not Mode.ADVISORY:
            assert not again.orders, "the same inputs twice make no second order"

    def _must_hold(self, bad: str) -> bool:
        if bad == "stale":
            return self.config.policy.max_age is not None
        return bool(bad)

    def _check_cap(self, decision: Decision, world: EngineInputs, state: EngineState) -> None:
        cap = self.config.policy.delta_cap
        if cap is None:
            return
        reading, row = world.books[0], decision.groups[0]
        unit = {s: self._unit(s, reading) for s in self.symbols}
        confirmed = math.fsum(state.position(s) * unit[s] for s in self.symbols)
        flying = math.fsum(state.in_flight(s) * unit[s] for s in self.symbols)
        mishedge = row.coverage * reading.delta + confirmed + flying - self.config.policy.target_delta
        after = mishedge + math.fsum(order.contracts * unit[order.symbol] for order in decision.orders)
        slack = 1e-6 * cap
        if abs(mishedge) > cap * _SAME + slack:
            self.counts["beyond the cap"] += 1
            assert Why.DELTA_CAP in decision.reasons
            if abs(after) > cap + slack:
                assert decision.alerts, "a cap that is not kept is never silent"
                assert Why.CAP_NOT_KEPT in decision.reasons
                self.counts["cap not kept, told"] += 1
            else:
                self.counts["cap restored"] += 1
        else:
            assert abs(after) <= max(cap, abs(mishedge)) + slack, "no order goes beyond the cap"
            if abs(mishedge - flying) > cap * _SAME + slack:
                assert Why.CAP_UNTIL_FILLS in decision.reasons
                assert decision.alerts

    def _unit(self, symbol: str, reading: BookReading) -> float:
        terms = next(i for i in reading.instruments if i.symbol == symbol)
        mid = 0.5 * ((terms.bid or 0.0) + (terms.ask or 0.0))
        return terms.multiplier / mid if terms.kind is LinearKind.INVERSE else terms.multiplier

    def _check_sizes(self, decision: Decision) -> None:
        """Inside the band nothing trades; no order makes |X| larger; it crosses zero only where one lot does."""
        row = decision.groups[0]
        reasons = set(decision.reasons)
        if Why.LIQUIDATION_NEAR in reasons:
            return
        if Why.INSIDE_BAND in reasons and Why.DELTA_CAP not in reasons:
            assert not decision.orders
        if decision.orders and row.band is not None:
            lot = max(abs(o.units / o.contracts) for o in decision.orders)
            assert abs(row.residual_delta) <= abs(row.mishedge) + 1e-9
            if row.residual_delta * row.mishedge < 0.0:
                assert abs(row.residual_delta) <= max(lot, abs(row.band.target), abs(row.band.target_below)) + 1e-9

    def _check_ledger(self, world: EngineInputs) -> None:
        """To the cent, with reports under way left out on both sides."""
        if self.venue.reports:
            return
        reading = world.books[0]
        price = {i.symbol: 0.5 * ((i.bid or 0.0) + (i.ask or 0.0)) for i in reading.instruments}
        summary = ledger_summary(self.standing.state)
        truth = self.venue.profit(price, reading.spot)
        assert abs(summary.hedge_profit - truth) < 0.005, (summary.hedge_profit, truth)
        self.counts["ledgers to the cent"] += 1

    # ── what a desk may want ──
