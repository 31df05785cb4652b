"""Exposure kernels: sampling between nodes, one pass against the other, levels against plain Python, no late compiling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.columns import frozen
from gex.exposure.flow import MarketMove, dealer_flows
from gex.exposure.forward_map import forward_maps
from gex.exposure.lines import LOBE_SAMPLES, read_only
from gex.exposure.live import LiveExposure
from gex.kernels import cells, compiling, exposure, forward_map, levels, running
from gex.kernels.compiling import warm
from gex.kernels.hermite import SIDE, add_interpolated
from gex.kernels.sampling import FINEST_STEP, sampling_classes
from gex.pipeline import ExposureSettings, analyse, dealer_exposure
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, OI_CUSTOMERS_LONG_ALL, SignError, UncertainPositioning
from gex.sample import sample_chain
from tests.exposure.books import book


@given(st.floats(-0.3, 0.3), st.floats(0.2, 1.0), st.integers(0, 6))
def test_a_lobe_is_known_between_nodes_to_rounding(centre: float, share: float, power: int) -> None:
    """Sampled at a fifth of its width or finer: value to 1e-14 of its peak, slope to 1e-13 of its largest."""
    step = FINEST_STEP * 2.0**power
    width = LOBE_SAMPLES * step / share
    u = np.linspace(-0.3, 0.3, 97)
    first = int(np.floor(u[0] / step)) - SIDE
    node = (first + np.arange(int(np.floor(u[-1] / step)) + SIDE + 2 - first)) * step

    def lobe(x: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((x - centre) / width) ** 2)

    values, slopes = lobe(node)[np.newaxis], (-(node - centre) / width**2 * lobe(node))[np.newaxis]
    out, out_slope = np.zeros((2, 1, len(u)))
    add_interpolated(u, step, first, values, slopes, out, out_slope)
    assert out[0] == pytest.approx(lobe(u), abs=1e-14)
    assert out_slope[0] * width == pytest.approx(-(u - centre) / width * lobe(u), abs=1e-13)


def test_every_line_is_sampled_finely_enough_or_at_every_level() -> None:
    width = np.concatenate([np.geomspace(1e-5, 2.0, 4001), [np.inf]])
    start, lines, step = sampling_classes(frozen(1.0 / width), LOBE_SAMPLES)
    assert sorted(lines.tolist()) == list(range(len(width)))
    for c in range(len(step)):
        own = width[lines[start[c] : start[c + 1]]]
        if step[c] > 0.0:
            assert (step[c] * LOBE_SAMPLES <= own * (1 + 1e-12)).all()
        else:
            assert ((own < LOBE_SAMPLES * FINEST_STEP * (1 + 1e-12)) | np.isinf(own)).all()


LINES = [
    (d, 0.1 + 0.02 * i, 4500.0 + 100 * i, f"{(-1) ** i * (10 + i)}C")
    for i, d in enumerate([0.05, 1, 4, 9, 30, 90, 400] * 2)
]


def test_many_spots_and_few_spots_give_the_same_exposure() -> None:
    one = book([(d, v, k, w if w.startswith("-") else f"+{w}") for d, v, k, w in LINES])
    level = np.linspace(4000.0, 6000.0, 501)
    value, slope = one.lines.gamma_exposure(level, one.weight)
    alone, own_slope = one.lines.gamma_exposure_of(level, np.zeros(len(level), np.int64), one.weight)
    assert value[0] == pytest.approx(alone, abs=1e-13 * np.abs(alone).max())
    assert slope[0] == pytest.approx(own_slope, abs=1e-12 * np.abs(own_slope).max())


def test_what_a_few_lines_add_is_what_they_are_of_the_whole() -> None:
    one = book([(d, v, k, w if w.startswith("-") else f"+{w}") for d, v, k, w in LINES])
    level = frozen(np.linspace(4000.0, 6000.0, 101))
    chosen = np.array([1, 4, 6])
    part = np.zeros_like(one.weight)
    part[:, chosen] = one.weight[:, chosen]
    expected, expected_slope = one.lines.gamma_exposure(level, part)
    found, slope = np.zeros((2, 1, len(level)))
    running.add_curves(
        level,
        frozen(np.log(level / 5000.0)),
        read_only(chosen),
        one.lines.coefficients,
        frozen(one.weight[:, chosen]),
        found,
        slope,
    )
    assert found == pytest.approx(expected, abs=1e-13 * np.abs(expected).max())
    assert slope == pytest.approx(expected_slope, abs=1e-12 * np.abs(expected_slope).max())


sizes = st.lists(st.integers(-3, 3), min_size=6, max_size=6)


@given(sizes, sizes, st.sampled_from([85.0, 97.5, 100.0, 104.0, 140.0]))
def test_walls_are_those_of_a_plain_search(call: list[int], put: list[int], spot: float) -> None:
    """Largest value, then nearest to spot, then lowest; nothing where no value is positive."""
    strike = [80.0, 90.0, 95.0, 100.0, 105.0, 120.0]
    table = np.array([call, put, np.abs(call), np.abs(put), np.abs(put), np.abs(call)], float)
    out = np.empty(levels.WALL_COUNT, np.int64)
    levels.wall_indices(frozen(np.array(strike)), spot, frozen(table), out)
    net = [c + p for c, p in zip(call, put, strict=True)]
    wanted = []
    for calls, puts in ((table[2], table[3]), (net, [-n for n in net]), (table[4], table[5])):
        for restricted in (True, False):
            for values, side in ((calls, 1), (puts, -1)):
                allowed = [
                    (-v, abs(k - spot), k, i)
                    for i, (v, k) in enumerate(zip(values, strike, strict=True))
                    if v > 0 and (not restricted or side * (k - spot) >= 0)
                ]
                wanted.append(min(allowed)[-1] if allowed else -1)
    both = [
        (-(a + b), abs(k - spot), k, i)
        for i, (a, b, k) in enumerate(zip(table[2], table[3], strike, strict=True))
        if a + b > 0
    ]
    wanted.append(min(both)[-1] if both else -1)
    assert out.tolist() == wanted


def test_no_room_for_roots_is_told_not_overrun() -> None:
    one = book([(0.5, 0.1, 4000.0 + 25.0 * i, f"{'+' if i % 2 else '-'}100C") for i in range(80)])
    flips = one.exposure().profile.flips
    assert len(flips) > 16
    assert [f.price for f in flips] == sorted(f.price for f in flips)


def test_requests_compile_nothing_after_the_warm_up() -> None:
    warm()
    analysis = analyse(sample_chain(option_count=600).parsed)
    models = (UncertainPositioning(OI_CALLS_LONG_PUTS_SHORT, SignError(0.1)), OI_CUSTOMERS_LONG_ALL)
    for ratio in (1.0, 0.5):
        dealer_exposure(analysis, ExposureSettings(positionings=models, skew_stickiness=ratio))
    quotes = analysis.cleaned.quotes
    live = LiveExposure.of(quotes, analysis.pairs, analysis.surface, models)
    live.at_spot(live.spot * 1.001).with_contracts(np.array([50]), np.ones((2, 1))).wall_position  # noqa: B018
    forward_maps(live.lines, live.call, live.put, np.array([quotes.as_of]))
    dealer_flows(live.lines, live.call, live.put, (MarketMove(spot_move=0.01),))
    declared: dict[object, set[object]] = {}
    for dispatcher, types in compiling._registered:
        declared.setdefault(dispatcher, set()).add(types)
    for module in (cells, exposure, forward_map, levels, running):
        for name, dispatcher in vars(module).items():
            if (
                getattr(getattr(dispatcher, "py_func", None), "__module__", "") == module.__name__
                and dispatcher in declared
            ):
                extra = set(dispatcher.signatures) - declared[dispatcher]
                assert not extra, (name, extra)
