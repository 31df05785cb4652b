import numpy as np
import pytest
from gex_cli.hedge_picture import mishedge_across, moves_of, scenarios_of
from gex_cli.hedge_request import hedge_request
from gex_cli.map_picture import map_rows
from gex_cli.options import ChainFile
from gex_server.answers.hedge import plan_hedge
from gex_server.answers.scenarios import compute_scenarios
from gexapi.v1 import exposure_pb2
from google.protobuf import json_format


def test_the_drawn_curve_meets_the_band_where_the_triggers_are(sample_file, book_file, instruments_file):
    request = hedge_request(ChainFile(path=sample_file), book_file, instruments_file)
    plan = plan_hedge(request)
    moves = moves_of(plan)
    scenarios = compute_scenarios(scenarios_of(request, moves))
    spot = plan.spot * (1.0 + moves)
    after = mishedge_across(plan, scenarios) - plan.mishedge + plan.residual_delta
    seen = [one for one in plan.triggers if spot[0] <= one.price <= spot[-1]]
    assert seen
    for trigger in seen:  # a futures' own carry moves its delta by next to nothing; nodes are 0.03 % apart
        assert np.interp(trigger.price, spot, after) == pytest.approx(trigger.mishedge, abs=1.0)


def test_a_hedge_is_drawn_and_another_kind_of_file_refused(gex, sample_file, book_file, instruments_file, tmp_path):
    asked = ("hedge", sample_file, "--positions", book_file, "--instruments", instruments_file, "--json", "--png")
    path = tmp_path / "hedge.png"
    ran = gex(*asked, path)
    assert ran.answer["action"] == "trade"
    assert path.read_bytes().startswith(b"\x89PNG")
    bad = gex(*asked, tmp_path / "hedge.doc")
    assert (bad.code, bad.out, bad.err.count("\n")) == (2, "", 1)


def test_the_map_ahead_is_in_json_and_picture_only_where_asked_for(gex, sample_file, tmp_path):
    path = tmp_path / "ahead.png"
    answer = gex("exposure", sample_file, "--forward-map", "--png", path, "--json").answer
    response = json_format.ParseDict(answer, exposure_pb2.ComputeExposureResponse())
    ahead = response.books[0].forward_map
    assert len(ahead.gamma_exposure_per_percent) == len(ahead.at) * len(ahead.spot) > 0
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "forward_map" not in gex("exposure", sample_file, "--json").answer["books"][0]


def test_the_drawn_map_sums_strikes_into_rows():
    book = exposure_pb2.ExposureBook()
    book.map.strike.extend([99.0, 100.0, 101.0, 300.0])
    book.map.expiry_index.extend([0, 1, 1, 1])
    book.map.gamma_exposure_per_percent.extend([1.0, -2.0, 4.0, 8.0])
    step, rows, columns, cells = map_rows(book, 3, 100.0)
    assert (step, rows.tolist(), columns) == (1.0, [99, 100, 101], [0, 1])
    assert cells.tolist() == [[1.0, 0.0], [0.0, -2.0], [0.0, 4.0]]  # 300 is out of the picture


@pytest.mark.real_data
def test_real_exposure_is_drawn_with_its_maps(gex, real_data, tmp_path):
    path = tmp_path / "spx.png"
    ran = gex("exposure", real_data / "cboe_csv" / "spx_20230914.csv.gz", "--forward-map", "--png", path)
    assert ran.code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
