"""Nodes for narrow lobes: enough of them, where they are wanted, and no more than that."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gex.columns import frozen
from gex.kernels.narrow_lobes import narrow_nodes

SPOT, NARROWEST, MATERIAL, REACH = 100.0, 0.01, 1e-6, 6.0
FORWARD = 101.0


def nodes_of(vol_years: list[tuple[float, float]], strikes: list[list[float]], weight: float = 1.0) -> np.ndarray:
    """The nodes of expiries of one (vol, years) and several strikes each, between 80 and 120."""
    start = np.append(0, np.cumsum([len(own) for own in strikes])).astype(np.int64)
    start.flags.writeable = False
    strike = np.concatenate(strikes)
    vol = np.repeat([v for v, _ in vol_years], np.diff(start))
    years = np.repeat([t for _, t in vol_years], np.diff(start))
    ones = frozen(np.ones(len(strike)))
    out = np.empty(100_000)
    count = narrow_nodes(
        SPOT, float(np.log(80.0)), float(np.log(120.0)), start, frozen(FORWARD * ones), frozen(strike), frozen(years), ones,
        frozen(vol), frozen(weight * ones), NARROWEST, MATERIAL, REACH, out,
    )  # fmt: skip
    return out[:count]


def covered(x: np.ndarray, vol: float, years: float, strikes: list[float]) -> np.ndarray:
    """Which ln S lie within six widths of the peak of some line."""
    width = vol * np.sqrt(years)
    centre = np.log(np.array(strikes) * SPOT / FORWARD) + 0.5 * width**2
    return (np.abs(x[:, np.newaxis] - centre) <= REACH * width * (1.0 + 1e-9)).any(axis=1)


@given(
    st.floats(0.05, 0.6),
    st.floats(1e-6, 2e-4),
    st.lists(st.floats(85.0, 115.0), min_size=1, max_size=12, unique=True).map(sorted),
)
def test_every_quarter_width_under_a_lobe_has_its_node_and_nothing_else_has(
    vol: float, years: float, strikes: list[float]
) -> None:
    step = 0.25 * vol * np.sqrt(years)
    found = np.log(nodes_of([(vol, years)], [strikes]))
    cells = np.arange(np.floor(np.log(80.0) / step) + 1.0, np.ceil(np.log(120.0) / step)) * step
    wanted = cells[covered(cells, vol, years, strikes)] if vol * np.sqrt(years) < NARROWEST else cells[:0]
    assert abs(len(found) - len(wanted)) <= 2 * len(strikes)  # at an end of a lobe rounding decides
    if len(wanted):
        assert (np.diff(found) > 0.5 * step).all()
        assert covered(found, vol, years, strikes).all()
        inner = cells[covered(cells, vol, 0.99 * years, strikes)]
        assert np.abs(inner[:, np.newaxis] - found).min(axis=1).max(initial=0.0) < 1e-3 * step


def test_a_line_of_a_microsecond_costs_fifty_nodes_not_a_gigabyte() -> None:
    assert len(nodes_of([(0.2, 1e-6 / 31_536_000)], [[101.0]])) in {48, 49}


def test_wide_lines_and_lines_without_weight_get_none() -> None:
    assert len(nodes_of([(0.2, 0.5)], [[100.0]])) == 0
    assert len(nodes_of([(0.2, 1e-4)], [[100.0]], weight=0.0)) == 0
