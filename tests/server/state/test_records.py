"""Records: what was written whole comes back, what is torn or damaged ends the reading."""

import pytest
from gex_server.state.records import Kind, StateError, framed, header, records
from hypothesis import given
from hypothesis import strategies as st

payloads = st.lists(st.tuples(st.sampled_from(list(Kind)), st.binary(max_size=200)), max_size=8)


def read(data):
    return [(record.kind, record.payload) for record in records(data, "file")]


def test_a_record_is_length_checksum_kind_payload():
    # CRC-32 of 08 61 is 0x3d5b7b9e by the polynomial of IEEE 802.3 (zlib)
    import zlib

    assert framed(Kind.START, b"a") == b"\1\0\0\0" + zlib.crc32(b"\x08a").to_bytes(4, "little") + b"\x08a"


@given(written=payloads)
def test_what_was_written_comes_back(written):
    data = header() + b"".join(framed(kind, payload) for kind, payload in written)
    assert read(data) == written


@given(written=payloads, share=st.floats(0.0, 1.0))
def test_of_a_torn_file_what_was_whole_comes_back(written, share):
    body = b"".join(framed(kind, payload) for kind, payload in written)
    found = read(header() + body[: int(share * len(body))])
    assert found == written[: len(found)]
    if share == 1.0:
        assert len(found) == len(written)


@given(written=payloads.filter(bool), place=st.floats(0.0, 0.999), change=st.integers(1, 255))
def test_a_changed_byte_ends_the_reading_before_it(written, place, change):
    body = bytearray(b"".join(framed(kind, payload) for kind, payload in written))
    at = int(place * len(body))
    body[at] ^= change
    found = read(header() + bytes(body))
    assert found == written[: len(found)]
    assert len(found) < len(written)


@pytest.mark.parametrize("data", [b"", b"GEX", b"PK\3\4 something else", b"GEXSTATE\2\0\0\0"])
def test_other_files_and_newer_formats_are_refused(data):
    with pytest.raises(StateError):
        list(records(data, "file"))
