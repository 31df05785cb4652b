"""A fitted surface as a picture: smiles between their bids and asks, the term structure, and the whole."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from gexapi.v1 import common_pb2, surface_pb2
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from gex_cli.amounts import duration, instant, price
from gex_cli.picture import INK, NEGATIVE, POSITIVE, check_format, save
from gex_cli.surface_curve import vols

Floats = npt.NDArray[np.float64]

SMILES = 6
DEVIATIONS = 3.0  # to either side, of the view of the whole
_WIDEST = 5.0  # standard deviations of a smile that is drawn


def draw_surface(response: surface_pb2.GetSurfaceResponse, quoted: surface_pb2.OptionVols, path: Path) -> None:
    """Draw the slices of a surface over the quotes it was fitted to.

    Raises InputError for a file name that is no picture, NoQuotesError for a surface without slices.
    """
    from gex.errors import NoQuotesError

    check_format(path)
    smiles = [smile for smile in response.slices if response.expiries[smile.expiry_index].time_to_expiry > 0.0]
    if not smiles:
        raise NoQuotesError("--png: expected a surface with at least one slice, got none")
    figure = Figure(figsize=(15.0, 11.0), layout="constrained")
    grid = figure.add_gridspec(3, 3, height_ratios=(1.0, 1.0, 1.25))
    as_of = response.provenance.as_of
    proven = "certified" if response.is_certified else "NOT certified"
    title = f"{response.underlying} {price(response.spot)} · {instant(as_of.seconds, as_of.nanos)} · surface {proven}"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    for place, at in enumerate(chosen(smiles)):
        axes = figure.add_subplot(grid[place // 3, place % 3])
        _smile(axes, smiles[at], response.expiries[smiles[at].expiry_index], quoted, has_legend=place == 0)
    _term_structure(figure.add_subplot(grid[2, 0]), smiles, response)
    _whole(figure, figure.add_subplot(grid[2, 1:]), smiles, response)
    save(figure, path)


def chosen(smiles: list[surface_pb2.SurfaceSlice], most: int = SMILES) -> list[int]:
    """Positions of up to `most` slices spread over the terms, those with quotes of their own if there are enough."""
    own = [at for at, smile in enumerate(smiles) if smile.quality.quote_count >= 5]
    places = own if len(own) >= min(most, len(smiles)) else list(range(len(smiles)))
    picked = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int))
    return [places[at] for at in picked.tolist()]


def _smile(
    axes: Axes,
    smile: surface_pb2.SurfaceSlice,
    state: common_pb2.ExpiryState,
    quoted: surface_pb2.OptionVols,
    *,
    has_legend: bool,
) -> None:
    strikes, right = np.asarray(quoted.strike), np.asarray(quoted.right)
    bid, ask = np.asarray(quoted.bid_vol), np.asarray(quoted.ask_vol)
    width = smile.at_the_money_vol * np.sqrt(state.time_to_expiry)
    out_of_money = np.where(strikes >= state.forward, right == common_pb2.RIGHT_CALL, right == common_pb2.RIGHT_PUT)
    k = np.log(strikes / state.forward)
    mine = (np.asarray(quoted.expiry_index) == smile.expiry_index) & out_of_money & np.isfinite(bid) & np.isfinite(ask)
    mine &= (k > -2.0 * _WIDEST * width) & (k < _WIDEST * width)
    low, high = (
        (float(k[mine].min()), float(k[mine].max()))
        if np.count_nonzero(mine) > 1
        else (-DEVIATIONS * width, DEVIATIONS * width)
    )
    nodes = np.linspace(low, high, 400)
    fit = 100.0 * vols(smile, state.time_to_expiry, nodes)
    axes.vlines(strikes[mine], 100.0 * bid[mine], 100.0 * ask[mine], color=INK, lw=0.6, alpha=0.35)
    axes.plot(strikes[mine], 100.0 * bid[mine], "^", color=POSITIVE, ms=3.5, mew=0.0, label="bid")
    axes.plot(strikes[mine], 100.0 * ask[mine], "v", color=NEGATIVE, ms=3.5, mew=0.0, label="ask")
    axes.plot(state.forward * np.exp(nodes), fit, color=INK, lw=1.3, label="fit")
    axes.axvline(state.forward, color=INK, lw=0.7, ls=":")
    top, bottom = float(fit.max()), float(fit.min())
    room = max(0.25 * (top - bottom), 1.0)
    axes.set_ylim(max(0.0, bottom - room), top + room)
    quality = smile.quality
    words = f"{state.root} {state.expiry}, {duration(state.time_to_expiry)}"
    if quality.quote_count:
        words += f" · {100.0 * quality.inside_share:.0f} % of {quality.quote_count} inside"
    axes.set_title(words, loc="left", fontsize=10)
    axes.set_ylabel("vol, %")
    if has_legend:
        axes.legend(frameon=False, fontsize=9)
    _plain(axes)


def _term_structure(
    axes: Axes, smiles: list[surface_pb2.SurfaceSlice], response: surface_pb2.GetSurfaceResponse
) -> None:
    days = np.array([365.0 * response.expiries[smile.expiry_index].time_to_expiry for smile in smiles])
    vol = 100.0 * np.array([smile.at_the_money_vol for smile in smiles])
    error = np.array(
        [100.0 * smile.at_the_money_vol_error if smile.HasField("at_the_money_vol_error") else 0.0 for smile in smiles]
    )
    proven = np.array([smile.certificate.is_certified for smile in smiles])
    axes.plot(days, vol, color=INK, lw=1.0)
    axes.errorbar(days, vol, yerr=error, fmt="none", ecolor=INK, elinewidth=0.8, capsize=2)
    axes.plot(days[proven], vol[proven], "o", color=POSITIVE, ms=4, label="proven")
    if not proven.all():
        axes.plot(days[~proven], vol[~proven], "x", color=NEGATIVE, ms=6, label="not proven")
    axes.set_xscale("log")
    axes.set_title("At the money by term, one standard error", loc="left", fontsize=10)
    axes.set_xlabel("days to settlement")
    axes.set_ylabel("vol, %")
    axes.legend(frameon=False, fontsize=9)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(lw=0.4, alpha=0.5)


def _whole(
    figure: Figure,
    axes: Axes,
    smiles: list[surface_pb2.SurfaceSlice],
    response: surface_pb2.GetSurfaceResponse,
) -> None:
    """Volatility over standard deviations of the slice and expiries, so that short and long ones fill the picture."""
    deviations = np.linspace(-DEVIATIONS, DEVIATIONS, 121)
    states = [response.expiries[smile.expiry_index] for smile in smiles]
    values = np.array(
        [
            100.0
            * vols(
                smile,
                state.time_to_expiry,
                deviations * smile.at_the_money_vol * np.sqrt(state.time_to_expiry),
            )
            for smile, state in zip(smiles, states, strict=True)
        ]
    )
    shades = axes.pcolormesh(
        deviations, np.arange(len(smiles)), values, cmap="viridis", shading="nearest", vmax=np.quantile(values, 0.99)
    )
    lines = np.arange(5.0, 300.0, 5.0)
    if len(smiles) > 1:
        drawn = axes.contour(deviations, np.arange(len(smiles)), values, levels=lines, colors="white", linewidths=0.6)
        axes.clabel(drawn, fontsize=7, fmt="%.0f")
    every = max(1, -(-len(smiles) // 24))
    axes.set_yticks(np.arange(0, len(smiles), every))
    axes.set_yticklabels([f"{state.root} {state.expiry}" for state in states[::every]], fontsize=7)
    axes.invert_yaxis()
    axes.axvline(0.0, color="white", lw=0.8, ls=":")
    axes.set_xlabel("ln(strike / forward) in standard deviations at the money")
    axes.set_title("Volatility of the whole surface, %", loc="left", fontsize=10)
    figure.colorbar(shades, ax=axes, pad=0.01, extend="max")


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", lw=0.4, alpha=0.5)
    axes.tick_params(labelsize=8)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
