import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Reader, columns, compile_reading
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, NO_END, ROW_FIELDS, FaceField, Holder, LicenceState, Warned
from gateway.core.outcome import Fault, Outcome

Readers = Callable[..., Reader]

ROW: dict[str, Any] = {
    "code": " L-1 ",
    "kind": "1",
    "title": "null",
    "fallback": {"title": "营业执照"},
    "no": "000000000012345678",
    "ids": "A1,,A3",
    "names": "甲,乙,丙",
    "idTypes": "1,2,1",
    "issuer": {"@code": "11110000000021135M", "name": "示例局"},
    "issued": "2024-02-29",
    "until": "2099/12/31",
    "status": "01",
    "reason": "",
    "groups": [
        {"fields": [{"key": "k1", "@label": "标签", "value": "v1"}, {"key": "k2", "value": None}]},
        {"fields": {"key": "k3", "value": "v3"}},
    ],
    "at": "20240229235959",
    "unwanted": {"deep": [1, 2, 3]},
}


def reply(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"ack": "SUCCESS", "data": {"list": list(rows)}, **more}


def read(reader: Reader, document: Any) -> Any:
    return reader.read_json(json.dumps(document).encode())


def test_a_row_is_read_with_every_field(reader_of: Readers, as_xml: Callable[[Any], Any]) -> None:
    reader = reader_of(*ROW_FIELDS)
    expected = {
        "identifier": "L-1",
        "type": "111",
        "type_name": None,
        "number": "000000000012345678",
        "name": "营业执照",
        "holders": (Holder("111", "A1", "甲"), Holder("001", None, "乙"), Holder("111", "A3", "丙")),
        "issuer": "11110000000021135M",
        "issuer_name": "示例局",
        "issued_on": date(2024, 2, 29),
        "valid_from": None,
        "valid_until": NO_END,
        "state": LicenceState.VALID,
        "raw_state": "01",
        "state_reason": None,
        "face": (FaceField("k1", "标签", "v1"), FaceField("k2"), FaceField("k3", None, "v3")),
        "as_of": datetime(2024, 2, 29, 15, 59, 59, tzinfo=UTC),
        "warnings": (),
        "detail": None,
    }
    for reading in (read(reader, reply(ROW)), reader.read_xml(as_xml(reply(ROW)))):
        assert reading.accepted is True
        assert [msgspec.structs.asdict(row) for row in reading.rows] == [expected]


def test_a_row_has_the_wanted_fields_and_the_keys_and_nothing_else(reader_of: Readers) -> None:
    (row,) = read(reader_of("name"), reply(ROW)).rows
    assert set(row.__struct_fields__) == KEY_FIELDS | {"name", "warnings", "detail"}


def test_a_field_that_is_not_mapped_is_there_and_none(reader_of: Readers) -> None:
    (row,) = read(reader_of("valid_from", "face", face=None, state=None), reply(ROW)).rows
    assert (row.valid_from, row.face, row.state, row.raw_state) == (None, None, LicenceState.UNKNOWN, None)


def test_an_unknown_field_cannot_be_wanted(reader_of: Readers) -> None:
    with pytest.raises(ValueError, match="colour"):
        reader_of("colour")


@pytest.mark.parametrize(
    ("listed", "count"), [([], 0), (None, 0), ("", 0), ("null", 0), ([ROW], 1), (ROW, 1), ([ROW, ROW], 2)]
)
def test_one_element_or_none_is_read_like_a_list(
    reader_of: Readers, as_xml: Callable[[Any], Any], listed: Any, count: int
) -> None:
    document = {"ack": "SUCCESS", "data": {"list": listed}}
    reader = reader_of("name")
    assert len(read(reader, document).rows) == count
    assert len(reader.read_xml(as_xml(document)).rows) == count


def test_rows_may_be_the_reply_itself(manifest_of: Callable[..., Manifest]) -> None:
    manifest = manifest_of(response={"each": ".", "identifier": "code"}).model_copy(update={"success": None})
    reader = compile_reading(manifest, manifest.operations["query"], frozenset())
    reading = reader.read_json(b'[{"code":"a"},{"code":"b"}]')
    assert reading.accepted is None
    assert [row.identifier for row in reading.rows] == ["a", "b"]
    assert [row.identifier for row in reader.read_json(b'{"code":"a"}').rows] == ["a"]


def test_elements_that_are_no_objects_are_dropped_and_counted(reader_of: Readers) -> None:
    reading = read(reader_of("name"), reply(ROW, 7, "text", [ROW]))
    assert (len(reading.rows), reading.dropped) == (1, 3)


def test_rows_are_cut_at_the_limit(reader_of: Readers) -> None:
    reading = read(reader_of(), reply(*[ROW] * 51))
    assert (len(reading.rows), reading.truncated) == (50, True)


@pytest.mark.parametrize(("total", "counted", "truncated"), [("3", 3, True), (1, 1, False), ("many", None, False)])
def test_a_silent_cut_off_is_seen_in_the_total(
    reader_of: Readers, total: Any, counted: int | None, truncated: bool
) -> None:
    document = reply(ROW)
    document["data"]["total"] = total
    reading = read(reader_of(), document)
    assert (reading.total, reading.truncated) == (counted, truncated)


def test_a_refusal_has_code_message_and_extras_but_no_rows(reader_of: Readers, as_xml: Callable[[Any], Any]) -> None:
    document = reply(ROW, errors=[{"code": "E401", "message": "会话过期"}], token="T")
    document["ack"] = "FAILURE"
    reader = reader_of(extras={"expired": "errors.0.code", "token": "token", "absent": "a.b"})
    for reading in (read(reader, document), reader.read_xml(as_xml(document))):
        assert (reading.status, reading.accepted, reading.rows) == ("FAILURE", False, ())
        assert (reading.code, reading.message) == ("E401", "会话过期")
        assert reading.extras == {"expired": "E401", "token": "T", "absent": None}
        assert "T'" not in repr(reading)


@pytest.mark.parametrize(("status", "accepted"), [(0, True), ("0", True), ("1", False), (None, False), (True, False)])
def test_success_is_compared_as_text(reader_of: Readers, status: Any, accepted: bool) -> None:
    assert read(reader_of(), {"ack": status}).accepted is accepted


@pytest.mark.parametrize(
    "number", ["123456789012345678", "1.10", "-0.50", "1234567890123456789012345", "12345678901234567.25"]
)
def test_a_number_keeps_its_digits(reader_of: Readers, number: str) -> None:
    body = f'{{"ack":0,"data":{{"list":[{{"no":{number}}}]}}}}'.encode()
    assert reader_of().read_json(body).rows[0].number == number


def test_a_byte_order_mark_is_no_content(reader_of: Readers) -> None:
    assert reader_of().read_json(b'\xef\xbb\xbf{"ack":0}').accepted is True


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"kind": "9"}, "type", "unknown-code"),
        ({"status": "77"}, "state", "unknown-code"),
        ({"status": {"a": 1}}, "state", "not-a-text"),
        ({"issued": "2023-02-29"}, "issued_on", "impossible-date"),
        ({"issued": "soon"}, "issued_on", "not-a-date"),
        ({"no": ["1", "2"]}, "number", "several-values"),
        ({"no": "x" * 10_001}, "number", "too-long"),
        ({"ids": "A1,A2"}, "holders", "unequal-parts"),
        ({"idTypes": "1,8,1"}, "holders", "unknown-code"),
        ({"groups": [{"fields": [{"value": "v"}]}]}, "face", "name-missing"),
        ({"issuer": "text"}, "issuer", "not-a-text"),
    ],
)
def test_a_dirty_value_costs_itself_and_is_reported(
    reader_of: Readers, change: dict[str, Any], field: str, reason: str
) -> None:
    reader = reader_of(*ROW_FIELDS)
    clean, dirty, after = read(reader, reply(ROW, {**ROW, **change}, ROW)).rows
    assert Warned(field, reason) in dirty.warnings
    assert clean == after == read(reader, reply(ROW)).rows[0]
    touched = {warned.field for warned in dirty.warnings} | {"raw_state", "warnings"}
    assert all(getattr(dirty, name) == getattr(clean, name) for name in ROW_FIELDS if name not in touched)


def test_a_raw_code_is_kept_when_nobody_knows_it(reader_of: Readers) -> None:
    (row,) = read(reader_of(), reply({**ROW, "kind": "9", "status": "77"})).rows
    assert (row.type, row.state, row.raw_state) == ("9", LicenceState.UNKNOWN, "77")


def test_holders_fit_as_far_as_their_columns_go(reader_of: Readers) -> None:
    (row,) = read(reader_of(), reply({**ROW, "ids": "A1,A2", "idTypes": "2"})).rows
    assert row.holders == (Holder("001", "A1", "甲"), Holder("001", "A2", "乙"))


def test_one_type_is_meant_for_all_holders(reader_of: Readers) -> None:
    (row,) = read(reader_of(), reply({**ROW, "idTypes": "2"})).rows
    assert [holder.type for holder in row.holders] == ["001"] * 3
    assert row.warnings == ()


def test_holders_may_be_elements(reader_of: Readers, as_xml: Callable[[Any], Any]) -> None:
    row = {"code": "L", "people": {"person": [{"id": "1", "n": "甲"}, {"id": "2", "n": "乙"}]}}
    holders = {"each": "people.person[]", "number": "id", "name": "n", "type": {"value": "111"}}
    reader = reader_of(holders=holders)
    for reading in (read(reader, reply(row)), reader.read_xml(as_xml(reply(row)))):
        assert reading.rows[0].holders == (Holder("111", "1", "甲"), Holder("111", "2", "乙"))


def test_the_element_itself_may_be_the_value(reader_of: Readers, as_xml: Callable[[Any], Any]) -> None:
    reader = reader_of(holders={"each": "id[]", "number": "."})
    row = {"code": "L", "id": ["1", "2"]}
    for reading in (read(reader, reply(row)), reader.read_xml(as_xml(reply(row)))):
        assert reading.rows[0].holders == (Holder(None, "1"), Holder(None, "2"))


@pytest.mark.parametrize(
    ("written", "face", "reasons"),
    [
        ('{"XM":"张某","NL":1.10,"D":{"a":[1.10,true]},"N":null}', ["张某", "1.10", '{"a":[1.10,true]}', None], []),
        ('"{\\"XM\\":\\"twice\\"}"', ["twice"], []),
        ("", None, []),
        ("{}", None, []),
        ("{broken", None, ["not-json"]),
        ("[1]", None, ["not-an-object"]),
        ("[" * 5000, None, ["too-deep"]),
        (json.dumps({str(number): "v" for number in range(501)}), ["v"] * 500, ["too-many"]),
        (json.dumps({"a": "x" * 10_001, "b": "y"}), ["x" * 10_000, "y"], ["too-long"]),
    ],
)
def test_a_face_is_read_from_json_in_a_string(
    reader_of: Readers, written: str, face: list[str | None] | None, reasons: list[str]
) -> None:
    (row,) = read(reader_of("face", face={"json": "fields"}), reply({**ROW, "fields": written})).rows
    assert (None if row.face is None else [field.value for field in row.face]) == face
    assert [warned.reason for warned in row.warnings] == reasons


def test_a_face_is_read_from_an_inline_object(reader_of: Readers, as_xml: Callable[[Any], Any]) -> None:
    row = {**ROW, "fields": {"姓名": "甲", "住址": {"省": "某省"}, "空": ""}}
    reader = reader_of("face", face={"entries": "fields"})
    for reading in (read(reader, reply(row)), reader.read_xml(as_xml(reply(row)))):
        assert reading.rows[0].face == (
            FaceField("姓名", None, "甲"),
            FaceField("住址", None, '{"省":"某省"}'),
            FaceField("空"),
        )


def test_values_for_a_detail_call_are_read_only_when_it_is_needed(reader_of: Readers) -> None:
    detail = {"operation": "query", "with": {"code": "no", "lost": "nowhere"}, "gives": ("stateReason",)}
    assert read(reader_of("name", detail=detail), reply(ROW)).rows[0].detail is None
    (row,) = read(reader_of("state_reason", detail=detail), reply(ROW)).rows
    assert row.detail == {"code": "000000000012345678", "lost": None}


def test_a_row_shows_nobody_in_its_repr(reader_of: Readers) -> None:
    assert "甲" not in repr(read(reader_of(*ROW_FIELDS), reply(ROW)).rows)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "no JSON"),
        (b"<html></html>", "no JSON"),
        (b'{"ack":0,"data":{"list":[', "no JSON"),
        (b'{"ack":0} trailing', "no JSON"),
        (b'{"ack":"\xff"}', "no JSON"),
        (b"[" * 100_000, "too deep"),
        (b'{"other":' + b"[" * 100_000, "too deep"),
        (b'{"ack":{"a":1}}', "at ack"),
        (b'{"ack":[1,2]}', "at ack"),
        (b'"words"', "at ack"),
        (b'{"ack":0,"data":"words"}', "at data.list[]"),
        (b'{"ack":0,"data":[{"list":[]},{"list":[]}]}', "at data.list[]"),
        (b'{"ack":0,"data":{"list":"words"}}', "at data.list[]"),
    ],
)
def test_a_reply_that_cannot_be_read_says_where_but_not_what(reader_of: Readers, body: bytes, where: str) -> None:
    with pytest.raises(SystemFailure) as failed:
        reader_of("name").read_json(body)
    assert (failed.value.outcome, failed.value.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert where in failed.value.notice
    assert "words" not in failed.value.notice


def test_only_wanted_fields_are_converted(reader_of: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[str] = []
    original = columns.Column.read

    def counting(self: columns.Column, *args: Any) -> Any:
        converted.append(self.field)
        return original(self, *args)

    monkeypatch.setattr(columns.Column, "read", counting)
    read(reader_of("issued_on"), reply(ROW))
    assert set(converted) == {"issued_on"} | (KEY_FIELDS - {"raw_state"})
    assert len(converted) == len(set(converted))


def test_unwanted_names_are_not_even_decoded(reader_of: Readers) -> None:
    # Bytes that are no UTF-8 would fail the moment anybody looked at them.
    body = b'{"ack":0,"data":{"list":[{"code":"L","reason":"\xff","unwanted":"\xff"}]}}'
    assert reader_of("name").read_json(body).rows[0].identifier == "L"
    with pytest.raises(SystemFailure):
        reader_of("state_reason").read_json(body)


@pytest.mark.parametrize(
    ("until", "end"), [("", NO_END), (None, NO_END), ("null", NO_END), ("2030-01-02", date(2030, 1, 2))]
)
def test_an_empty_end_may_mean_that_there_is_none(reader_of: Readers, until: str | None, end: date) -> None:
    reader = reader_of("valid_until", validUntil={"date": "until", "as": "yyyy-MM-dd", "noEnd": ("",)})
    (row,) = read(reader, reply({"code": "L", "until": until})).rows
    assert (row.valid_until, row.warnings) == (end, ())
    (row,) = read(reader, reply({"code": "L"})).rows
    assert row.valid_until == NO_END


@pytest.mark.parametrize("status", [0, "0", " 0 ", "SUCCESS"])
def test_success_is_told_by_numbers_and_texts_alike(reader_of: Readers, status: Any) -> None:
    assert read(reader_of(), {"ack": status, "data": {"list": []}}).accepted is True
