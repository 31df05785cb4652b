import copy
import datetime as dt
import pickle
import typing

import numpy as np
import pytest
from gex_client.exposure import Exposure, ExposureBook, ExposureMap, ForwardMap
from gex_client.hedge import HedgePlan
from gex_client.market import ExpiryState, Provenance
from gex_client.risk import RiskTotal
from gex_client.surface import SurfaceSlice
from gex_client.view import VIEWS, Table, View
from gex_client.vols import OptionVols, Vols
from gexapi.v1 import common_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2
from google.protobuf.descriptor import FieldDescriptor as Field

ALL = sorted(set(VIEWS.values()), key=lambda cls: cls.__name__)
SCALARS = {
    Field.TYPE_DOUBLE: float,
    Field.TYPE_BOOL: bool,
    Field.TYPE_STRING: str,
    Field.TYPE_ENUM: str,
    Field.TYPE_UINT32: int,
    Field.TYPE_SFIXED32: int,
    Field.TYPE_UINT64: int,
}


def hints(cls):
    return {name: hint for name, hint in typing.get_type_hints(cls).items() if name not in View.__annotations__}


def expected_hint(cls, field):
    """The type that a field must be declared with."""
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        of_value = SCALARS[kind.fields_by_name["value"].type]
        return dict[str, of_value]
    if kind is not None and kind.full_name == "google.protobuf.Timestamp":
        return np.datetime64 | None
    if kind is not None:
        view = VIEWS[kind.full_name]
        return tuple[view, ...] if field.is_repeated else view | None
    if field.is_repeated:
        return None if issubclass(cls, Table) or field.type != Field.TYPE_STRING else tuple[str, ...]
    scalar = np.datetime64 if field.name == "expiry" else SCALARS[field.type]
    if field.enum_type is not None and field.enum_type.name == "Right":
        scalar = int
    return scalar | None if field.has_presence else scalar


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_a_view_declares_every_field_of_its_message_with_its_type(cls):
    for kind in cls.of:
        declared = hints(cls)
        computed = {name for name in vars(cls) if isinstance(vars(cls)[name], property)}
        fields = {field.name: field for field in kind.DESCRIPTOR.fields}
        assert set(declared) == set(fields) - computed
        for name, hint in declared.items():
            expected = expected_hint(cls, fields[name])
            assert expected is None or hint == expected, name


@pytest.mark.parametrize("cls", [cls for cls in ALL if issubclass(cls, Table)], ids=lambda cls: cls.__name__)
def test_columns_are_declared_as_what_they_decode_to(cls):
    for kind in cls.of:
        for field in kind.DESCRIPTOR.fields:
            if field.is_repeated and field.message_type is None:
                message = kind()
                value = "2024-03-15" if field.type == Field.TYPE_STRING else 1
                getattr(message, field.name).append(value)
                decoded = getattr(cls(message), field.name)
                declared = hints(cls)[field.name].__args__[1].__args__[0]
                assert np.issubdtype(decoded.dtype, declared), field.name


def test_what_is_absent_is_none_and_what_is_zero_is_zero():
    book = ExposureBook(exposure_pb2.ExposureBook(call_wall=0.0))
    assert book.put_wall is None
    assert book.call_wall == 0.0
    assert book.map is None


def test_columns_are_read_only_arrays():
    cells = ExposureMap(exposure_pb2.ExposureMap(strike=[4500.0, 4510.0], expiry=["2024-03-15", "2024-03-15"]))
    assert cells.strike.dtype == np.float64
    assert cells.expiry.dtype == np.dtype("datetime64[D]")
    with pytest.raises(ValueError, match="read-only"):
        cells.strike[0] = 1.0


def test_a_column_is_decoded_once():
    cells = ExposureMap(exposure_pb2.ExposureMap(strike=[4500.0]))
    assert cells.strike is cells.strike


def test_rights_are_signs_and_other_enums_are_their_names():
    message = surface_pb2.OptionVols(
        right=[common_pb2.RIGHT_CALL, common_pb2.RIGHT_PUT],
        status=[surface_pb2.VOL_STATUS_OK, surface_pb2.VOL_STATUS_BELOW_INTRINSIC],
    )
    options = OptionVols(message)
    assert options.right.tolist() == [1, -1]
    assert options.status.tolist() == ["ok", "below_intrinsic"]
    state = ExpiryState(common_pb2.ExpiryState(settlement_style=common_pb2.SETTLEMENT_STYLE_AM, expiry="2024-03-15"))
    assert state.settlement_style == "am"
    assert state.payoff == ""
    assert state.expiry == np.datetime64("2024-03-15")


def test_instants_are_nanoseconds_and_unknown_ones_are_not_a_time():
    provenance = common_pb2.Provenance()
    provenance.as_of.seconds, provenance.as_of.nanos = 1_709_326_800, 5
    assert Provenance(provenance).as_of == np.datetime64("2024-03-01T21:00:00.000000005", "ns")
    spots = ForwardMap(exposure_pb2.ForwardMap(at=[0, 1_000_000_000]))
    assert np.isnat(spots.at[0])
    assert spots.at[1] == np.datetime64("1970-01-01T00:00:01", "ns")


def test_matrices_have_one_row_an_instant():
    message = exposure_pb2.ForwardMap(at=[1, 2], spot=[10.0, 11.0, 12.0], gamma_exposure_per_percent=range(6))
    matrix = ForwardMap(message).matrix("gamma_exposure_per_percent")
    assert matrix.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_a_book_is_found_by_its_positioning():
    exposure = Exposure(exposure_pb2.GetExposureResponse(books=[{"positioning": "a"}, {"positioning": "b"}]))
    assert exposure.book("b") == exposure.books[1]
    with pytest.raises(KeyError, match="there is a, b"):
        exposure.book("c")


def test_texts_beside_no_columns_are_a_tuple():
    assert HedgePlan(hedge_pb2.PlanHedgeResponse(reasons=["inside_band"])).reasons == ("inside_band",)


def test_maps_are_dictionaries():
    names = {
        field.name
        for kind in VIEWS.values()
        for one in kind.of
        for field in one.DESCRIPTOR.fields
        if field.message_type is not None and field.message_type.GetOptions().map_entry
    }
    assert names == {"parameters", "coin_deltas", "coin_values", "account_deltas", "evidence"}
    total = RiskTotal(risk_pb2.RiskTotal(coin_deltas={"BTC": -1.5}))
    assert (total.coin_deltas, total.coin_values) == ({"BTC": -1.5}, {})
    piece = SurfaceSlice(surface_pb2.SurfaceSlice(parameters={"rho": -0.5}))
    assert piece.parameters == {"rho": -0.5}


def test_a_slice_gives_its_variance_between_knots_and_in_both_wings():
    coefficient = [0.04, 0.0, 0.1, 0.0, 0.041, 0.02, 0.0, 0.0]
    piece = SurfaceSlice(surface_pb2.SurfaceSlice(knot=[-0.1, 0.0], coefficient=coefficient, left_slope=-0.05))
    assert piece.coefficient.shape == (2, 4)
    np.testing.assert_allclose(piece.total_variance([-0.2, -0.05, 0.5]), [0.045, 0.04025, 0.051], rtol=1e-12)


def test_a_field_that_does_not_exist_is_refused_by_name():
    with pytest.raises(AttributeError, match="Vols has no field 'volume'"):
        _ = Vols(surface_pb2.ComputeVolsResponse()).volume


def test_an_answer_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot be changed"):
        Vols(surface_pb2.ComputeVolsResponse()).spot = 1.0


def test_answers_survive_pickling_and_copying():
    book = ExposureBook(exposure_pb2.ExposureBook(positioning="a", call_wall=4500.0))
    assert pickle.loads(pickle.dumps(book)) == book
    assert copy.deepcopy(book) == book


def test_frames_hold_the_columns():
    cells = ExposureMap(exposure_pb2.ExposureMap(strike=[4500.0, 4510.0], expiry=["2024-03-15", "2024-06-21"]))
    frame = cells.to_frame()
    assert frame["strike"].tolist() == [4500.0, 4510.0]
    assert str(frame["expiry"][1].date()) == "2024-06-21"
    assert list(frame) == ["expiry", "strike"]


def test_polars_frames_hold_the_same_columns():
    cells = ExposureMap(
        exposure_pb2.ExposureMap(
            strike=[4500.0, 4510.0], expiry=["2024-03-15", "2024-06-21"], gamma_exposure_per_percent=[1.5, float("nan")]
        )
    )
    frame = cells.to_polars()
    assert frame.columns == list(cells.columns())
    assert frame["expiry"].to_list() == [dt.date(2024, 3, 15), dt.date(2024, 6, 21)]
    np.testing.assert_array_equal(frame["gamma_exposure_per_percent"].to_numpy(), [1.5, np.nan])
