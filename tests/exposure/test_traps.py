"""The traps of exposure.md §7, each as a test that fails where one falls into it; on small books and on real chains."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from gex.exposure.book import exposure_books
from gex.exposure.forward_map import forward_maps
from gex.exposure.levels import WallMode, max_pain, strike_sums, walls
from gex.exposure.lines import ExposureLines
from gex.exposure.map import computed_greeks, exposure_map, gamma_error_terms, leg_units, printed_greeks, totals
from gex.exposure.sums import by_expiry
from gex.exposure.uncertainty import total_uncertainty
from gex.pairs import pair_up
from gex.pipeline import ExposureSettings, dealer_exposure
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, OI_CUSTOMERS_LONG_ALL, SignError
from tests.chains import FlatSurface, book_of
from tests.exposure.books import BOOK_B, MARKET, book
from tests.exposure.printed_vols import lines_by_file, of, profile_by_file

BILLION = 1e9


# ── on small books ──


def test_a_line_at_its_settlement_instant_is_exactly_nothing_also_in_maps_over_time() -> None:
    one = book([(0, 0.2, 5000, "+9000C"), (3, 0.2, 5000, "+10C")])
    alone = book([(3, 0.2, 5000, "+10C")])
    both, expected = one.exposure(), alone.exposure()
    for name in ("gamma_exposure", "delta_exposure", "vanna_exposure", "charm_exposure", "gross_gamma_exposure"):
        assert getattr(both.totals, name) == getattr(expected.totals, name), name
    at = np.array([one.quotes.as_of])
    (found,) = forward_maps(one.lines, *one.legs, at, spot=np.array([4990.0, 5000.0]))
    (wanted,) = forward_maps(alone.lines, *alone.legs, at, spot=np.array([4990.0, 5000.0]))
    assert (found.gamma_exposure_per_percent == wanted.gamma_exposure_per_percent).all()
    assert found.line_count.tolist() == [1]


def test_unpaired_strikes_and_shuffled_rows_change_nothing() -> None:
    lines = [(7, 0.15, 5100, "+100C"), (7, 0.15, 4900, "+150P"), (7, 0.15, 5000, "+70C"), (7, 0.15, 5000, "+90P")]
    quotes, surface, _ = book_of(lines)
    shuffled = quotes.take(np.array([2, 0, 3, 1]))
    found = []
    for chain in (quotes, shuffled):
        (result,) = exposure_books(
            chain, pair_up(chain), computed_greeks(chain, surface), surface, (OI_CALLS_LONG_PUTS_SHORT,)
        )
        found.append(result)
    assert found[0].totals == found[1].totals
    assert [f.price for f in found[0].profile.flips] == [f.price for f in found[1].profile.flips]


def test_a_missing_volatility_drops_its_line_and_reports_the_share() -> None:
    quotes, surface, _ = book_of([(7, 0.15, 5100, "+100C"), (30, 0.2, 5000, "+70C")])
    blind = FlatSurface(surface.forwards, np.array([0.15, np.nan]))
    (result,) = exposure_books(quotes, pair_up(quotes), computed_greeks(quotes, blind), blind, (OI_CUSTOMERS_LONG_ALL,))
    assert (result.totals.unpriced_count, result.totals.unpriced_contract_count) == (1, 70.0)


def test_zero_volatility_is_no_lobe_at_all() -> None:
    quotes, surface, _ = book_of([(7, 0.15, 5100, "+100C"), (30, 0.2, 5000, "+70C")])
    flat = FlatSurface(surface.forwards, np.array([0.15, 0.0]))
    lines = ExposureLines.of(pair_up(quotes), flat)
    value, slope = lines.gamma_exposure(np.array([4990.0, 5000.0, 5010.0]), np.array([[0.0, 7000.0]]))
    assert not value.any()
    assert not slope.any()


@pytest.mark.parametrize(("multiplier", "factor"), [(1.0, 0.01), (50.0, 0.5), (100.0, 1.0)])
def test_gamma_times_open_interest_times_spot_squared_is_right_for_one_multiplier_only(
    multiplier: float, factor: float
) -> None:
    one = book([(7, 0.15, 5100, "+100C")], multiplier=multiplier).exposure()
    gamma = computed_greeks(*_quotes_and_surface(multiplier)).gamma[0]
    assert one.totals.gamma_exposure == pytest.approx(gamma * 100 * 5000**2 * factor, rel=1e-13)


def _quotes_and_surface(multiplier: float) -> tuple[object, FlatSurface]:
    quotes, surface, _ = book_of([(7, 0.15, 5100, "+100C")], multiplier=multiplier)
    return quotes, surface


def test_a_delta_book_long_both_sides_beside_a_calls_less_puts_gamma_breaks_the_law() -> None:
    """Trap 15: slope 547.78 against 85.63 for the published book."""
    step = 0.05
    units = {}
    for name, sign in (("mixed", 1.0), ("same", -1.0)):
        lines = [(d, v, k, w if w[0] == "+" else f"{sign * abs(float(w[:-1])):+}{w[-1]}") for d, v, k, w in BOOK_B]
        up = dataclasses.replace(book(lines, **MARKET))
        level = []
        for h in (-step, step):
            call, put = leg_units(up.quotes, up.pairs, [up.contracts])
            (node,) = forward_maps(up.lines, call, put, np.array([up.quotes.as_of]), spot=np.array([5000.0 + h]))
            level.append(node.delta_exposure_units[0, 0])
        units[name] = (level[1] - level[0]) / (2 * step)
    assert units["same"] == pytest.approx(85.6280282961234, rel=1e-6)
    assert units["mixed"] == pytest.approx(547.78, abs=0.01)


# ── on real chains ──


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "clock", "roots", "at_spot"),  # exposure.md 8.5, rows A and P1
    [
        ("spx_20220205", "act_365", [4591.2153], -18.690236),
        ("ndx_20220205", "act_365", [14773.0201, 16167.3440, 16355.8513], -0.139412),
        ("spx_20221212", "act_365", [4005.7951], -2.942988),
        ("spx_20220205", "business", [4585.1621], None),
        ("ndx_20220205", "business", [14775.7243, 16169.0664, 16355.3729], None),
        ("spx_20221212", "business", [4013.8462], None),
    ],
)
def test_printed_volatilities_give_the_published_roots(
    real_data: Path, name: str, clock: str, roots: list[float], at_spot: float | None
) -> None:
    found, here = profile_by_file(real_data, name, clock=clock)
    assert found == pytest.approx(roots, abs=5e-5)
    if at_spot is not None:
        assert here == pytest.approx(at_spot, abs=5e-7)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "linear", "refined"),  # exposure.md 8.5, row P and below
    [
        ("spx_20220205", [4598.0635], [4595.0826]),
        ("ndx_20220205", [14686.3297, 16170.9933, 16357.7935], [14686.5602, 16164.1284, 16355.7294]),
        ("spx_20221212", [4013.9487], [4013.8462]),
    ],
)
def test_straight_lines_between_sixty_nodes_miss_the_roots_that_a_search_finds(
    real_data: Path, name: str, linear: list[float], refined: list[float]
) -> None:
    """Trap 4: by three points on SPX and by seven on NDX."""
    found, _ = profile_by_file(real_data, name, clock="saturday")
    assert found == pytest.approx(refined, abs=5e-5)
    lines, signed = lines_by_file(real_data, name, clock="saturday")
    level = np.linspace(0.8, 1.2, 60) * lines.spot
    value = lines.gamma_exposure(level, signed)[0][0]
    at = np.flatnonzero(value[1:] * value[:-1] < 0.0)
    crossing = level[at] - value[at] * (level[at + 1] - level[at]) / (value[at + 1] - value[at])
    assert crossing == pytest.approx(linear, abs=5e-5)


@pytest.mark.real_data
def test_the_regime_depends_on_the_clock_over_a_weekend(real_data: Path) -> None:
    """Trap 1: with business days from Saturday the next expiry had T = 0 and G(S) was +0.0116; with a day it is −0.1638."""
    _, here = profile_by_file(real_data, "ndx_20220205", clock="business")
    assert here == pytest.approx(-0.1638, abs=5e-5)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("carry", "root", "at_spot"), [((0.04, 0.0), 3992.71, -0.418), ((0.04, 0.015), 3997.53, -1.349)]
)
def test_rates_and_dividends_move_the_flip_as_published(
    real_data: Path, carry: tuple[float, float], root: float, at_spot: float
) -> None:
    """Trap 2."""
    found, here = profile_by_file(real_data, "spx_20221212", clock="act_365", carry=carry)
    assert found == pytest.approx([root], abs=5e-3)
    assert here == pytest.approx(at_spot, abs=5e-4)


@pytest.mark.real_data
def test_failed_inversions_make_roots_and_without_them_there_is_one(real_data: Path) -> None:
    """Trap 5: 2,693 put legs of NDX print 0.02; our surface takes no in-the-money print and has one root."""
    analysis = of(real_data, "ndx_20220205", rate=0.0)
    quotes = analysis.cleaned.quotes
    sentinel = (quotes.right < 0) & (quotes.source_vol == 0.02)
    assert sentinel.sum() == pytest.approx(2_693, abs=0)
    assert quotes.open_interest[sentinel].sum() == 5_351
    (own,) = dealer_exposure(analysis)
    assert len(own.profile.flips) == 1
    found, _ = profile_by_file(real_data, "spx_20220205", clock="act_365", drop=0.02)
    assert found == pytest.approx([4572.3], abs=0.05)


@pytest.mark.real_data
def test_no_root_where_dealers_are_short_everything(real_data: Path) -> None:
    analysis = of(real_data, "spx_20220205")
    (found,) = dealer_exposure(analysis, ExposureSettings(positionings=(OI_CUSTOMERS_LONG_ALL,)))
    assert found.gamma_flip is None
    assert found.no_flip_reason == "no_sign_change"


@pytest.mark.real_data
def test_max_pain_is_told_per_settlement(real_data: Path) -> None:
    """Trap 9: on 2022-12-16 SPX 3915, SPXW 3935; merged 3920 would be neither."""
    analysis = of(real_data, "spx_20221212")
    pains = {(p.expiry.root, str(p.expiry.date)): p.strike for p in max_pain(analysis.cleaned.quotes, analysis.pairs)}
    assert pains["SPX", "2022-12-16"] == 3915
    assert pains["SPXW", "2022-12-16"] == 3935


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "gross", "restricted", "net", "absolute", "open_interest"),
    [  # exposure.md 8.5, convention V
        ("spx_20220205", (4600, 4500), (4600, 4500), (4700, 4300), 4600, (4700, 4000)),
        ("ndx_20220205", (14800, 15000), (14800, 14500), (14800, 13500), 14800, (14800, 13500)),
        ("spx_20221212", (4000, 4000), (4000, 3950), (4100, 3800), 4000, (4000, 4000)),
    ],
)
def test_walls_are_the_published_ones_in_every_mode(
    real_data: Path,
    name: str,
    gross: tuple[float, float],
    restricted: tuple[float, float],
    net: tuple[float, float],
    absolute: float,
    open_interest: tuple[float, float],
) -> None:
    analysis = of(real_data, name)
    quotes = analysis.cleaned.quotes
    cells = exposure_map(quotes, analysis.pairs, printed_greeks(quotes), analysis.forwards, OI_CALLS_LONG_PUTS_SHORT)

    def found(mode: WallMode, *, is_side_restricted: bool) -> tuple[float | None, float | None]:
        wall = walls(cells, mode, is_side_restricted=is_side_restricted)
        return wall.call_wall, wall.put_wall

    assert found(WallMode.GROSS, is_side_restricted=False) == gross
    assert found(WallMode.GROSS, is_side_restricted=True) == restricted
    assert found(WallMode.NET, is_side_restricted=False) == net
    assert found(WallMode.OPEN_INTEREST, is_side_restricted=False) == open_interest
    (book_,) = dealer_exposure(analysis, ExposureSettings(greek_source=printed_greeks(quotes).greek_source))
    assert book_.absolute_gamma_strike == absolute


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "mean", "deviation", "positive"),
    [("spx_20221212", -0.645, 9.864, 0.474), ("spx_20220205", -11.494, 4.701, 0.0072)],
)
def test_sign_noise_of_real_chains_is_the_published_one(
    real_data: Path, name: str, mean: float, deviation: float, positive: float
) -> None:
    """Trap 17, printed gammas, p = 0.2 per line."""
    analysis = of(real_data, name)
    quotes = analysis.cleaned.quotes
    greeks = printed_greeks(quotes)
    contracts = OI_CALLS_LONG_PUTS_SHORT.dealer_contracts(quotes)
    cells = exposure_map(quotes, analysis.pairs, greeks, analysis.forwards, OI_CALLS_LONG_PUTS_SHORT)
    terms = gamma_error_terms(quotes, greeks, analysis.forwards.spot, contracts, contracts**2)
    bar = total_uncertainty(SignError(0.2), totals(cells).gamma_exposure, *terms)
    assert bar.mean / BILLION == pytest.approx(mean, abs=5e-4)
    assert bar.standard_deviation / BILLION == pytest.approx(deviation, abs=5e-4)
    assert bar.probability_positive == pytest.approx(positive, abs=5e-4)


@pytest.mark.real_data
def test_correlated_signs_make_the_bar_that_counts(real_data: Path) -> None:
    """Trap 17: SPX Feb with ρ = 1 by expiry date × side: 32.12; ours keeps AM and PM of one date apart."""
    analysis = of(real_data, "spx_20220205")
    quotes = analysis.cleaned.quotes
    greeks = printed_greeks(quotes)
    unit = np.nan_to_num(greeks.gamma) * 100 * analysis.forwards.spot**2 * 0.01
    contracts = OI_CALLS_LONG_PUTS_SHORT.dealer_contracts(quotes)
    date = np.array([e.date.toordinal() for e in quotes.expiries])[quotes.expiry]
    clusters: dict[tuple[int, int], float] = {}
    for key, exposure in zip(
        zip(date.tolist(), quotes.right.tolist(), strict=True), (unit * contracts).tolist(), strict=True
    ):
        clusters[key] = clusters.get(key, 0.0) + exposure
    by_date = (0.64 * sum(v * v for v in clusters.values())) ** 0.5
    assert by_date / BILLION == pytest.approx(32.12, abs=5e-3)
    terms = gamma_error_terms(quotes, greeks, analysis.forwards.spot, contracts, contracts**2)
    bar = total_uncertainty(SignError(0.2), 0.0, *terms)
    assert bar.standard_deviation < bar.standard_deviation_correlated < by_date


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "first_net", "first_gross_share"),
    [("spx_20220205", -0.691848, 0.0231), ("ndx_20220205", -0.124653, 0.0856)],
)
def test_the_first_expiry_has_its_published_share(
    real_data: Path, name: str, first_net: float, first_gross_share: float
) -> None:
    analysis = of(real_data, name)
    quotes = analysis.cleaned.quotes
    cells = exposure_map(quotes, analysis.pairs, printed_greeks(quotes), analysis.forwards, OI_CALLS_LONG_PUTS_SHORT)
    sums = by_expiry(cells, len(quotes.expiries))
    first = int(np.flatnonzero(sums.gross_gamma_exposure > 0)[0])
    assert sums.gamma_exposure[first] / BILLION == pytest.approx(first_net, abs=5e-7)
    assert sums.gross_gamma_exposure[first] / sums.gross_gamma_exposure.sum() == pytest.approx(
        first_gross_share, abs=5e-5
    )


@pytest.mark.real_data
def test_am_options_taken_for_pm_move_the_flip(real_data: Path) -> None:
    """Trap 9: SPX Dec 4005.80 becomes 4006.36."""
    found, _ = profile_by_file(real_data, "spx_20221212", clock="act_365", all_pm=True)
    assert found == pytest.approx([4006.36], abs=5e-3)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "own", "rounded", "printed"),
    [("spx_20220205", -19.350, -19.130, -19.156), ("ndx_20220205", -0.179, -0.198, -0.126)],
)
def test_four_decimals_of_gamma_are_not_enough(
    real_data: Path, name: str, own: float, rounded: float, printed: float
) -> None:
    """Trap 11."""
    analysis = of(real_data, name, rate=0.0)
    quotes = analysis.cleaned.quotes
    exact = computed_greeks(quotes, analysis.surface)
    coarse = dataclasses.replace(exact, gamma=np.round(exact.gamma, 4))
    found = [
        totals(exposure_map(quotes, analysis.pairs, greeks, analysis.forwards, OI_CALLS_LONG_PUTS_SHORT)).gamma_exposure
        for greeks in (exact, coarse, printed_greeks(quotes))
    ]
    assert np.array(found) / BILLION == pytest.approx([own, rounded, printed], abs=0.04)  # their forward is a median
    zero = (quotes.right < 0) & (quotes.source_gamma == 0.0)
    if name == "spx_20220205":
        share = quotes.open_interest[zero].sum() / quotes.open_interest[quotes.right < 0].sum()
        assert share == pytest.approx(0.249, abs=5e-4)


@pytest.mark.real_data
def test_sign_changes_between_neighbouring_strikes_are_no_flips(real_data: Path) -> None:
    """Trap 7: 21, 68 and 11 of them, none of which is a flip."""
    for name, count, first in (
        ("spx_20220205", 21, (3910, 3915)),
        ("ndx_20220205", 68, (13_500, 13_510)),
        ("spx_20221212", 11, (3830, 3835)),
    ):
        analysis = of(real_data, name)
        quotes = analysis.cleaned.quotes
        cells = exposure_map(
            quotes, analysis.pairs, printed_greeks(quotes), analysis.forwards, OI_CALLS_LONG_PUTS_SHORT
        )
        table = strike_sums(cells)
        sign = np.sign(table.table[0] + table.table[1])
        changes = np.flatnonzero(sign[1:] * sign[:-1] < 0.0)
        assert len(changes) == count, name
        assert (table.strike[changes[0]], table.strike[changes[0] + 1]) == first, name
