"""Every target of the reference pages and of the issues that a run has a figure for, and those of accuracy that tests hold."""

from dataclasses import dataclass

from benchmarks.whole.target import Facts, Outcome
from benchmarks.whole.targets_of_library import LIBRARY
from benchmarks.whole.targets_of_market import MARKET
from benchmarks.whole.targets_of_service import SERVICE

TARGETS = (*LIBRARY, *SERVICE, *MARKET)


def outcomes(facts: Facts) -> list[Outcome]:
    """Every target with what these facts say of it."""
    found = []
    for target in TARGETS:
        try:
            figure = target.figure(facts)
        except (KeyError, StopIteration, TypeError, ZeroDivisionError):
            figure = None
        found.append(Outcome(target, figure))
    return found


@dataclass(frozen=True)
class Held:
    """An accuracy that a page asks for and that a test refuses to let go of."""

    page: str
    what: str
    test: str  # file::name


HELD = (
    Held("kernels.md", "vectors of §9: thirteen Greeks to their last digits", "tests/test_greeks.py::test_published_rows_come_out_to_the_last_digits"),
    Held("kernels.md", "vectors of §9: implied volatilities to what each price allows", "tests/test_implied.py::test_published_prices_give_their_exact_volatility"),
    Held("kernels.md", "hard set: 32 × the attainable error, family by family", "tests/kernels/test_implied.py::test_hard_rows_are_exact_to_what_their_price_allows"),
    Held("kernels.md", "erfcx and its divided differences to a few ulps", "tests/kernels/test_normal.py::test_the_difference_of_two_erfcx_has_no_cancellation"),
    Held("kernels.md", "American vectors to the error of the scheme", "tests/test_american.py::test_published_values_come_out_to_the_error_of_the_scheme"),
    Held("surface.md", "vector 7.8, arbitrage in the quotes: certified and flagged", "tests/surface/test_bad_chains.py::test_the_arbitrage_carrying_input_is_answered_and_flagged"),
    Held("surface.md", "vector 7.9, W before an event: ≤ 1.5 bp median", "tests/surface/test_certified.py::test_a_w_before_an_event_is_fitted_with_knots_at_half_spacing"),
    Held("surface.md", "vector 7.10, eSSVI market: ≤ 0.05, 0.1, 1 bp", "tests/surface/test_certified.py::test_quotes_of_an_essvi_market_come_back"),
    Held("surface.md", "vector 7.11, forward box and coin forward", "tests/test_forward.py::test_the_published_box_and_its_centre"),
    Held("surface.md", "ratchet: a bad expiry drags no other", "tests/surface/test_bad_chains.py::test_a_bad_expiry_does_not_drag_the_longer_or_shorter_ones"),
    Held("exposure.md", "laws: each exposure the derivative of the one before, every model", "tests/exposure/test_laws.py::test_every_exposure_is_the_derivative_of_the_one_before_it"),
    Held("exposure.md", "closed forms of 8.1 to 1e-12", "tests/exposure/test_vectors.py::test_greeks_are_the_published_ones"),
    Held("exposure.md", "roots of 8.3 to 1e-10, three of them beside a spike", "tests/exposure/test_flips.py::test_a_three_minute_spike_between_the_nodes_gives_three_flips"),
    Held("exposure.md", "published roots of real chains (8.5)", "tests/exposure/test_traps.py::test_printed_volatilities_give_the_published_roots"),
    Held("hedging.md", "equal variance: edge 0.512 and target 0.724 of the clock's cost", "tests/backtest/test_closed_forms.py::test_at_equal_variance_the_edge_costs_0_512_of_the_clock_and_the_target_0_724"),
    Held("hedging.md", "option table of §9, every rule", "tests/backtest/test_closed_forms.py::test_the_option_table_of_the_reference"),
    Held("hedging.md", "dynamic programme: premiums 0.022537 and 0.024439", "tests/backtest/test_oracle.py::test_premiums_of_the_public_benchmark"),
    Held("hedging.md", "Hull's table 19.2: deltas to 0.0005", "tests/hedging/test_hull.py::test_table_19_2_of_hull"),
    Held("hedging.md", "vectors 2–4: bands, budgets, caps", "tests/hedging/test_bands.py::test_the_ticket_band_of_the_reference"),
    Held("hedging.md", "vectors 6–7: triggers; repriced there, the edge to 1e-6", "tests/hedging/test_triggers.py::test_repricing_at_each_trigger_gives_the_edge_and_no_root_is_missed"),
    Held("hedging.md", "vector 8: allocation and its certificate", "tests/hedging/test_allocation.py::test_the_allocation_of_the_reference"),
)  # fmt: skip
