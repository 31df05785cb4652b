"""Dealer exposure of 20,000 options: ours beside the numpy script that a careful user would write, in one run.

pytest benchmarks/test_exposure.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=min,median,rounds
On a machine that does other things too add --benchmark-timer=time.thread_time: CPU of this thread.
"""

import dataclasses

import numpy as np
import pytest

from gex.exposure.flips import SpotRange
from gex.exposure.forward_map import forward_maps, next_closes
from gex.exposure.lines import ExposureLines
from gex.exposure.live import LiveExposure
from gex.exposure.map import leg_units
from gex.kernels.compiling import warm
from gex.pipeline import ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL
from gex.sample import sample_chain
from gex.surface.protocol import SurfaceModel

MODELS = (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)


@pytest.fixture(scope="module")
def analysis():
    warm()
    return analyse(sample_chain(option_count=20_000).parsed)


@pytest.fixture(scope="module")
def lines(analysis):
    return ExposureLines.of(analysis.pairs, analysis.surface)


@pytest.fixture(scope="module")
def legs(analysis):
    quotes = analysis.cleaned.quotes
    return leg_units(quotes, analysis.pairs, [model.dealer_contracts(quotes) for model in MODELS])


def numpy_profile(lines, weight, level):
    """Gamma of calls and puts of a strike merged, everything of x factored out, in blocks that stay in the cache."""
    known = np.flatnonzero((lines.time_to_expiry > 0.0) & np.isfinite(lines.vol))
    stdev = lines.vol[known] * np.sqrt(lines.time_to_expiry[known])
    base = np.log(lines.forward[known] / lines.strike[known]) / stdev + 0.5 * stdev
    height = 0.01 * lines.discount_factor[known] * lines.forward[known] / lines.spot / (stdev * np.sqrt(2.0 * np.pi))
    amount = weight[:, known] * height
    move = np.log(level / lines.spot)
    total = np.zeros((len(weight), len(level)))
    for first in range(0, len(known), 256):
        part = slice(first, first + 256)
        d1 = move / stdev[part, np.newaxis]
        d1 += base[part, np.newaxis]
        np.square(d1, out=d1)
        d1 *= -0.5
        np.exp(d1, out=d1)
        total += amount[:, part] @ d1
    return total * level


@pytest.mark.parametrize("who", ["ours", "numpy"])
@pytest.mark.parametrize(("books", "nodes"), [(1, 161), (3, 400)])
@pytest.mark.benchmark(group="profile")
def test_profile(benchmark, lines, legs, who, books, nodes):
    weight = np.ascontiguousarray((legs[0] + legs[1])[:books])
    level = lines.spot * np.exp(np.linspace(np.log(0.8), np.log(1.2), nodes))
    if who == "ours":
        found = benchmark(lambda: lines.gamma_exposure(level, weight)[0])
    else:
        found = benchmark(numpy_profile, lines, weight, level)
    expected = numpy_profile(lines, weight, level)
    assert found == pytest.approx(expected, abs=1e-12 * np.abs(expected).max() * 10)


@pytest.mark.benchmark(group="whole answer: target 20 ms, stretch 10 ms")
def test_three_positionings_levels_and_a_profile_of_400_nodes(benchmark, analysis):
    settings = ExposureSettings(positionings=MODELS, span=SpotRange(node_count=400))
    books = benchmark(dealer_exposure, analysis, settings)
    assert len(books) == 3
    assert len(books[0].profile) >= 400


@pytest.mark.parametrize("books", [1, 3])
@pytest.mark.benchmark(group="forward map 161 x 24: target 100 ms, stretch 50 ms")
def test_forward_map(benchmark, analysis, lines, legs, books):
    quotes = analysis.cleaned.quotes
    at = next_closes(quotes.expiries, quotes.as_of, 24)
    maps = benchmark(forward_maps, lines, legs[0][:books], legs[1][:books], at)
    assert maps[0].gamma_exposure_per_percent.shape == (24, 161)


@pytest.fixture(scope="module", params=[1, 3], ids=["1 book", "3 books"])
def live(request, analysis):
    return LiveExposure.of(analysis.cleaned.quotes, analysis.pairs, analysis.surface, MODELS[: request.param])


def levels(state):
    return state.totals, state.flips, state.wall_position


@pytest.mark.benchmark(group="spot tick to totals and levels: target 1 ms")
def test_tick(benchmark, live):
    benchmark(lambda: levels(live.at_spot(live.spot * 1.0003)))


@pytest.mark.benchmark(group="one trade to totals, levels and profile: target 0.2 ms")
def test_trade(benchmark, analysis, live):
    quotes = analysis.cleaned.quotes
    row = np.array([np.argmin(np.abs(quotes.strike - live.spot) + 1e3 * (quotes.expiry != 20))])
    change = np.full((len(live.names), 1), -10.0)
    benchmark(lambda: levels(live.with_contracts(row, change)))


@pytest.mark.benchmark(group="one quote to totals, levels and profile: target 0.2 ms")
@pytest.mark.parametrize("books", [1, 3])
def test_quote_of_one_strike(benchmark, books):
    """On the surface that follows every quote one quote moves one volatility."""
    analysis = analyse(sample_chain(option_count=20_000).parsed, ChainSettings(surface=SurfaceModel.BROKEN_LINE))
    surface = analysis.surface
    state = LiveExposure.of(analysis.cleaned.quotes, analysis.pairs, surface, MODELS[:books])
    vol = surface.knot_vol.copy()
    vol[(surface.start[20] + surface.start[21]) // 2] *= 1.01
    refitted = dataclasses.replace(surface, knot_vol=vol)
    assert state.with_surface(refitted, [20]).change_count == 1
    benchmark(lambda: levels(state.with_surface(refitted, [20])))


@pytest.mark.benchmark(group="one slice refitted, all its volatilities moved: no target")
def test_slice(benchmark, analysis, live):
    """On the certified surface a quote moves the whole slice a little."""
    surface = analysis.surface
    coefficient, slope = surface.coefficient.copy(), surface.states.left_slope.copy()
    coefficient[surface.start[20] : surface.start[21]] *= 1.001
    slope[20] *= 1.001
    states = dataclasses.replace(surface.states, left_slope=slope)
    refitted = dataclasses.replace(surface, coefficient=coefficient, states=states)
    assert live.with_surface(refitted, [20]).change_count > 50
    benchmark(lambda: levels(live.with_surface(refitted, [20])))
