"""The picture of the throughput–latency curve."""

from pathlib import Path

import matplotlib as mpl

from benchmarks.latency.curve import Load

mpl.use("Agg")


def draw(loads: dict[str, list[Load]], path: Path) -> None:
    """Latency of accepted calls over the offered rate, and what was answered and shed, a column of panels a chain."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, len(loads), figsize=(5.6 * len(loads), 6.4), sharex="col", squeeze=False)
    for column, (name, points) in enumerate(loads.items()):
        above, below = panels[0][column], panels[1][column]
        offered = [load.offered for load in points]
        for percentile, style in ((50.0, "o-"), (99.0, "s-")):
            above.plot(
                offered,
                [load.latencies.milliseconds(percentile) for load in points],
                style,
                markersize=4,
                label=f"p{percentile:g} of accepted calls",
            )
        unloaded = points[0].latencies.milliseconds(99.0)
        above.axhline(3.0 * unloaded, linestyle="--", color="grey", linewidth=1, label="3 × unloaded p99")
        above.set_ylim(bottom=0.0)
        above.set_ylabel("latency from the due instant, ms")
        above.set_title(name)
        above.legend(fontsize=8)
        below.plot(offered, [load.throughput for load in points], "o-", markersize=4, label="answered")
        below.plot(offered, [load.offered * load.shed_share for load in points], "s-", markersize=4, label="shed")
        below.plot(offered, offered, ":", color="grey", linewidth=1, label="offered")
        below.set_xlabel("offered calls a second (open loop, Poisson)")
        below.set_ylabel("calls a second")
        below.set_ylim(bottom=0.0)
        below.legend(fontsize=8)
        for panel in (above, below):
            panel.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
