"""The optimal hedge under proportional costs and exponential utility: one backward step of the dynamic programme.

State: ln spot (rows) and hedge (columns); ℓ = log of the value in units of the risk aversion. First the expectation
G(S, h) = log E exp[ℓ(S′, h) − γh(S′ − S)], by Gauss–Hermite and cubic interpolation in ln S, then the trade
ℓ(S, p) = min over h of G(S, h) + γλS|h − p|, by a sweep up and one down the hedges (Hodges & Neuberger 1989; Davis,
Panas & Zariphopoulou 1993).
"""

import math

import numpy as np
from numba import types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, TABLE_OUT, kernel, warms
from gex.kernels.normal import exp


@kernel
def expected_log(
    value, log_spot, hedge, offset, abscissa, weight, drift, stdev, risk_aversion, is_kinked, is_inverse, out
):
    """G from ℓ of the next step. `abscissa` and `weight` integrate a standard normal; ln S moves by drift + stdev·z.

    `offset` is what is held beside the hedge at each node. The hedge is units of S; with `is_inverse` it is currency, fixed
    while S moves: its profit is h·(S′/S − 1), and so is that of the offset.

    Beyond the ends of the grid ℓ goes on with its last slope. Cubic: a straight line would add Γ·(node distance)²/8
    a step, 4e-6 of a premium of 0.0225 on 1,201 nodes.
    """
    nodes, hedges, points = len(log_spot), len(hedge), len(abscissa)
    first, step = log_spot[0], (log_spot[nodes - 1] - log_spot[0]) / (nodes - 1)
    total = np.empty(hedges)
    for node in range(nodes):
        spot = math.exp(log_spot[node])
        for place in range(hedges):
            total[place] = 0.0
        for point in range(points):
            landing = log_spot[node] + drift + stdev * abscissa[point]
            position = (landing - first) / step
            low = min(max(int(position), 1), nodes - 3)
            t = position - low
            w0, w1 = -t * (t - 1.0) * (t - 2.0) / 6.0, (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0
            w2, w3 = -(t + 1.0) * t * (t - 2.0) / 2.0, (t + 1.0) * t * (t - 1.0) / 6.0
            if is_kinked or not 0.0 <= t <= 1.0:  # at the payoff, and near and beyond the ends: a straight line
                w0, w1, w2, w3 = 0.0, 1.0 - t, t, 0.0
            move = risk_aversion * (math.exp(landing) / spot - 1.0) * (1.0 if is_inverse else spot)
            before, here, after, beyond = value[low - 1], value[low], value[low + 1], value[low + 2]
            centre, mass, beside = value[node], weight[point], offset[node] * move
            for place in range(hedges):
                one = w0 * before[place] + w1 * here[place] + w2 * after[place] + w3 * beyond[place]
                total[place] += mass * exp(one - hedge[place] * move - beside - centre[place])
        for place in range(hedges):
            out[node, place] = value[node, place] + math.log(total[place])


@kernel
def trade_optimally(expected, log_spot, hedge, cost, risk_aversion, is_inverse, value, lower, upper):
    """ℓ after the best trade at each hedge, and the no-trade set [lower, upper] at each node; `cost` is λ of the notional.

    The set is where trading does not help: found as the range round the lowest G in which neither sweep improves it.
    """
    count, step = len(hedge), hedge[1] - hedge[0]
    for node in range(len(log_spot)):
        slope = risk_aversion * cost * step * (1.0 if is_inverse else math.exp(log_spot[node]))
        row, out = expected[node], value[node]
        best = 0
        out[0] = row[0]
        for place in range(1, count):
            out[place] = min(row[place], out[place - 1] + slope)
            if row[place] < row[best]:
                best = place
        for place in range(count - 2, -1, -1):
            out[place] = min(out[place], out[place + 1] + slope)
        low = high = best
        while low > 0 and out[low - 1] >= row[low - 1]:
            low -= 1
        while high < count - 1 and out[high + 1] >= row[high + 1]:
            high += 1
        lower[node], upper[node] = hedge[low], hedge[high]


_ONE, _FLAG = types.float64, types.boolean
warms(expected_log, TABLE_OUT, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, _ONE, _ONE, _ONE, _FLAG, _FLAG, TABLE_OUT)
warms(trade_optimally, TABLE_OUT, FLOATS, FLOATS, _ONE, _ONE, _FLAG, TABLE_OUT, FLOATS_OUT, FLOATS_OUT)
