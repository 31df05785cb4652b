"""A hedging rule on many simulated paths: market, book, orders, costs and settlement, a block of paths at a time.

Each step: the market moves and the hedge earns; what settles is paid; orders that are due fill; the rule looks, and
what it orders fills after the latency. Memory is one block and one row of results a path.
"""

import math

import numpy as np
from numba import types

from gex.kernels.book_paths import EXPIRY_STEP, book_greeks, book_value, settle_book
from gex.kernels.compiling import FLOATS, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.hedge_rules import (
    CLOCK,
    CLOCK_STEPS,
    COST_OPTIMAL,
    DEPTH,
    ENTER,
    FAST_DECAY,
    FEE,
    FILL_PROBABILITY,
    FIRST_IS_FREE,
    HALF_SPREAD,
    IMPACT,
    LATENCY_STEPS,
    LEAST_SIZE,
    LEAVE,
    LOT,
    OVERSHOOT,
    POLL_INTERVAL,
    POLL_STEPS,
    RATIO,
    REGIME_ADAPTIVE,
    RISK_AVERSION,
    RULE_VOL,
    SLOW_DECAY,
    STARTS_HEDGED,
    STATIC,
    STRESSED_MULTIPLE,
    TABLE_RULE,
    TERMINAL,
    TICKET,
    UNHEDGED,
    WHALLEY_WILMOTT_EDGE,
    WHALLEY_WILMOTT_TARGET,
    ZAKAMOULINE,
    corrected_band,
    fill_least_triggers,
    find_outside,
    landing_order,
    rule_band,
    valued_order,
    zakamouline_factor,
)
from gex.kernels.market_paths import FILL_STREAM, advance_paths, start_paths
from gex.kernels.random_draws import fill_keys, uniform_draw

BLOCK = 256  # paths that walk abreast: their columns stay in the first-level cache
UNWIND, CASH, KEEP = 0, 1, 2  # terminal conventions
(BOOK_PROFIT, HEDGE_PROFIT, FEES, SPREADS, IMPACTS, TICKETS, FUNDING, TURNOVER, ORDERS, TRACKING, SQUARE_TIME,
 DRAWDOWN, FINAL_SPOT) = range(13)  # fmt: skip
OUTCOME_WIDTH = 13
TRACE_SPOT, TRACE_DELTA, TRACE_GAMMA, TRACE_BEFORE, TRACE_AFTER, TRACE_TRIGGER, TRACE_TARGET, TRACE_STRESSED = range(8)
TRACE_WIDTH = 8


@kernel
def charge(sums, lane, execution, price, units):
    """Add the cost of one order of a path to its sums, by line; 0 units cost nothing."""
    size = abs(units)
    if size == 0.0:
        return 0.0
    fee, spread = execution[FEE] * price * size, execution[HALF_SPREAD] * price * size
    impact = execution[IMPACT] * price * size * math.sqrt(size)
    sums[FEES, lane] += fee
    sums[SPREADS, lane] += spread
    sums[IMPACTS, lane] += impact
    sums[TICKETS, lane] += execution[TICKET]
    sums[TURNOVER, lane] += size
    sums[ORDERS, lane] += 1.0
    return fee + spread + impact + execution[TICKET]


@kernel
def hedge_block(
    seed, first_path, is_antithetic, spot, time, variance_time, can_trade, process, book, delta_kind, skew,
    rule, parameters, execution, table, table_axis, least, wants_marks, trace, out,
):  # fmt: skip
    """Hedge `book` on one block of paths; row p of `out` is path first_path + p, columns as named above.

    `time` are calendar years and `variance_time` years of variance at each step; `can_trade` is 1 where the market is open.
    `table` (2·(steps + 1), nodes) holds the lower and then the upper hedge of a tabulated rule over ln spot, which starts
    at table_axis[0] in steps of table_axis[1].
    """
    count, last = out.shape[0], len(time) - 1
    key, sign = np.empty(count, np.uint64), np.empty(count)
    fill_keys(seed, first_path, is_antithetic, key, sign)
    level, variance, funding, basis = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    normal, other, strike, price, before = (
        np.empty(count), np.empty(count), np.empty(count), np.empty(count), np.empty(count),
    )  # fmt: skip
    delta, gamma, spare = np.zeros(count), np.zeros(count), np.empty((2, count))
    value, cash, start_value = np.zeros(count), np.zeros(count), np.zeros(count)
    held, flying, costs, peak = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    fixed_sum = np.zeros((book.shape[0], count))
    latency = int(execution[LATENCY_STEPS])
    pending = np.zeros((latency + 1, count))
    fast, slow, stressed = np.zeros(count), np.zeros(count), np.zeros(count, np.bool_)
    previous, mishedge_now, lanes = np.zeros(count), np.empty(count), np.empty(count, np.int64)
    lot, ticket = execution[LOT], execution[TICKET]
    cost_rate = execution[FEE] + execution[HALF_SPREAD]
    end = 0.0
    for line in range(book.shape[0]):
        end = max(end, variance_time[int(book[line, EXPIRY_STEP])])
    sums = np.zeros((OUTCOME_WIDTH, count))
    start_paths(spot, process, level, variance, funding, basis)
    book_value(level, book, 0, variance_time, fixed_sum, strike, start_value)
    for lane in range(count):
        price[lane] = level[lane] * math.exp(basis[lane])
    for step in range(last + 1):
        if step > 0:
            elapsed = time[step] - time[step - 1]
            for lane in range(count):
                before[lane] = price[lane]
                previous[lane] = level[lane]
                sums[FUNDING, lane] += held[lane] * price[lane] * funding[lane] * elapsed
            advance_paths(
                process, step, elapsed, variance_time[step] - variance_time[step - 1], key, sign, normal, other, level,
                variance, funding, basis,
            )  # fmt: skip
            for lane in range(count):
                price[lane] = level[lane] if basis[lane] == 0.0 else level[lane] * math.exp(basis[lane])
                move = price[lane] - before[lane]
                mishedge = delta[lane] + held[lane]
                sums[HEDGE_PROFIT, lane] += held[lane] * move
                sums[TRACKING, lane] += mishedge * move
                sums[SQUARE_TIME, lane] += mishedge * mishedge * elapsed
            settle_book(level, book, step, fixed_sum, cash)
        if rule == REGIME_ADAPTIVE and step > 0:
            for lane in range(count):
                move = math.log(level[lane] / previous[lane])
                square = move * move / max(variance_time[step] - variance_time[step - 1], 1e-12)
                if step == 1:
                    fast[lane] = slow[lane] = process[1] * process[1]
                fast[lane] += (1.0 - parameters[FAST_DECAY]) * (square - fast[lane])
                slow[lane] += (1.0 - parameters[SLOW_DECAY]) * (square - slow[lane])
                ratio = math.sqrt(fast[lane] / slow[lane])
                stressed[lane] = ratio > (parameters[LEAVE] if stressed[lane] else parameters[ENTER])
        if step < last and (rule != UNHEDGED or step == 0):
            book_greeks(level, book, step, variance_time, delta_kind, skew, fixed_sum, strike, delta, gamma, spare)
            if step == 0 and execution[STARTS_HEDGED] == 1.0 and rule != UNHEDGED:
                for lane in range(count):
                    held[lane] = -delta[lane] * (parameters[RATIO] if rule == STATIC else 1.0)
        elif step == last:
            for lane in range(count):
                delta[lane] = 0.0
                gamma[lane] = 0.0
        is_open = can_trade[step] == 1.0
        slot = step % (latency + 1)
        if latency > 0 and step > 0:
            for lane in range(count):
                units = pending[slot, lane]
                if units != 0.0:
                    pending[slot, lane] = 0.0
                    if is_open or step == last:
                        flying[lane] -= units
                        filled = _filled(units, execution, key[lane], step)
                        held[lane] += filled
                        costs[lane] += charge(sums, lane, execution, price[lane], filled)
                    else:
                        pending[(step + 1) % (latency + 1), lane] += units
        left = end - variance_time[step]
        has_factor = rule == ZAKAMOULINE and left > 0.0
        factor = zakamouline_factor(cost_rate, parameters[RULE_VOL], left) if has_factor else 0.0
        looks = is_open and step < last and rule != UNHEDGED and step % int(parameters[POLL_STEPS]) == 0
        if rule == CLOCK:
            looks = looks and step % int(parameters[CLOCK_STEPS]) == 0
        if rule == STATIC:
            looks = looks and step == 0 and execution[STARTS_HEDGED] == 0.0
        weighs = rule in (WHALLEY_WILMOTT_EDGE, WHALLEY_WILMOTT_TARGET, ZAKAMOULINE, COST_OPTIMAL, REGIME_ADAPTIVE)
        shift_rate = OVERSHOOT * parameters[RULE_VOL] * math.sqrt(parameters[POLL_INTERVAL])
        candidates = 0
        if looks:
            for lane in range(count):
                mishedge_now[lane] = delta[lane] + held[lane] + flying[lane]
            if first_path < trace.shape[0]:
                candidates = count
                for lane in range(count):
                    lanes[lane] = lane
            else:
                candidates = find_outside(
                    rule, parameters, cost_rate, ticket, least, shift_rate, price, level, gamma, mishedge_now, stressed,
                    lanes,
                )  # fmt: skip
        for place in range(candidates):
            lane = lanes[place]
            is_traced = first_path + lane < trace.shape[0]
            mishedge = mishedge_now[lane]
            if rule == STATIC:
                mishedge = parameters[RATIO] * delta[lane]
            proportional = cost_rate * price[lane]
            units = 0.0
            trigger = target = 0.0
            if rule == TABLE_RULE:
                lower, upper = _tabulated(table, table_axis, step, last, level[lane])
                hedge = held[lane] + flying[lane]
                if hedge < lower:
                    units = lower - hedge
                elif hedge > upper:
                    units = upper - hedge
            elif rule == STATIC:
                units = -mishedge if lot == 0.0 else landing_order(mishedge, 0.0, lot)
            else:
                trigger, target = rule_band(
                    rule, parameters, level[lane], gamma[lane], left, factor, stressed[lane], ticket, proportional,
                    execution[IMPACT] * price[lane], lot,
                )  # fmt: skip
                trigger, target = corrected_band(
                    trigger,
                    target,
                    abs(gamma[lane]) * level[lane] * parameters[RULE_VOL],
                    parameters[POLL_INTERVAL],
                    lot,
                )
                if abs(mishedge) >= trigger and mishedge != 0.0:
                    units = landing_order(mishedge, target, lot)
                    if lot > 0.0 and weighs:
                        units = valued_order(
                            units, mishedge, trigger, target, abs(gamma[lane]) * level[lane] * parameters[RULE_VOL],
                            parameters[POLL_INTERVAL], level[lane], parameters[RULE_VOL],
                            parameters[RISK_AVERSION] * (parameters[STRESSED_MULTIPLE] if stressed[lane] else 1.0), ticket,
                            proportional, execution[IMPACT] * price[lane], lot,
                        )  # fmt: skip
            if is_traced:
                _record(trace[first_path + lane, step], level[lane], delta[lane], gamma[lane], held[lane] + flying[lane],
                        units, trigger, target, stressed[lane])  # fmt: skip
            if units == 0.0:
                continue
            if latency > 0:
                pending[(step + latency) % (latency + 1), lane] += units
                flying[lane] += units
            else:
                filled = _filled(units, execution, key[lane], step)
                held[lane] += filled
                if step > 0 or execution[FIRST_IS_FREE] == 0.0:
                    costs[lane] += charge(sums, lane, execution, price[lane], filled)
        if step == last:
            for lane in range(count):
                if execution[TERMINAL] == UNWIND:
                    costs[lane] += charge(sums, lane, execution, price[lane], held[lane])
                elif execution[TERMINAL] == CASH:
                    fee = execution[FEE] * price[lane] * abs(held[lane])
                    sums[FEES, lane] += fee
                    costs[lane] += fee
        if wants_marks or step == last:
            book_value(level, book, step, variance_time, fixed_sum, strike, value)
            for lane in range(count):
                profit = cash[lane] + value[lane] - start_value[lane]
                sums[BOOK_PROFIT, lane] = profit
                net = profit + sums[HEDGE_PROFIT, lane] - costs[lane] - sums[FUNDING, lane]
                peak[lane] = max(peak[lane], net)
                sums[DRAWDOWN, lane] = max(sums[DRAWDOWN, lane], peak[lane] - net)
    for lane in range(count):
        for place in range(OUTCOME_WIDTH):
            out[lane, place] = sums[place, lane]
        out[lane, FINAL_SPOT] = level[lane]


@kernel
def _filled(units, execution, key, step):
    """What of an order fills: no more than the depth, and nothing with probability 1 − FILL_PROBABILITY."""
    if execution[FILL_PROBABILITY] < 1.0 and uniform_draw(key, step, FILL_STREAM) > execution[FILL_PROBABILITY]:
        return 0.0
    return math.copysign(min(abs(units), execution[DEPTH]), units)


@kernel
def _tabulated(table, axis, step, last, level):
    """(lower, upper) hedge of a tabulated rule at a step, linear in ln spot, flat beyond the ends."""
    place = (math.log(level) - axis[0]) / axis[1]
    place = min(max(place, 0.0), table.shape[1] - 1.000001)
    node = int(place)
    share = place - node
    lower = table[step, node] + share * (table[step, node + 1] - table[step, node])
    upper_row = step + last + 1
    upper = table[upper_row, node] + share * (table[upper_row, node + 1] - table[upper_row, node])
    return lower, upper


@kernel
def _record(row, level, delta, gamma, hedge, units, trigger, target, is_stressed):
    row[TRACE_SPOT] = level
    row[TRACE_DELTA] = delta
    row[TRACE_GAMMA] = gamma
    row[TRACE_BEFORE] = hedge
    row[TRACE_AFTER] = hedge + units
    row[TRACE_TRIGGER] = trigger
    row[TRACE_TARGET] = target
    row[TRACE_STRESSED] = 1.0 if is_stressed else 0.0


@kernel
def hedge_paths(
    seed, first_path, is_antithetic, spot, time, variance_time, can_trade, process, book, delta_kind, skew,
    rule, parameters, execution, table, table_axis, wants_marks, trace, out,
):  # fmt: skip
    """`hedge_block` on every path of `out`, block after block."""
    has_table = execution[TICKET] > 0.0 and execution[IMPACT] == 0.0 and execution[LOT] == 0.0
    least = np.empty(LEAST_SIZE if has_table else 0)
    fill_least_triggers(least)
    for start in range(0, out.shape[0], BLOCK):
        stop = min(start + BLOCK, out.shape[0])
        hedge_block(
            seed, first_path + start, is_antithetic, spot, time, variance_time, can_trade, process, book, delta_kind,
            skew, rule, parameters, execution, table, table_axis, least, wants_marks, trace, out[start:stop],
        )  # fmt: skip


@kernel
def sample_block(seed, first_path, is_antithetic, spot, time, variance_time, process, levels, rates, bases):
    """The markets alone: spot, funding rate and basis (path, step) of one block, as `hedge_block` meets them."""
    count = levels.shape[0]
    key, sign = np.empty(count, np.uint64), np.empty(count)
    fill_keys(seed, first_path, is_antithetic, key, sign)
    level, variance, funding, basis = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    normal, other = np.empty(count), np.empty(count)
    start_paths(spot, process, level, variance, funding, basis)
    levels[:, 0] = level
    rates[:, 0] = funding
    bases[:, 0] = basis
    for step in range(1, len(time)):
        elapsed, active = time[step] - time[step - 1], variance_time[step] - variance_time[step - 1]
        advance_paths(process, step, elapsed, active, key, sign, normal, other, level, variance, funding, basis)
        levels[:, step] = level
        rates[:, step] = funding
        bases[:, step] = basis


_TRACE_OUT = types.Array(types.float64, 3, "C")
_MARKET = (types.int64, types.int64, types.boolean, types.float64, FLOATS, FLOATS)
warms(
    hedge_paths, *_MARKET, FLOATS, FLOATS, TABLE, types.int64, FLOATS, types.int64, FLOATS, FLOATS, TABLE, FLOATS,
    types.boolean, _TRACE_OUT, TABLE_OUT,
)  # fmt: skip
warms(sample_block, *_MARKET, FLOATS, TABLE_OUT, TABLE_OUT, TABLE_OUT)
