"""Cost against what it grows with: options, expiries, positions, subscribers, shards; one picture."""

from pathlib import Path
from typing import Any


def draw(facts: dict[str, Any], path: Path) -> None:
    """Five panels; one without figures stays empty."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(15, 8))
    sizes, expiries, positions, watchers, shards, paths = axes.ravel()
    growth = facts.get("growth", {})
    for name, times in growth.get("sizes", {}).items():
        if name not in ("book greeks", "hedge"):
            sizes.loglog([int(n) for n in times], list(times.values()), marker="o", label=name)
    if growth.get("sizes"):
        sizes.loglog([1_000, 50_000], [0.02, 1.0], color="grey", linestyle=":", label="linear")
        sizes.legend(fontsize=7, ncol=2)
    _axes(sizes, "options of a chain", "ms CPU a stage")
    at = growth.get("expiries", {})
    expiries.plot([int(n) for n in at], list(at.values()), marker="o")
    _axes(expiries, "expiries", "ms CPU, cold certified fit")
    for name, times in growth.get("positions", {}).items():
        positions.loglog([int(n) for n in times], list(times.values()), marker="o", label=name)
    _legend(positions)
    _axes(positions, "positions of a book", "ms CPU")
    at = facts.get("service", {}).get("watchers", {})
    watchers.plot(
        [int(n) for n in at], [100.0 * one["server_cpu_share"] for one in at.values()], marker="o", label="% of a core"
    )
    watchers.plot(
        [int(n) for n in at], [one["age_p50_ms"] for one in at.values()], marker="s", label="age when read, ms"
    )
    _legend(watchers)
    _axes(watchers, "subscribers at 100 updates/s", "")
    for exercise in ("european", "american"):
        at = {
            int(n): one[exercise]["chains_per_second"]
            for n, one in facts.get("universe", {}).items()
            if exercise in one
        }
        shards.plot(list(at), list(at.values()), marker="o", label=exercise)
    _legend(shards)
    shards.set_ylim(bottom=0.0)
    _axes(shards, "shards (processes, one a core)", "chains a second")
    at = facts.get("backtest", {}).get("sizes", {})
    paths.loglog([int(n) for n in at], list(at.values()), marker="o")
    _axes(paths, "simulated paths × 250 steps", "s CPU")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _axes(axis: Any, across: str, up: str) -> None:
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.grid(visible=True, alpha=0.3)


def _legend(axis: Any) -> None:
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=8)
