"""Provenance: everything that did not enter is counted with its contracts, and the same inputs have the same hash."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from gex.exposure.dynamics import STICKY_MONEYNESS, STICKY_STRIKE
from gex.exposure.map import computed_greeks
from gex.exposure.provenance import ExposureProvenance, exposure_provenance
from gex.pipeline import Analysis, analyse
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    DealerPositioning,
    MixturePositioning,
    OpenCloseVolume,
    SignedOpenClosePositioning,
    SignedTrades,
    SignedTradesPositioning,
    SignError,
    UncertainPositioning,
)
from gex.quotes import RejectReason
from gex.sample import sample_chain


@pytest.fixture(scope="module")
def sampled() -> Analysis:
    return analyse(sample_chain(option_count=1000).parsed)


def provenance(analysis: Analysis, *models: DealerPositioning, **changes: object) -> ExposureProvenance:
    greeks = computed_greeks(analysis.cleaned.quotes, analysis.surface)
    settings = {"positionings": models or (OI_CALLS_LONG_PUTS_SHORT,), "dynamics": STICKY_STRIKE, **changes}
    return exposure_provenance(analysis.cleaned, analysis.surface, greeks, **settings)


def test_every_row_of_the_source_is_used_unpriced_or_refused(sampled: Analysis) -> None:
    found = provenance(sampled)
    dropped = sum(share.row_count for reason, share in found.refused.items() if reason.drops_row)
    missing = np.count_nonzero(np.isnan(sampled.cleaned.quotes.open_interest))
    assert found.every_row.row_count == sampled.cleaned.row_count
    assert found.used.row_count + found.unpriced.row_count + dropped + missing >= found.every_row.row_count
    assert found.refused[RejectReason.EXPIRED].row_count > 0
    parts = [found.used, found.unpriced, *(s for r, s in found.refused.items() if r.drops_row)]
    assert sum(p.open_interest or 0.0 for p in parts) == pytest.approx(found.every_row.open_interest)


def test_the_same_inputs_have_one_hash_and_any_change_another(sampled: Analysis) -> None:
    start = provenance(sampled).input_hash
    assert provenance(sampled).input_hash == start
    assert len(start) == 64
    quotes = sampled.cleaned.quotes
    open_interest = quotes.open_interest.copy()
    open_interest[3] += 1
    changed = dataclasses.replace(
        sampled,
        cleaned=dataclasses.replace(sampled.cleaned, quotes=dataclasses.replace(quotes, open_interest=open_interest)),
    )
    others = {
        provenance(changed).input_hash,
        provenance(sampled, dynamics=STICKY_MONEYNESS).input_hash,
        provenance(sampled, UncertainPositioning(OI_CALLS_LONG_PUTS_SHORT, SignError(0.1))).input_hash,
        provenance(sampled, UncertainPositioning(OI_CALLS_LONG_PUTS_SHORT, SignError(0.2))).input_hash,
    }
    assert len(others | {start}) == 5


def test_what_signs_rest_on_is_said(sampled: Analysis) -> None:
    rows = len(sampled.cleaned.quotes)
    tape = SignedTradesPositioning(SignedTrades(row=[0, 1], contract_count=[5, 7], customer_side=[1, 0]))
    report = SignedOpenClosePositioning(
        OpenCloseVolume(
            history_start=dt.date(2024, 1, 2),
            exchanges=("C1",),
            row=[0],
            open_buy=[1.0],
            open_sell=[0.0],
            close_buy=[0.0],
            close_sell=[0.0],
        )
    )
    both = MixturePositioning((tape, report), (0.5, 0.5))
    found = provenance(sampled, UncertainPositioning(tape, SignError(0.2, 0.1)), report, both).positionings
    assert found[0].sign_error_probability == 0.2
    assert found[0].sign_error_correlation == 0.1
    assert found[0].unsigned_contract_count == 7
    assert found[0].left_censored_row_count == rows
    assert found[1].exchanges == ("C1",)
    assert found[1].left_censored_row_count == rows
    assert found[2].unsigned_contract_count == 7
    assert [p.model for p in found] == ["SignedTradesPositioning", "SignedOpenClosePositioning", "MixturePositioning"]
