"""The parts of RESULTS.md where others answer the same questions."""

from typing import Any

from benchmarks.markdown import number, table

Facts = dict[str, Any]


def digits(value: float | None) -> str:
    """Three significant digits."""
    if value is None:
        return "–"
    if value == 0.0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.1e}"
    return number(value, max(0, 2 - len(str(int(abs(value)))) + (1 if abs(value) >= 1 else 2)))


def kernels(facts: Facts) -> list[str]:
    lines = ["## Kernels beside their peers", ""]
    rows_of = facts["kernels"]["rows"]
    for kind, unit, scale in (("implied vol", "ns", 1.0), ("Greeks", "ns", 1.0), ("American", "µs", 1e-3)):
        mine = [row for row in rows_of if row["kind"] == kind]
        ours = mine[0]["nanoseconds"]
        others = [row["nanoseconds"] for row in mine if not row["name"].startswith("gex")]
        rows = [
            [
                row["name"],
                digits(scale * row["nanoseconds"]),
                f"{row['nanoseconds'] / ours:,.1f}",
                digits(row.get("worst")),
                digits(row["rms"]) if "rms" in row else str(row.get("failures", "–")),
                f"{row.get('rows', 0):,}",
            ]
            for row in mine
        ]
        last = "RMSE" if kind == "American" else "failures"
        lines += table([kind, f"{unit} an option", "ratio", "worst error", last, "of"], rows)
        if others:
            lines += [f"The best peer takes {min(others) / ours:.0f} × as long.", ""]
    lines += [
        (
            "Errors: implied volatility relative to fifty digits, well-posed rows; Greeks the forward delta (ours against fifty digits, "
            "peers against ours); American prices against QuantLib's high precision. A failure is no finite answer, or wrong by more than 1e-6 and more "
            "than the price allows."
        ),
        "",
    ]
    return [*lines, *(f"- {line}" for line in facts["kernels"]["absent"]), ""]


def surface(facts: Facts) -> list[str]:
    found = facts["surface"]
    whole = found["whole"]
    ours = found["rows"][0]["milliseconds"]
    rows = [
        [
            row["name"],
            digits(row["milliseconds"]),
            f"{row['milliseconds'] / ours:,.0f}",
            f"{100 * row['inside']:.1f}",
            digits(row["median_bp"]),
            digits(row["rmse_bp"]),
            row["note"],
        ]
        for row in found["rows"]
    ]
    return [
        "## Surface beside its peers",
        "",
        (
            f"The whole chain: {whole['expiries']} expiries, {whole['quotes']:,} quotes, {whole['certified']} certified, cold "
            f"{whole['cold_ms']:.2f} ms, warm p50 {whole['warm_p50_ms']:.2f} and p99 {whole['warm_p99_ms']:.2f} ms over "
            f"{whole.get('refits', 300)} perturbed refits ({whole['warm_uncertified']} slices uncertified), a touched slice "
            f"{digits(whole.get('touch_us'))} µs, a query {whole['query_ns']:.1f} ns a point ({whole['query_with_derivatives_ns']:.1f} "
            f"with derivatives). The same {found['slices']} slices through all, cold, wall:"
        ),
        "",
        *table(["", "ms", "ratio", "inside %", "median bp", "RMSE bp", ""], rows),
        *(f"- {line}" for line in found["absent"]),
        "",
    ]


def backtest(facts: Facts) -> list[str]:
    found = facts["backtest"]
    ours = found["rows"][0]["seconds"]
    rows = [
        [row["name"], digits(row["seconds"]), f"{row['seconds'] / ours:.1f}", f"{row['sd']:.4f}"]
        for row in found["rows"]
    ]
    lines = [
        f"## Simulated hedging: {found['paths']:,} paths × {found['steps']} steps of one short call under a band",
        "",
        *table(["", "s CPU", "ratio", "sd of the result"], rows),
    ]
    lines += table(
        ["(a, b) policy, paths", *(f"{int(n):,}" for n in found["sizes"])],
        [["s CPU", *(digits(t) for t in found["sizes"].values())]],
    )
    return [*lines, *(f"- {line}" for line in found["absent"]), ""]
