"""The option table of the reference: what each rule costs at equal risk. Tests and the report are held against it."""

import math

from gex.backtest.rules import Rule

# Cost at net sd 0.6 and 0.8, and at 0.8 with a ticket of 0.002 an order (hedging.md §9, ± 2 % there; NaN: not printed).
PRINTED_COSTS = {
    Rule.CLOCK: (0.279, 0.206, 0.290),
    Rule.LELAND: (0.267, 0.201, math.nan),
    Rule.FIXED_TARGET: (0.247, 0.181, 0.207),
    Rule.WHALLEY_WILMOTT_TARGET: (0.200, 0.147, 0.183),
    Rule.FIXED_EDGE: (0.171, 0.130, 0.50),
    Rule.WHALLEY_WILMOTT_EDGE: (0.142, 0.108, 0.43),
    Rule.ZAKAMOULINE: (0.141, 0.105, math.nan),
    Rule.COST_OPTIMAL: (math.nan, math.nan, 0.150),
}
