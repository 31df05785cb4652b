"""RESULTS.md out of the facts of a run."""

from collections.abc import Iterator
from typing import Any

from benchmarks.markdown import number, table
from benchmarks.whole.bounds import STAGES, bound_milliseconds
from benchmarks.whole.repeat import NOISE, share_within
from benchmarks.whole.tables_of_peers import backtest, digits, kernels, surface
from benchmarks.whole.tables_of_service import service
from benchmarks.whole.targets import HELD, outcomes

Facts = dict[str, Any]
SIZE = "20000"


def markdown(facts: Facts) -> str:
    """The whole page; a part that failed is a line that says why."""
    sections = (head, targets, end_to_end, stages, growth, kernels, surface, service, backtest, universe, repeated)
    lines: list[str] = []
    for section in sections:
        try:
            lines += section(facts)
        except (KeyError, StopIteration, TypeError, AttributeError) as missing:  # the last two: an older form
            name = section.__name__.replace("_", " ")
            lines += [f"## {name.capitalize()}", "", f"Not measured: no figure for {missing}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def head(facts: Facts) -> list[str]:
    machine, rates = facts["machine"], facts["rates"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        "# Everything measured, side by side",
        "",
        (
            f"`make bench`, {facts['measured_on']}, commit {machine['commit']}, {facts['seconds_in_all']:.0f} s in all. Generated: do not "
            "edit. Figures for programs stand in RESULTS.json."
        ),
        "",
        (
            f"{machine['cores']} cores of {machine['processor']}, {machine['clock_gigahertz']} GHz by a chain of dependent multiply-adds "
            f"({machine['nanoseconds_of_a_dependent_fma']} ns each), {machine['memory_gibibytes']} GiB, {machine['system']}, Python "
            f"{machine['python']}; load when it began {machine['load_at_start']}. Vector multiply-adds "
            f"{rates['multiply_adds_per_ns']:.0f}/ns, copied bytes {rates['copied_bytes_per_ns']:.0f}/ns. {versions}."
        ),
        "",
        "CPU time of one pinned core unless a line says wall; medians, or least where it says so.",
        "",
    ]
    others = {name: one for name, one in facts.get("commits", {}).items() if one != machine["commit"]}
    if others:
        lines += ["Measured at another commit: " + ", ".join(f"{name} {one}" for name, one in others.items()) + ".", ""]
    lines += [f"- **{name} failed**: {why}" for name, why in facts.get("failed", {}).items()]
    return [*lines, ""] if facts.get("failed") else lines


def targets(facts: Facts) -> list[str]:
    found = outcomes(facts)
    rows = []
    for one in found:
        stretch = "" if one.target.stretch is None else f" ({digits(one.target.stretch)})"
        asked = f"{'≥' if one.target.is_least else '≤'} {digits(one.target.limit)}{stretch} {one.target.unit}".strip()
        verdict = {True: "met", False: "**missed**", None: "not measured"}[one.is_met]
        figure = "–" if one.figure is None else f"{digits(one.figure)} {one.target.unit}".strip()
        rows.append([one.target.page, one.target.what, asked, figure, verdict, one.target.measured_by])
    met = sum(one.is_met is True for one in found)
    missed = [one for one in found if one.is_met is False]
    lines = [
        "## Targets",
        "",
        (
            f"{met} of {len(found)} met, {len(missed)} missed, {len(found) - met - len(missed)} not in this run. In brackets what a "
            "page would like besides. A page named .md is a reference page, an issue what its Must show asks."
        ),
        "",
    ]
    lines += table(["from", "what", "asked", "figure", "", "measured by"], rows)
    if missed:
        lines += ["Why, and the next step:", ""]
        lines += [f"- *{one.target.what}*: {one.target.if_missed or 'no reason is known yet.'}" for one in missed]
        lines += [""]
    lines += ["Accuracy that the pages ask for and that tests hold, each run by `make test`:", ""]
    lines += table(["from", "what", "test"], [[one.page, one.what, f"`{one.test}`"] for one in HELD])
    return [
        *lines,
        "Hedging's closed forms, oracles and recorded markets stand in HEDGING.md and ADAPTIVE.md, the kernels' hard set in",
        "KERNELS.md, every real chain's surface in SURFACE.md, levels of dealer gamma in EXPOSURE.md, the desk's page in PAGE.md, each",
        "with its own command; decisions of a kept hedge and a log of 10⁶ of them are timed by `python benchmarks/hedge_engine.py`.",
        "",
    ]


def end_to_end(facts: Facts) -> list[str]:
    one = facts["end_to_end"]
    total, after = one["total_ms"], one["after_parsing_ms"]
    lines = [
        f"## End to end: {one['chain']}, {one['options']:,} options, {one['expiries']} expiries",
        "",
        (
            "From the file's bytes to the certified surface, three dealer maps with a profile of 400 spots, flips and walls, and the "
            "hedge of a book of 1,000 positions with its triggers. Nothing is kept between runs; *first* is the first run of the "
            "process, with cold caches and calendars."
        ),
        "",
    ]
    lines += table(
        ["ms", *one["stages_ms"], "in all", "after parsing"],
        [
            [
                "CPU, median",
                *(number(t, 2) for t in one["stages_ms"].values()),
                number(total["median_cpu"], 1),
                number(after["median_cpu"], 1),
            ]
        ],
    )
    lines += [
        (
            f"Wall {total['median_wall']:.1f} ms, after parsing {after['median_wall']:.1f}; least CPU {total['least_cpu']:.1f} "
            f"and {after['least_cpu']:.1f}; first run, wall, {total['first_wall']:.0f} and {after['first_wall']:.0f}."
        ),
        "",
    ]
    if "glued" not in one:
        return [*lines, f"The glued script was not measured: {one['glued_absent']}", ""]
    rows = [
        [
            "gex",
            number(total["median_cpu"], 1),
            "1",
            f"{100 * one['inside']:.2f}",
            f"{one['median_bp']:.2f}",
            f"0, {one['certified']} of {one['expiries']} proven",
            "0, proven",
            _flips(one["flips"]),
        ]
    ]
    for name, other in one["glued"].items():
        rows.append(
            [
                f"pandas, numpy, scipy, py_vollib_vectorized; {name}",
                number(1e3 * other["cpu_seconds"], 1),
                f"{1e3 * other['cpu_seconds'] / total['median_cpu']:.1f}",
                f"{100 * other['inside']:.2f}",
                f"{other['median_bp']:.2f}",
                f"{other['slices_with_arbitrage']} of {other['slices']}",
                str(other["pairs_with_arbitrage"]),
                _flips(other["flips"]),
            ]
        )
    return [
        *lines,
        *table(["", "ms CPU", "ratio", "inside %", "median bp", "slices with arbitrage", "pairs", "flip"], rows),
        "The glued script (`benchmarks/whole/glued.py`) checks nothing and proves nothing; its hedge is one sum of deltas.",
        "",
    ]


def _flips(flips: list[float]) -> str:
    return ", ".join(f"{flip:,.1f}" for flip in flips) or "none"


def stages(facts: Facts) -> list[str]:
    rates, rows = facts["rates"], []
    for name, times in facts["growth"]["sizes"].items():
        count = 1_000 if name in ("book greeks", "hedge") else int(SIZE)
        bound = bound_milliseconds(name, count, rates)
        rows.append(
            [
                name,
                number(times[SIZE], 3),
                f"{1e6 * times[SIZE] / count:,.0f}",
                number(bound, 3),
                f"{100.0 * bound / times[SIZE]:.0f} %",
                STAGES[name].why,
            ]
        )
    return [
        "## Stages at 20,000 options, and the machine's limit",
        "",
        (
            "The bound is the arithmetic or the bytes that cannot be avoided at this core's measured rates "
            "(`benchmarks/whole/bounds.py`): not reachable, but it tells what is far from it. Least of many runs."
        ),
        "",
        *table(["stage", "ms", "ns a row", "bound ms", "reached", "what cannot be avoided"], rows),
    ]


def growth(facts: Facts) -> list[str]:
    found = facts["growth"]
    sizes = list(next(iter(found["sizes"].values())))
    rows = [
        [
            name,
            *(number(times[size], 3) for size in sizes),
            f"{found['growth'][name]:.2f}" if name in found["growth"] else "–",
        ]
        for name, times in found["sizes"].items()
    ]
    lines = [
        "## Growth",
        "",
        "![scaling](whole/scaling.png)",
        "",
        (
            "CPU ms a stage, least of many runs; *growth* is the cost of a row at "
            "50,000 options over that at 1,000 (1: linear; less: a fixed part thins)."
        ),
        "",
    ]
    lines += table(["stage", *(f"{int(size):,}" for size in sizes), "growth"], rows)
    lines += table(
        ["cold fit, expiries", *found["expiries"]], [["ms", *(number(t, 3) for t in found["expiries"].values())]]
    )
    names = list(next(iter(found["positions"].values())))
    lines += table(
        ["positions", *(f"{int(n):,}" for n in names)],
        [[name, *(number(t, 3) for t in times.values())] for name, times in found["positions"].items()],
    )
    lines += table(
        ["forward map of 5,000 contracts, instants × spots", "p50 ms", "p99 ms"],
        [[name, number(one["p50"], 2), number(one["p99"], 2)] for name, one in found["forward_map"].items()],
    )
    return lines


def universe(facts: Facts) -> list[str]:
    rows = list(_universe_rows(facts["universe"]))
    return [
        "## The whole market",
        "",
        (
            "`benchmarks/universe.py`: a synthetic universe with the size distribution of American exchanges, recomputed in full: "
            "cleaning, forwards, volatilities, certified surface, Greeks, exposures of one positioning with profile and levels. "
            "Ticks: spot moves of kept chains to new totals, flips and walls. Quotes: one quote of a kept chain changed, the chain "
            "refitted whole, as the server does, to new totals. *American* is the honest one: equity options are."
        ),
        "",
        *table(
            [
                "exercise",
                "underlyings",
                "options",
                "cores",
                "s wall",
                "s CPU",
                "chains/s",
                "options/s",
                "GiB in all",
                "ticks/s",
                "quotes/s",
            ],
            rows,
        ),
    ]


def _universe_rows(found: Facts) -> Iterator[list[str]]:
    for cores, one in found.items():
        for exercise, at in one.items():
            yield [
                exercise,
                f"{at['underlyings']:,}",
                f"{at['options']:,}",
                cores,
                number(at["wall_seconds"], 2),
                number(at["cpu_seconds"], 2),
                number(at["chains_per_second"], 0),
                number(at["options_per_second"], 0),
                number(at["gibibytes_in_all"], 2),
                number(at["ticks_per_second"], 0),
                number(at["quotes_per_second"], 0),
            ]


def repeated(facts: Facts) -> list[str]:
    noise, guard = facts["noise"], facts.get("guard")
    worst = sorted(noise["percent"].items(), key=lambda one: -abs(one[1]))[:5]
    lines = [
        "## Twice the same, and the guard",
        "",
        f"Two runs of this commit, {noise['processes']} processes each that took turns, the median of each figure: "
        f"{noise['median_percent']:.1f} % apart in the median, {noise['worst_percent']:.1f} % at most. Stated noise: {NOISE:g} %, which "
        f"{share_within(noise['percent']):.0f} % of {len(noise['percent'])} figures keep. The largest: "
        + "; ".join(f"{name} {percent:+.1f} %" for name, percent in worst)
        + ".",
        "",
    ]
    if guard is None:
        return [*lines, "The guard was not run: `make bench-guard`.", ""]
    return [
        *lines,
        (
            f"`make bench-guard`, {guard['measured_on']}, commit {guard['commit']}: a planted slowdown of "
            f"{100 * guard['planted']:.0f} % in *{guard['stage']}* was {'found' if guard['found'] else 'NOT found'} (ratio "
            f"{guard['ratio']:.3f}; other stages called slower: {guard['others'] or 'none'}); an unchanged commit passed {guard['passed']} "
            f"of {guard['times']} times, its medians at most {100 * guard['largest_median_off']:.1f} % off. The rule: slower where "
            f"{guard['needed']} of {guard['pairs']} pairs of processes say more than {guard['limit']:.2f} ×. A pair's ratio strayed by "
            f"{100 * guard['deviation']:.1f} % where nothing differs, {100 * guard['worst_deviation']:.1f} % in the worst stage: by that an unchanged "
            f"commit is stopped {_chance(guard['false_alarm'])} and a stage slower by a fifth is missed {_chance(guard['miss'])}. {guard['seconds']} s."
        ),
        "",
    ]


def _chance(share: float) -> str:
    if share < 1e-6:
        return "less than once in a million times"
    return f"in {100.0 * share:.2g} % of the times"
