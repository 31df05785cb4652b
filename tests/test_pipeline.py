"""The whole way of the data: on the embedded sample against its truth, on real chains against what is published."""

import dataclasses
import gzip
import itertools
from pathlib import Path

import numpy as np
import pytest

from gex.errors import InputError, NoForwardError, NoQuotesError
from gex.exposure.book import ExposureBook
from gex.exposure.map import GreekSource
from gex.io.cboe_csv import parse_chain
from gex.pipeline import Analysis, ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    positioning_named,
)
from gex.quotes import Cleaned, RejectReason, Rejects
from gex.sample import sample_chain
from gex.surface.broken_line import SmileSource
from gex.surface.protocol import SurfaceModel

BILLION = 1e9


def chain(real_data: Path, name: str) -> Cleaned:
    return parse_chain(gzip.decompress((real_data / "cboe_csv" / f"{name}.csv.gz").read_bytes()))


@pytest.fixture(scope="module")
def sampled() -> Analysis:
    return analyse(sample_chain(option_count=4000).parsed)


def test_the_sample_comes_back_as_it_was_made(sampled: Analysis) -> None:
    truth = sample_chain(option_count=4000).truth
    known = truth.surface.forwards
    half_box = 0.5 * (sampled.forwards.upper - sampled.forwards.lower)
    found = np.isfinite(half_box)
    assert found.sum() >= len(known) - 1  # one expiry has settled
    error = np.abs(sampled.forwards.forward - known.forward)[found]
    assert (error <= 2 * half_box[found] + 1e-3 * known.forward[found] * known.time_to_expiry[found]).all()
    rate = -np.log(sampled.forwards.discount_factor[found]) / known.time_to_expiry[found]
    true_rate = -np.log(known.discount_factor[found]) / known.time_to_expiry[found]
    long = known.time_to_expiry[found] > 1 / 12
    assert np.abs(rate - true_rate)[long].max() < 0.01


def test_every_bad_row_of_the_sample_is_refused_and_no_other(sampled: Analysis) -> None:
    sample = sample_chain(option_count=4000)
    labelled = {r: n for r, n in zip(*np.unique(sample.truth.reject, return_counts=True), strict=True) if r}
    found = sampled.cleaned.rejects.counts()
    for reason in (RejectReason.CROSSED, RejectReason.STALE, RejectReason.EXPIRED):
        assert found.get(reason, 0) == labelled.get(reason, 0), reason


def test_positionings_of_one_request_stand_side_by_side(sampled: Analysis) -> None:
    positionings = (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)
    together = dealer_exposure(sampled, ExposureSettings(positionings=positionings))
    for positioning, book in zip(positionings, together, strict=True):
        (alone,) = dealer_exposure(sampled, ExposureSettings(positionings=(positioning,)))
        assert alone.totals == book.totals
        assert alone.profile.flips == book.profile.flips
        np.testing.assert_array_equal(alone.profile.gamma_exposure_per_percent, book.profile.gamma_exposure_per_percent)


def test_the_order_of_the_rows_changes_nothing(sampled: Analysis) -> None:
    parsed = sample_chain(option_count=4000).parsed
    order = np.random.default_rng(5).permutation(len(parsed.quotes))
    shuffled = dataclasses.replace(parsed, quotes=parsed.quotes.take(order))
    (book,) = dealer_exposure(analyse(shuffled))
    (straight,) = dealer_exposure(sampled)
    np.testing.assert_array_equal(book.cells.gamma_exposure, straight.cells.gamma_exposure)
    assert book.profile.flips == straight.profile.flips


def test_an_unknown_positioning_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"oi_calls_long_puts_short.*got 'bulls'"):
        positioning_named("bulls")


def test_no_positioning_is_refused(sampled: Analysis) -> None:
    with pytest.raises(InputError, match="at least one positioning"):
        dealer_exposure(sampled, ExposureSettings(positionings=()))


def test_a_chain_without_a_usable_row_says_why() -> None:
    parsed = sample_chain(option_count=200).parsed
    late = dataclasses.replace(parsed.quotes, as_of=np.datetime64("2080-01-01", "ns"))
    with pytest.raises(NoQuotesError, match=r"none of \d+ rows can be used \(expired \d+\)"):
        analyse(Cleaned(quotes=late, rejects=Rejects.empty(), row_count=parsed.row_count))


def test_a_chain_without_a_forward_says_why_its_quotes_went() -> None:
    parsed = sample_chain(option_count=200).parsed
    late = parsed.quotes.as_of + np.timedelta64(6, "h")
    quoted_at = np.full(len(parsed.quotes), parsed.quotes.as_of)
    stale = dataclasses.replace(parsed.quotes, spot=None, as_of=late, quoted_at=quoted_at)
    with pytest.raises(NoForwardError, match=r"names no spot .* \(.*stale \d+\)"):
        analyse(dataclasses.replace(parsed, quotes=stale))


def the_book(
    parsed: Cleaned, source: GreekSource = GreekSource.COMPUTED, settings: ChainSettings | None = None
) -> ExposureBook:
    (book,) = dealer_exposure(analyse(parsed, settings), ExposureSettings(greek_source=source))
    return book


# exposure.md 8.5 holds the volatility of the last bid flat beyond it, which only BROKEN_LINE does. On the certified
# surface calls quoted 0 at 0.05 get the volatility that the smile shows and their ask allows: the flips below.
AS_PUBLISHED = ChainSettings(rate=0.0, surface=SurfaceModel.BROKEN_LINE)
CERTIFIED = ChainSettings(rate=0.0, require_certified=True)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "calls", "puts", "net"),
    [  # exposure.md 8.5, convention V: file gamma, calls +, puts −
        ("spx_20220205", 62.879722, -82.035865, -19.156144),
        ("spx_20221212", 83.689083, -84.764240, -1.075157),
        ("ndx_20220205", 2.073366, -2.198969, -0.125603),
    ],
)
def test_printed_greeks_sum_to_the_published_totals(
    real_data: Path, name: str, calls: float, puts: float, net: float
) -> None:
    totals = the_book(chain(real_data, name), GreekSource.SOURCE).totals
    assert totals.call_gamma_exposure / BILLION == pytest.approx(calls, abs=5e-7)
    assert totals.put_gamma_exposure / BILLION == pytest.approx(puts, abs=5e-7)
    assert totals.gamma_exposure / BILLION == pytest.approx(net, abs=5e-7)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "flip", "net"),
    [("spx_20220205", 4587.24, -19.350), ("ndx_20220205", 14815.67, -0.179)],  # convention Q: D = 1
)
def test_own_greeks_give_the_reference_flip(real_data: Path, name: str, flip: float, net: float) -> None:
    book = the_book(chain(real_data, name), settings=AS_PUBLISHED)
    assert [f.price for f in book.profile.flips] == pytest.approx([flip], abs=0.5)
    assert book.totals.gamma_exposure / BILLION == pytest.approx(net, abs=0.04)  # their forward is a median of 9 mids
    certified = the_book(chain(real_data, name), settings=CERTIFIED)
    assert certified.totals.gamma_exposure / BILLION == pytest.approx(net, abs=0.1)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "ratio", "flip"),
    [
        ("spx_20220205", 0.0, 4594.6),
        ("spx_20220205", 2.0, 4582.4),
        ("ndx_20220205", 0.0, 14836.8),
        ("ndx_20220205", 2.0, 14800.5),
    ],
)
def test_the_smile_dynamic_moves_the_flip_as_published(real_data: Path, name: str, ratio: float, flip: float) -> None:
    analysis = analyse(chain(real_data, name), AS_PUBLISHED)
    (book,) = dealer_exposure(analysis, ExposureSettings(skew_stickiness=ratio))
    assert [f.price for f in book.profile.flips] == pytest.approx([flip], abs=0.5)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "ratio", "flip", "as_published"),
    [
        ("spx_20220205", 1.0, 4586.5, 4587.24),
        ("spx_20220205", 0.0, 4594.6, 4594.6),
        ("spx_20220205", 2.0, 4580.7, 4582.4),
        ("ndx_20220205", 1.0, 14816.5, 14815.67),
        ("ndx_20220205", 0.0, 14837.7, 14836.8),
        ("ndx_20220205", 2.0, 14801.3, 14800.5),
    ],
)
def test_the_certified_surface_has_flips_of_its_own_within_half_a_per_mille_of_the_published(
    real_data: Path, name: str, ratio: float, flip: float, as_published: float
) -> None:
    analysis = analyse(chain(real_data, name), CERTIFIED)
    (book,) = dealer_exposure(analysis, ExposureSettings(skew_stickiness=ratio))
    assert [f.price for f in book.profile.flips] == pytest.approx(
        [flip], abs=0.5
    )  # the wings are all but flat in the fit
    assert flip == pytest.approx(as_published, rel=5e-4)


@pytest.mark.real_data
def test_the_certified_flip_differs_only_because_of_the_strikes_that_nobody_bids_for(real_data: Path) -> None:
    """With the lines taken beyond the last bid as the certified smile runs there, both give one flip."""
    parsed = chain(real_data, "spx_20220205")
    certified, line = analyse(parsed, CERTIFIED), analyse(parsed, AS_PUBLISHED)
    quotes, forwards = line.cleaned.quotes, line.forwards
    k = np.log(quotes.strike / forwards.forward[quotes.expiry])
    ends = np.array([line.surface.knot[[a, b - 1]] for a, b in itertools.pairwise(line.surface.start)])
    beyond = (k < ends[quotes.expiry, 0]) | (k > ends[quotes.expiry, 1])
    bidden = dataclasses.replace(quotes, open_interest=np.where(beyond, 0.0, quotes.open_interest))
    flips = []
    for analysis in (certified, line):
        cleaned = dataclasses.replace(analysis.cleaned, quotes=bidden)
        (book,) = dealer_exposure(dataclasses.replace(analysis, cleaned=cleaned), ExposureSettings())
        flips.append(book.profile.flips[0].price)
    assert flips[0] == pytest.approx(flips[1], abs=0.3)


@pytest.mark.real_data
def test_the_walls_and_max_pain_are_the_published_ones(real_data: Path) -> None:
    from gex.exposure.levels import max_pain

    parsed = chain(real_data, "ndx_20220205")
    book = the_book(parsed, GreekSource.SOURCE)
    found = {(w.mode.value, w.is_side_restricted): (w.call_wall, w.put_wall) for w in book.walls}
    assert found["gross", False] == (14800, 15000)
    assert found["gross", True] == (14800, 14500)
    assert found["net", False] == (14800, 13500)
    assert book.absolute_gamma_strike == 14800
    spx = analyse(chain(real_data, "spx_20220205"))
    pains = {(p.expiry.root, str(p.expiry.date)): p.strike for p in max_pain(spx.cleaned.quotes, spx.pairs)}
    assert pains["SPX", "2022-02-18"] == 4505
    assert pains["SPXW", "2022-02-18"] == 4510


@pytest.mark.real_data
def test_expired_rows_contribute_nothing_and_are_counted(real_data: Path) -> None:
    analysis = analyse(chain(real_data, "spx_20221212"))
    rejects = analysis.cleaned.rejects
    expired = rejects.reason == RejectReason.EXPIRED
    assert expired.sum() == 286  # 143 strikes
    assert rejects.open_interest[expired].sum() == 366_145
    (book,) = dealer_exposure(analysis)
    alive = {str(analysis.cleaned.quotes.expiries[j].date) for j in np.unique(book.cells.expiry)}
    assert "2022-12-12" not in alive


@pytest.mark.real_data
def test_a_chain_without_quotes_is_priced_on_printed_volatilities_and_says_so(real_data: Path) -> None:
    surface = analyse(chain(real_data, "spx_20221212")).surface
    assert (surface.source == SmileSource.PRINTED).sum() >= 40


@pytest.mark.real_data
def test_am_and_pm_of_one_third_friday_have_their_own_clocks_and_forwards(real_data: Path) -> None:
    forwards = analyse(chain(real_data, "spx_20220205")).forwards
    third_friday = [j for j, e in enumerate(forwards.expiries) if str(e.date) == "2022-02-18"]
    assert [forwards.expiries[j].root for j in third_friday] == ["SPX", "SPXW"]
    am, pm = third_friday
    hours = (forwards.time_to_expiry[pm] - forwards.time_to_expiry[am]) * 365 * 24
    assert hours == pytest.approx(6.5, abs=1e-9)
    assert abs(forwards.forward[am] - forwards.forward[pm]) < 0.2  # surface.md §3
    assert not forwards.box_is_empty.any()
