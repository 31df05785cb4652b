"""What kernels, surface, exposure, hedging and backtests are asked for."""

from typing import Any

from benchmarks.whole.target import Facts, Figure, Target, at, kernel

PLANNED = (
    "one call of the plan costs its scan of 400 spots and the search of every root, whatever is asked of it. Next: roots "
    "searched in the table of the scan, the book repriced only at the last step."
)


def _certified(facts: Facts) -> float:
    whole = facts["surface"]["whole"]
    return 100.0 * whole["certified"] / whole["expiries"]


def _parsed_and_cleaned(facts: Facts) -> float:
    sizes = facts["growth"]["sizes"]
    return float(sizes["parse"]["20000"]) + float(sizes["clean"]["20000"])


def _kernels(what: str, limit: float, unit: str, figure: Figure, **more: Any) -> Target:
    return Target(page="kernels.md", what=what, limit=limit, unit=unit, measured_by="kernels", figure=figure, **more)


def _surface(page: str, what: str, limit: float, unit: str, figure: Figure, **more: Any) -> Target:
    return Target(page=page, what=what, limit=limit, unit=unit, measured_by="surface", figure=figure, **more)


def _grown(page: str, what: str, limit: float, unit: str, figure: Figure, **more: Any) -> Target:
    return Target(page=page, what=what, limit=limit, unit=unit, measured_by="growth", figure=figure, **more)


KERNELS = (
    _kernels("13 Greeks, batch of 4,096", 30.0, "ns", kernel("Greeks", "gex"), stretch=18.0),
    _kernels("implied vol cold, wide book", 55.0, "ns", kernel("implied vol", "gex, cold"), stretch=32.0),
    _kernels("implied vol warm, vols nearly still", 25.0, "ns", kernel("implied vol", "gex, warm"), stretch=15.0),
    _kernels("implied vol, relative error, well-posed", 1e-13, "", kernel("implied vol", "gex, cold", "worst")),
    _kernels("implied vol, failures on the book", 0.0, "", kernel("implied vol", "gex, cold", "failures")),
    _kernels("implied vol, failures on the hard set", 0.0, "", at("kernels", "hard", "failures")),
    _kernels(
        "implied vol, hard set: error over what the price's last bit allows (asked as a stretch)",
        32.0,
        "×",
        at("kernels", "hard", "worst_over_attainable"),
    ),
    _kernels("American price with delta, gamma, theta", 10.0, "µs", kernel("American", "gex", scale=1e-3), stretch=3.0),
    _kernels("American price, RMSE at a strike of 100", 1e-4, "", kernel("American", "gex", "rms")),
    _kernels("one option, one call", 3.0, "µs", kernel("implied vol", "gex, one", scale=1e-3), stretch=1.5),
    Target(
        page="kernels.md",
        what="process start to first answers, warm cache",
        limit=2.5,
        unit="s",
        measured_by="start",
        figure=at("start", "seconds"),
        if_missed="the front of the package imports every stage, of which scipy's optimisers take as long as numba; the clock "
        "of the wall is the machine's. Next: exports that are imported when asked for.",
    ),
)

SURFACE = (
    _surface("surface.md", "warm refit of SPX, certified, p50", 5.0, "ms", at("surface", "whole", "warm_p50_ms")),
    _surface("surface.md", "warm refit of SPX, certified, p99", 10.0, "ms", at("surface", "whole", "warm_p99_ms")),
    _surface("surface.md", "touched slice with its certificate", 50.0, "µs", at("surface", "whole", "touch_us")),
    _surface(
        "surface.md",
        "quotes inside bid and ask",
        98.5,
        "%",
        at("surface", "whole", "inside", scale=100.0),
        is_least=True,
    ),
    _surface("surface.md", "median error", 1.0, "bp", at("surface", "whole", "median_bp")),
    _surface("surface.md", "slices certified (all chains: SURFACE.md)", 100.0, "%", _certified, is_least=True),
    _surface(
        "surface.md",
        "query of w, a point",
        10.0,
        "ns",
        at("surface", "whole", "query_ns"),
        if_missed="points are at random in moneyness: the coefficients of a span are in cache lines not seen before. Next: "
        "points sorted within the door.",
    ),
    _surface(
        "surface.md",
        "query of w, w', w'' (open there)",
        10.0,
        "ns",
        at("surface", "whole", "query_with_derivatives_ns"),
        if_missed="three numbers are written a point where w alone writes one, and two polynomials more are evaluated; the "
        "reference's own took longer for them than for w as well. Next: one output of three columns, so that one line of "
        "cache takes them.",
    ),
    _surface("issue 5", "warm refit of SPX, certified, p50", 4.0, "ms", at("surface", "whole", "warm_p50_ms")),
    _surface("issue 5", "warm refit of SPX, certified, p99", 8.0, "ms", at("surface", "whole", "warm_p99_ms")),
    _surface("issue 5", "cold fit of SPX, certified", 6.0, "ms", at("surface", "whole", "cold_ms")),
    _surface("issue 5", "touched slice", 30.0, "µs", at("surface", "whole", "touch_us")),
    _surface("issue 5", "one slice refitted in full", 100.0, "µs", at("surface", "whole", "slice_refit_us")),
)

EXPOSURE = (
    _grown(
        "exposure.md",
        "forward map of 5,000 contracts × 6 instants × 160 spots, p50 (published: 100–400)",
        100.0,
        "ms",
        at("growth", "forward_map", "6 × 160", "p50"),
    ),
    _grown("exposure.md", "the same, p99", 100.0, "ms", at("growth", "forward_map", "6 × 160", "p99")),
    _grown(
        "issue 6",
        "20,000 options: exposures of three positionings, levels, 400 spots",
        20.0,
        "ms",
        at("growth", "sizes", "exposure", "20000"),
        stretch=10.0,
    ),
    _grown(
        "issue 6",
        "20,000 options: forward map 24 × 161",
        100.0,
        "ms",
        at("growth", "sizes", "forward map", "20000"),
        stretch=50.0,
    ),
    _grown("issue 4", "20,000 options: parsed and cleaned", 25.0, "ms", _parsed_and_cleaned),
)

HEDGING = (
    _grown(
        "issue 7",
        "10,000 positions: all Greeks",
        1.0,
        "ms",
        at("growth", "positions", "book greeks", "10000"),
        if_missed="the same kernel as a chain's, over columns that are gathered from the surface position by position. Next: "
        "positions kept in the order of their expiries.",
    ),
    _grown(
        "issue 7",
        "10,000 positions: Greeks, plan and triggers",
        10.0,
        "ms",
        at("growth", "positions", "hedge with triggers", "10000"),
        if_missed=PLANNED,
    ),
    Target(
        page="issue 10",
        what="50,000 paths × 250 steps under the (a, b) policy, one core",
        limit=0.6,
        unit="s",
        measured_by="backtest",
        figure=at("backtest", "sizes", "50000"),
    ),
)

LIBRARY = (*KERNELS, *SURFACE, *EXPOSURE, *HEDGING)
