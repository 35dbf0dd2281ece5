"""Whatever stands in an exchange's reply, reading it ends in a row or in the exchange's fault."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adapters.systems
from adapters.kit.manifest.check import check
from adapters.kit.mapping import ExchangeRow, Reader, ResourceRow, compile_reading
from adapters.sandbox.exchange.holdings import RESOURCES, row
from gateway.core.errors import SystemFailure
from tests.exchange.site import SYSTEM

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 10**20)
    | st.text(max_size=6)
    | st.sampled_from(["30", "A,B", "20261231"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
STANDING = {
    "applyNo": "N1",
    "applyKey": "K1",
    "status": "30",
    "fields": "a,b",
    "validUntil": "2026-12-31 00:00:00",
    "dailyLimit": 3,
    "totalLimit": None,
    "accessKey": "s",
    "opinion": "",
}


def reader(operation: str) -> Reader:
    manifest = check(Path(adapters.systems.__path__[0]) / SYSTEM).manifest
    assert manifest is not None
    return compile_reading(manifest, manifest.operations[operation], frozenset())


@pytest.fixture(scope="module")
def standing() -> Reader:
    return reader("standing")


@pytest.fixture(scope="module")
def catalogue() -> Reader:
    return reader("catalogue")


@settings(max_examples=60, deadline=None)
@given(change=st.dictionaries(st.sampled_from(sorted(STANDING)), VALUES, max_size=3))
def test_a_standing_is_read_or_marked(standing: Reader, change: dict[str, Any]) -> None:
    body = msgspec.json.encode({"resultCode": "00000", "content": STANDING | change})
    try:
        rows = standing.read_json(body).rows
    except SystemFailure:
        return
    for one in rows:
        assert isinstance(one, ExchangeRow)
        assert one.fields is None or all(isinstance(name, str) for name in one.fields)
        for count in (one.per_day, one.in_all):
            assert count is None or 0 <= count <= 10**12


@settings(max_examples=60, deadline=None)
@given(change=st.dictionaries(st.sampled_from(sorted(row(RESOURCES["GJ0000000001"]))), VALUES, max_size=3))
def test_a_resource_is_read_or_marked(catalogue: Reader, change: dict[str, Any]) -> None:
    rows = [row(RESOURCES["GJ0000000001"]) | change]
    try:
        found = catalogue.read_json(msgspec.json.encode({"resultCode": "00000", "content": {"rows": rows}})).rows
    except SystemFailure:
        return
    assert all(isinstance(one, ResourceRow) for one in found)
