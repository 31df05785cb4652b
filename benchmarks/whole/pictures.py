"""Cost against what it grows with: options, expiries, positions, subscribers, shards, paths; one picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def draw(facts: dict[str, Any], path: Path) -> None:
    """Six panels; one without figures stays empty."""
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
    expiries.set_ylim(bottom=0.0)
    _axes(expiries, "expiries", "ms CPU, cold certified fit")
    for name, times in growth.get("positions", {}).items():
        positions.loglog([int(n) for n in times], list(times.values()), marker="o", label=name)
    _legend(positions)
    _axes(positions, "positions of a book", "ms CPU")
    service = facts.get("service", {})
    at = service.get("watchers", {})
    counts = [int(n) for n in at]
    watchers.plot(counts, [100.0 * one["server_cpu_share"] for one in at.values()], marker="o", label="% of a core")
    watchers.plot(counts, [one["age_p50_ms"] for one in at.values()], marker="s", label="age when read, ms")
    if "fan_out_us" in service:
        watchers.plot([], [], " ", label=f"{service['fan_out_us']:.0f} µs CPU a message more")
    _legend(watchers)
    watchers.set_ylim(bottom=0.0)
    _axes(watchers, "subscribers at 100 updates/s", "")
    for name, rates, unit in _by_shards(facts):
        if rates:
            first = rates[min(rates)]
            label = f"{name}: {', '.join(f'{rate:,.0f}' for rate in rates.values())} {unit}"
            shards.plot(list(rates), [rate / first for rate in rates.values()], marker="o", label=label)
    shards.plot([1, 2], [1.0, 2.0], color="grey", linestyle=":", label="linear")
    _legend(shards)
    shards.set_xticks([1, 2])
    shards.set_ylim(bottom=0.0)
    _axes(shards, "shards (processes, one a core)", "× one shard")
    at = facts.get("backtest", {}).get("sizes", {})
    paths.loglog([int(n) for n in at], list(at.values()), marker="o")
    _axes(paths, "simulated paths × 250 steps", "s CPU")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _by_shards(facts: dict[str, Any]) -> Iterator[tuple[str, dict[int, float], str]]:
    """(what, a second by count of shards, unit)."""
    for exercise in ("european", "american"):
        at = facts.get("universe", {})
        yield (
            f"universe, {exercise}",
            {int(n): x[exercise]["chains_per_second"] for n, x in at.items() if exercise in x},
            "chains/s",
        )
    found = facts.get("service", {}).get("shards", {})
    yield "service behind HAProxy", {int(n): rate for n, rate in found.items()}, "calls/s"


def _axes(axis: Any, across: str, up: str) -> None:
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.grid(visible=True, alpha=0.3)


def _legend(axis: Any) -> None:
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=8)
