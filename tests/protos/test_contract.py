"""The contract: generated code is what the protos say, every field is explained, the names that scripts read stay."""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2, watch_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    module.DESCRIPTOR for module in (common_pb2, chain_pb2, surface_pb2, exposure_pb2, risk_pb2, hedge_pb2, watch_pb2)
]
LEVELS = {"Wall", "MaxPain"}  # answers that are one strike, not tables of them


def all_messages():
    return [message for file in FILES for message in file.message_types_by_name.values()]


def test_generating_again_gives_the_committed_bytes(tmp_path):
    subprocess.run([sys.executable, str(ROOT / "tools" / "generate_protos.py"), str(tmp_path)], check=True, timeout=120)
    committed = ROOT / "clients" / "python" / "gexapi"

    def names(folder):
        return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)

    generated = names(tmp_path / "gexapi")
    assert generated == names(committed)
    _, differing, missing = filecmp.cmpfiles(tmp_path / "gexapi", committed, generated, shallow=False)
    assert (differing, missing) == ([], [])


def test_buf_finds_nothing_to_object_to():
    buf = Path(sys.executable).with_name("buf")
    program = str(buf) if buf.exists() else shutil.which("buf")
    assert program, "buf is missing: pip install buf-bin"
    done = subprocess.run([program, "lint"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def broken(contract):
    """What buf says of a contract beside the last release; nothing where every client of it is still understood."""
    buf = Path(sys.executable).with_name("buf")
    program = str(buf) if buf.exists() else shutil.which("buf")
    assert program, "buf is missing: pip install buf-bin"
    released = max((ROOT / "protos" / "released").glob("*.binpb.gz"))
    command = [program, "breaking", "--against", str(released)]
    return subprocess.run(command, cwd=contract, capture_output=True, text=True, timeout=120).stdout


def test_a_client_of_the_last_release_is_still_understood():
    assert broken(ROOT) == ""


def test_a_field_that_is_renumbered_or_gone_is_refused(tmp_path):
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    file = tmp_path / "protos" / "gexapi" / "v1" / "watch.proto"
    text = file.read_text()
    assert text.count("string cancel = 3;") == 1
    file.write_text(text.replace("string cancel = 3;", "string cancel = 5;"))
    assert "cancel" in broken(tmp_path)


def test_everything_in_the_contract_carries_a_comment(tmp_path):
    target = tmp_path / "set.bin"
    names = [file.name for file in FILES]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={ROOT / 'protos'}", "--include_source_info"]
    subprocess.run([*command, f"--descriptor_set_out={target}", *names], check=True, timeout=120)
    described = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())
    uncommented = []
    for file in described.file:
        for location in file.source_code_info.location:
            path = tuple(location.path)
            # (4, message)(, 2, field) · (5, enum)(, 2, value) · (6, service)(, 2, call), nested messages not used
            if path[:1] in ((4,), (5,), (6,)) and (len(path) == 2 or (len(path) == 4 and path[2] == 2)):
                comment = location.leading_comments.strip() or location.trailing_comments.strip()
                if len(comment) < 5:
                    uncommented.append((file.name, path, location.span[0] + 1))
    assert len(described.file) == len(FILES)
    assert uncommented == []


def test_no_message_is_nested_so_that_the_comment_test_sees_them_all():
    nested = [
        inner.full_name
        for message in all_messages()
        for inner in message.nested_types
        if not inner.GetOptions().map_entry
    ]
    assert nested == []


def test_anything_with_a_strike_is_columns():
    singular = [
        field.full_name
        for message in all_messages()
        for field in message.fields
        if field.name == "strike" and not field.is_repeated and message.name not in LEVELS
    ]
    assert singular == []


def test_number_columns_beside_a_strike_have_a_fixed_width():
    """So that a column is encoded and decoded as bytes; enums stay below 128 and are one byte each."""
    kinds = {
        FieldDescriptor.TYPE_DOUBLE,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED32,
        FieldDescriptor.TYPE_ENUM,
        FieldDescriptor.TYPE_BOOL,
        FieldDescriptor.TYPE_STRING,
        FieldDescriptor.TYPE_MESSAGE,
    }
    varying = [
        field.full_name
        for message in all_messages()
        if any(field.name == "strike" and field.is_repeated for field in message.fields)
        for field in message.fields
        if field.is_repeated and field.type not in kinds
    ]
    assert varying == []
    assert max(value.number for file in FILES for e in file.enum_types_by_name.values() for value in e.values) < 128


def test_both_exposure_answers_have_the_same_fields():
    def shape(message):
        return [(f.name, f.number, f.type, f.is_repeated, f.message_type) for f in message.DESCRIPTOR.fields]

    assert shape(exposure_pb2.ComputeExposureResponse) == shape(exposure_pb2.GetExposureResponse)


DESIGN_CALLS = {
    "ChainService": ["PublishChain", "StreamUpdates", "GetChain", "ListUnderlyings", "GetInventory", "GetBook"],
    "SurfaceService": ["ComputeVols", "GetSurface", "EvaluateVols"],
    "ExposureService": ["ComputeExposure", "GetExposure", "WatchExposure"],
    "RiskService": ["ComputeRisk", "ComputeScenarios", "WatchRisk"],
    "HedgeService": ["PlanHedge", "HedgeSession", "ReportFill", "SetOverride", "ListDecisions"],
    "WatchService": ["Watch"],
}


def test_the_services_are_those_of_the_design():
    services = {name: [m.name for m in s.methods] for file in FILES for name, s in file.services_by_name.items()}
    assert services == DESIGN_CALLS


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (
            exposure_pb2.ComputeExposureResponse,
            (
                "spot revision books expiries rejects books.positioning books.gamma_exposure_per_percent"
                " books.call_gamma_exposure_per_percent books.put_gamma_exposure_per_percent books.gamma_flips.price"
                " books.gamma_flips.slope books.call_wall books.put_wall books.map.expiry books.map.strike"
                " books.profile.spot books.profile.gamma_exposure_per_percent rejects.reason rejects.count"
            ),
        ),
        (
            surface_pb2.ComputeVolsResponse,
            (
                "expiries.expiry expiries.settlement expiries.time_to_expiry expiries.forward expiries.discount_factor"
                " options.expiry options.strike options.right options.bid_vol options.mid_vol options.ask_vol"
                " options.status options.delta options.gamma options.vega options.theta options.rho rejects.reason"
            ),
        ),
        (
            hedge_pb2.PlanHedgeResponse,
            (
                "orders.instrument orders.contracts residual_delta band.trigger band.target band.bound_by"
                " trigger_prices costs.total reasons"
            ),
        ),
    ],
)
def test_the_names_that_scripts_read_exist(message, names):
    for name in names.split():
        descriptor = message.DESCRIPTOR
        for part in name.split("."):
            field = descriptor.fields_by_name[part]
            descriptor = field.message_type


def test_a_level_that_may_be_missing_has_presence():
    book = exposure_pb2.ExposureBook.DESCRIPTOR.fields_by_name
    assert all(book[name].has_presence for name in ("gamma_flip", "call_wall", "put_wall", "absolute_gamma_strike"))


def test_no_field_is_a_python_keyword():
    import keyword

    assert [f.full_name for m in all_messages() for f in m.fields if keyword.iskeyword(f.name)] == []
