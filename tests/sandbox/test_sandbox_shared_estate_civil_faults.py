"""What these three libraries have in common: faults on their connections, and readers that trust nothing."""

import contextlib
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.cert_share.replies import Refused as ShareRefused
from adapters.sandbox.cert_share.requests import read_request
from adapters.sandbox.civil_register.envelope import SoapFault, read_envelope, read_xml
from adapters.sandbox.estate.replies import Refused as EstateRefused
from adapters.sandbox.estate.requests import document_type, read_body, window
from adapters.sandbox.running import Sandbox

PATHS = {
    "shared-licences": "/queryCertInfo",
    "estate-licences": "/zzgl/zzxx",
    "civil-register": "",
}
FAULTS: list[tuple[dict[str, Any], str | type[Exception] | None]] = [
    ({"kind": "html"}, "<!DOCTYPE html>"),
    ({"kind": "latency", "ms": 1}, None),
    ({"kind": "flood", "bytes": 300_000}, " " * 200_000),
    ({"kind": "reset"}, httpx.ReadError),
    ({"kind": "truncate"}, httpx.RemoteProtocolError),
    ({"kind": "hang"}, httpx.ReadTimeout),
]


@pytest.mark.parametrize("system", PATHS)
@pytest.mark.parametrize(("fault", "seen"), FAULTS, ids=[fault["kind"] for fault, _ in FAULTS])
async def test_every_fault_of_a_connection_can_be_ordered_and_cleared(
    sandbox: Sandbox,
    http: httpx.AsyncClient,
    system: str,
    fault: dict[str, Any],
    seen: str | type[Exception] | None,
) -> None:
    url, switch = sandbox.addresses[system] + PATHS[system], f"{sandbox.control}/faults/{system}"
    healthy = (await http.post(url)).text
    await http.put(switch, json=fault)
    if isinstance(seen, type):
        with pytest.raises(seen):
            await http.post(url, timeout=0.1)
    else:
        assert (seen or healthy) in (await http.post(url)).text
    await http.delete(switch)
    assert (await http.post(url)).text == healthy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=10), below, max_size=3),
    max_leaves=10,
)


@given(raw=st.binary(max_size=200), content_type=st.text(max_size=40))
def test_any_bytes_are_a_request_or_refused(raw: bytes, content_type: str) -> None:
    for read, refusal in ((read_request, ShareRefused), (read_body, EstateRefused)):
        with contextlib.suppress(refusal):
            read(raw)
    with contextlib.suppress(SoapFault):
        read_envelope(raw, content_type)


@given(text=st.text(max_size=100))
def test_any_text_is_xml_or_nothing(text: str) -> None:
    root = read_xml(text)
    assert root is None or "<" in text


@given(body=st.fixed_dictionaries({"offset": JSON, "size": JSON, "ZJLX": JSON}))
def test_any_parameter_is_taken_within_its_bounds_or_refused(body: dict[str, object]) -> None:
    with contextlib.suppress(EstateRefused):
        shown = window(body)
        assert 0 <= shown.start < shown.stop <= shown.start + 50
    with contextlib.suppress(EstateRefused):
        assert document_type(body) in {"111", "511", "414", "001", "999"}
