"""A fitted surface for a terminal: a row a slice with its proof and its quality, and what is wrong with the quotes."""

from collections import Counter

from gexapi.v1 import surface_pb2
from rich.console import Console
from rich.text import Text

from gex_cli.amounts import count, duration
from gex_cli.assumptions import assumption_lines, market_lines
from gex_cli.terminal import print_lines, table

LISTED = 12  # sure gains and repairs that are written out

_YEAR = 365.0 * 86_400.0  # seconds


def print_surface(out: Console, response: surface_pb2.GetSurfaceResponse, rate: float | None = None) -> None:
    """Slices in order of settlement, the quality over all, and what was assumed."""
    lines = market_lines(response.underlying, response.spot, response.provenance, response.rejects, response.revision)
    out.print(Text(lines[0], style="bold"))
    print_lines(out, lines[1:], indent=0)
    out.print()
    out.print(Text(verdict(response), style="bold"))
    out.print()
    slices = table("Slices")
    for name in ("root", "expiry", "in", "θ", "vol %", "ok", "n", "in %", "med", "rms"):
        slices.add_column(name, justify="left" if name in ("root", "ok") else "right", no_wrap=True)
    slices.add_column("how", overflow="fold", min_width=6)
    for smile in response.slices:
        state, quality = response.expiries[smile.expiry_index], smile.quality
        has_quotes = quality.quote_count > 0
        slices.add_row(
            state.root,
            state.expiry,
            duration(state.time_to_expiry),
            f"{smile.at_the_money_total_variance:.3g}",
            f"{100.0 * smile.at_the_money_vol:.2f}",
            "yes" if smile.certificate.is_certified else "NO",
            count(quality.quote_count),
            f"{100.0 * quality.inside_share:.1f}" if has_quotes else "",
            f"{quality.median_error_vol_bp:.1f}" if has_quotes else "",
            f"{quality.rms_error_vol_bp:.1f}" if has_quotes else "",
            how(smile, response),
        )
    out.print(slices)
    note = (
        "θ: total variance at the money; ok: proven, no butterfly or calendar arbitrage at any strike, by bounds of "
        "polynomials; n: two-sided quotes; in %: share of them with the fit inside bid and ask; med, rms: median and "
        "root mean square of fit less mid, vol basis points; how: what made the slice, and its age where it has one"
    )
    print_lines(out, [note], 0)
    out.print()
    out.print(Text("Assumed", style="bold"))
    print_lines(out, assumption_lines(response.provenance, response.expiries, rate))


def verdict(response: surface_pb2.GetSurfaceResponse) -> str:
    """Whether the surface is proven and how well it fits, in one line."""
    if not response.slices:
        return "No expiry has a slice."
    proven = sum(smile.certificate.is_certified for smile in response.slices)
    total, quality = len(response.slices), response.quality
    head = f"{'Certified' if response.is_certified else 'NOT certified'}: {proven} of {total} slices proven"
    if not quality.quote_count:
        return head
    return (
        f"{head} · {100.0 * quality.inside_share:.1f} % of {count(quality.quote_count)} quotes inside · "
        f"median {quality.median_error_vol_bp:.1f}, rms {quality.rms_error_vol_bp:.1f} bp"
    )


def how(smile: surface_pb2.SurfaceSlice, response: surface_pb2.GetSurfaceResponse) -> str:
    """Rung, flags and, where it is older than the quotes, age of a slice."""
    words = [smile.certificate.rung, *smile.flags]
    if smile.HasField("fitted_at"):
        age = response.provenance.as_of.seconds - smile.fitted_at.seconds
        if age > 0:
            words.append(f"{duration(age / _YEAR)} old")
    return ", ".join(words)


def print_check(out: Console, response: surface_pb2.GetSurfaceResponse) -> None:
    """Sure gains by kind, the largest of each written out, then the quotes to repair."""
    out.print()
    if not response.quote_arbitrages:
        out.print(Text("No static arbitrage among the quotes.", style="bold"))
    else:
        kinds = Counter(gain.kind for gain in response.quote_arbitrages)
        counted = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
        out.print(Text(f"Static arbitrage in the quotes: {counted}", style="bold"))
        for kind, number in kinds.items():
            gains = [gain for gain in response.quote_arbitrages if gain.kind == kind][:LISTED]
            lines = [
                f"{gain.kind} {gain.profit:.4g}: sell {gain.option[0]}, buy {' and '.join(gain.option[1:])}"
                for gain in gains
            ]
            if number > len(gains):
                lines.append(f"{kind}: {number - len(gains):,} smaller ones more (all with --json)")
            print_lines(out, lines)
        note = "A gain is in currency per unit of underlying, sold at the bid and bought at the ask, before fees."
        print_lines(out, [note], 0)
    repairs = response.quote_repairs
    if repairs:
        out.print()
        out.print(Text(f"Least repair: {len(repairs):,} quotes moved onto the surface", style="bold"))
        for one in repairs[:LISTED]:
            side = "bid lowered" if one.is_bid else "ask raised"
            words = f"{one.option}: {side} from {100.0 * one.quoted_vol:.2f} % to {100.0 * one.repaired_vol:.2f} %"
            print_lines(out, [words])
        if len(repairs) > LISTED:
            print_lines(out, [f"{len(repairs) - LISTED:,} smaller ones more"])
