"""Cells of an exposure map and their sums, in one pass over the pairs of a chain."""

from gex.kernels.compiling import FLOATS, INDICES, TABLE, TABLE_OUT, kernel, warms

BOTH = 9  # quantities of call and put together, gamma first
CELL_ROWS = BOTH + 1  # gamma of calls, gamma of puts, then the others
CALL, PUT, CALL_GROSS, PUT_GROSS, CALL_OPEN, PUT_OPEN = range(6)  # rows of a table of sums by strike


@kernel
def leg_units(call, put, units, out_call, out_put):
    """out_call[b, i], out_put[b, i] = units[b, row] of the call and the put of pair i, 0 where one is not listed."""
    for b in range(units.shape[0]):
        for i in range(call.shape[0]):
            out_call[b, i] = units[b, call[i]] if call[i] >= 0 else 0.0
            out_put[b, i] = units[b, put[i]] if put[i] >= 0 else 0.0


@kernel
def map_cells(call, put, greeks, scale, call_units, put_units, out):
    """out (CELL_ROWS, pairs) of one book: Σ units × greek × scale over the legs; `greeks` (BOTH, rows), gamma first.

    A leg without units is 0 whether or not it can be priced.
    """
    for i in range(call.shape[0]):
        calls = call_units[i]
        puts = put_units[i]
        out[0, i] = calls * greeks[0, call[i]] * scale[0] if calls != 0.0 else 0.0
        out[1, i] = puts * greeks[0, put[i]] * scale[0] if puts != 0.0 else 0.0
    for k in range(1, BOTH):
        for i in range(call.shape[0]):
            value = 0.0
            if call_units[i] != 0.0:
                value += call_units[i] * greeks[k, call[i]] * scale[k]
            if put_units[i] != 0.0:
                value += put_units[i] * greeks[k, put[i]] * scale[k]
            out[k + 1, i] = value


@kernel
def known_sum(values):
    """(sum of what is not NaN, its absolute sum, count of what is not NaN)."""
    total = 0.0
    size = 0.0
    count = 0
    for i in range(values.shape[0]):
        value = values[i]
        if value == value:
            total += value
            size += abs(value)
            count += 1
    return total, size, count


@kernel
def sums_by_strike(at, call, put, call_open, put_open, out):
    """out (6, strikes): Σ over the cells of each strike of call, put, |call|, |put| and open contracts; NaN adds nothing."""
    out[:, :] = 0.0
    for i in range(at.shape[0]):
        s = at[i]
        if call[i] == call[i]:
            out[CALL, s] += call[i]
            out[CALL_GROSS, s] += abs(call[i])
        if put[i] == put[i]:
            out[PUT, s] += put[i]
            out[PUT_GROSS, s] += abs(put[i])
        if call_open[i] == call_open[i]:
            out[CALL_OPEN, s] += call_open[i]
        if put_open[i] == put_open[i]:
            out[PUT_OPEN, s] += put_open[i]


warms(leg_units, INDICES, INDICES, TABLE, TABLE_OUT, TABLE_OUT)
warms(map_cells, INDICES, INDICES, TABLE, FLOATS, FLOATS, FLOATS, TABLE_OUT)
warms(known_sum, FLOATS)
warms(sums_by_strike, INDICES, FLOATS, FLOATS, FLOATS, FLOATS, TABLE_OUT)
