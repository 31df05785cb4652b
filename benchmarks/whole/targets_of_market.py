"""What the whole is asked for: from a file's bytes to a hedge, a market at once, growth, and figures that hold."""

from benchmarks.whole.repeat import NOISE
from benchmarks.whole.target import Facts, Target, at

SMALL_CHAINS = (
    "most chains have about a hundred options, and a small chain costs its calls of numpy and of kernels on short arrays, "
    "whatever its size. Next: many chains in one batch through every stage, rows of many underlyings in one column."
)
AMERICAN = SMALL_CHAINS + (
    " An American chain is taken to European equivalents besides, in several passes over forward and volatility, each of which "
    "prices early exercise. Next: one exercise boundary an expiry, started from the last."
)


def _largest_growth(facts: Facts) -> float:
    return max(float(one) for one in facts["growth"]["growth"].values())


MARKET = (
    Target(
        page="issue 12",
        what="SPX file's bytes to surface, maps, profile, levels, hedge",
        limit=70.0,
        unit="ms",
        measured_by="end to end",
        figure=at("end_to_end", "total_ms", "median_cpu"),
    ),
    Target(
        page="issue 12",
        what="of that after parsing, cold",
        limit=40.0,
        unit="ms",
        measured_by="end to end",
        figure=at("end_to_end", "after_parsing_ms", "median_cpu"),
    ),
    Target(
        page="issue 12",
        what="universe recomputed on one core, European",
        limit=5.0,
        unit="s",
        measured_by="universe",
        figure=at("universe", "1", "european", "wall_seconds"),
        if_missed=SMALL_CHAINS,
    ),
    Target(
        page="issue 12",
        what="universe recomputed on one core, American",
        limit=5.0,
        unit="s",
        measured_by="universe",
        figure=at("universe", "1", "american", "wall_seconds"),
        if_missed=AMERICAN,
    ),
    Target(
        page="issue 12",
        what="memory of it",
        limit=4.0,
        unit="GiB",
        measured_by="universe",
        figure=at("universe", "1", "american", "gibibytes_in_all"),
        if_missed="every process keeps the quotes of its chains and of those that ticks move.",
    ),
    Target(
        page="issue 12",
        what="growth: cost of a row, 50,000 over 1,000, the worst stage",
        limit=1.1,
        unit="×",
        measured_by="growth",
        figure=_largest_growth,
        if_missed="see the table of stages: what grows is memory, columns past the second-level cache.",
    ),
    Target(
        page="issue 12",
        what="two runs on one commit: worst difference of a stage and size",
        limit=NOISE,
        unit="%",
        measured_by="noise",
        figure=at("noise", "worst_percent"),
        if_missed="the stages named below stray with where a process's memory lies and with what else the machine did (its "
        "load when it began stands above). Next: more processes a run.",
    ),
    Target(
        page="issue 12",
        what="guard: planted fifths found, of 1",
        limit=1.0,
        measured_by="guard.json",
        figure=at("guard", "found"),
        is_least=True,
        if_missed="see how far ratios strayed, below: the rule holds to a deviation of some 4 %. Next: more pairs.",
    ),
    Target(
        page="issue 12",
        what="guard: unchanged commits passed, of 10",
        limit=10.0,
        measured_by="guard.json",
        figure=at("guard", "passed"),
        is_least=True,
        if_missed="as the planted one.",
    ),
)
