"""Sealing in requests and replies: each value in the system's own spelling, and what is not clear is told as such."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.kit.http import multipart_body
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.sealing import SealState
from adapters.kit.mapping import LogRow, Scope, Sealing, SealingRow, compile_reading, compile_request
from adapters.kit.plain import FilePart
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import CHINA, Deadline
from gateway.core.seals.place import Across, Keyword, Point

Manifests = Callable[..., Manifest]
Built = Callable[..., dict[str, object]]
CALL = Call(request_id="r", caller=Caller(Application("a", "A")), deadline=Deadline(9.0))
POINT = Sealing(
    key="K", place=Point(2, 10.0, 25.4), day=date(2026, 3, 2), document=b"PDF", media_type="application/pdf"
)


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


@pytest.fixture
def build(manifest_of: Manifests) -> Built:
    def run(sealing: Sealing | None, **fields: Any) -> dict[str, object]:
        manifest = manifest_of(request=fields)
        scope = Scope(call=CALL, secrets=NoSecrets(), now=datetime(2026, 3, 2, tzinfo=UTC), sealing=sealing)
        return compile_request(manifest.operations["query"].request, manifest).build(scope)

    return run


@pytest.fixture
def read(manifest_of: Manifests) -> Callable[[dict[str, Any], object], Any]:
    def run(response: dict[str, Any], data: object) -> Any:
        manifest = manifest_of(response={"each": "data", **response})
        reader = compile_reading(manifest, manifest.operations["query"], frozenset())
        return reader.read_json(json.dumps({"ack": "0", "data": data}).encode()).rows[0]

    return run


@pytest.mark.parametrize(
    ("unit", "decimals", "sent"),
    [("mm", 2, 25.4), ("cm", 1, 2.5), ("pt", 2, 72.0), ("px", 0, 96), ("0.1mm", 0, 254)],
)
def test_a_length_is_sent_in_the_systems_unit(build: Built, unit: str, decimals: int, sent: float) -> None:
    built = build(POINT, y={"length": "sealing.y", "unit": unit, "decimals": decimals})

    assert built == {"y": sent}
    assert type(built["y"]) is type(sent)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (Point(-1, 1.0, 2.0), {"how": "point", "page": -1, "x": 1.0, "word": None, "across": None}),
        (Keyword("盖章处"), {"how": "keyword", "page": None, "x": None, "word": "盖章处", "across": None}),
        (Across(), {"how": "across", "page": None, "x": None, "word": None, "across": "across"}),
        (None, {"how": None, "page": None, "x": None, "word": None, "across": None}),
    ],
    ids=repr,
)
def test_each_kind_of_place_says_what_it_has(build: Built, place: Any, told: dict[str, object]) -> None:
    built = build(
        Sealing(place=place),
        how="sealing.placing",
        page="sealing.page",
        x={"length": "sealing.x", "unit": "mm"},
        word="sealing.keyword",
        across="sealing.across",
    )

    assert built == told


def test_the_day_of_a_log_is_written_in_the_systems_form(build: Built) -> None:
    built = build(POINT, day={"date": "sealing.day", "as": "yyyy/MM/dd"}, iso="sealing.day")

    assert built == {"day": "2026/03/02", "iso": "2026-03-02"}
    assert build(None, day={"date": "sealing.day", "as": "yyyy"}) == {"day": None}


def test_a_document_is_a_file_of_its_own_type(build: Built) -> None:
    part = build(POINT, f={"file": "sealing.document", "name": "a.pdf"})["f"]

    assert part == FilePart(b"PDF", "a.pdf", "application/pdf")
    assert "PDF" not in repr(part)
    assert build(Sealing(), f={"file": "sealing.document"}) == {"f": None}


def test_a_form_holds_fields_and_files_as_they_are() -> None:
    body = multipart_body({"no": 7, "name": "盖章", "left out": None, "f": FilePart(b"\r\n--x", "a", "b/c")}, "GB18030")

    boundary = body.content_type.removeprefix("multipart/form-data; boundary=")
    parts = body.content.split(b"--" + boundary.encode())
    assert len(boundary) == 32
    assert parts[1] == b'\r\nContent-Disposition: form-data; name="no"\r\n\r\n7\r\n'
    assert parts[2].endswith("\r\n\r\n盖章\r\n".encode("gb18030"))
    assert parts[3].endswith(b'name="f"; filename="a"\r\nContent-Type: b/c\r\n\r\n\r\n--x\r\n')
    assert parts[4] == b"--\r\n"


def test_what_became_of_a_request_is_read(read: Callable[[dict[str, Any], object], SealingRow]) -> None:
    sealing = {
        "state": "st",
        "key": "k",
        "number": "n",
        "document": "doc",
        "documentUrl": "url",
        "signature": "sig",
        "signatureAs": "hex",
        "retryAfter": "wait",
    }
    document = base64.b64encode(b"sealed" * 9_000).decode()

    row = read(
        {"sealing": sealing}, {"st": "DONE", "k": "K", "n": 7, "doc": document, "url": " /f ", "sig": "0AfF", "wait": 3}
    )

    assert (row.state, row.key, row.number, row.retry_after) == (SealState.DONE, "K", "7", "3")
    assert (row.document, row.document_url, row.signature) == (b"sealed" * 9_000, "/f", b"\x0a\xff")
    assert row.warnings == ()
    assert "K" not in repr(row)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"st": "done"}, "state"),
        ({"st": "DONE", "doc": "%%%"}, "document"),
        ({"st": "DONE", "sig": "xy"}, "signature"),
        ({"st": "DONE", "url": "x" * 5_000}, "document_url"),
    ],
)
def test_what_cannot_be_read_is_a_warning(
    read: Callable[[dict[str, Any], object], SealingRow], data: dict[str, str], field: str
) -> None:
    sealing = {"state": "st", "document": "doc", "documentUrl": "url", "signature": "sig", "signatureAs": "hex"}

    row = read({"sealing": sealing}, data)

    assert [warned.field for warned in row.warnings] == [field]
    assert (row.state is SealState.UNKNOWN) is (field == "state")
    assert (row.document, row.signature, row.document_url) == (None, None, None)


def test_a_constant_state_is_that_of_every_reply(read: Callable[[dict[str, Any], object], SealingRow]) -> None:
    assert read({"sealing": {"state": {"value": "PENDING"}}}, {"x": 1}).state is SealState.PENDING


def test_a_line_of_a_log_is_read(read: Callable[[dict[str, Any], object], LogRow]) -> None:
    log = {
        "number": "n",
        "seal": "s",
        "at": {"date": "t", "as": ("yyyyMMddHHmmss", "epochMillis")},
        "key": {"first": ("k", "memo")},
        "before": "b",
    }

    row = read({"log": log}, {"n": "1", "s": "S", "t": "20260302120000", "memo": "K", "b": "AB"})

    assert (row.number, row.seal, row.key, row.before, row.after) == ("1", "S", "K", "AB", None)
    assert row.at == datetime(2026, 3, 2, 12, tzinfo=CHINA)
