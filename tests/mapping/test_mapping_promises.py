"""What holds for every reply, whatever a system sends."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.kit.mapping import Reader
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, LicenceState, Warned

Readers = Callable[..., Reader]
bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=6)
TEXTS = st.none() | WORDS | st.sampled_from(["", " ", "null", "01", "1", "2", "99", "a,b", "a,,b", "1,2,1", "长期"])
DATES = TEXTS | st.sampled_from(
    ["2024-02-29", "2023-02-29", "2024/01/02", "2099/12/31", "20240102030405", "1709222400000"]
)
FIELD = st.fixed_dictionaries({"key": TEXTS, "value": TEXTS}, optional={"@label": WORDS})
GROUP = st.fixed_dictionaries({"fields": st.lists(FIELD, max_size=3) | FIELD})
ROW = st.fixed_dictionaries(
    {"code": WORDS.map("L{}".format)},
    optional={
        **dict.fromkeys(["kind", "title", "no", "ids", "names", "idTypes", "status", "reason", "other"], TEXTS),
        **dict.fromkeys(["issued", "until", "at"], DATES),
        "fallback": st.fixed_dictionaries({"title": TEXTS}),
        "issuer": st.fixed_dictionaries({"name": TEXTS, "@code": WORDS}),
        "groups": st.lists(GROUP, max_size=3) | GROUP,
    },
)
REPLY = st.fixed_dictionaries(
    {"ack": st.sampled_from(["SUCCESS", "0", "1", "", None])},
    optional={
        "data": st.fixed_dictionaries({"list": st.lists(ROW, max_size=4) | ROW | st.none(), "total": TEXTS}),
        "errors": st.lists(st.fixed_dictionaries({"code": TEXTS, "message": TEXTS}), max_size=2),
    },
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=3),
    max_leaves=5,
)


@bounded
@given(REPLY)
def test_json_and_the_same_in_xml_are_read_alike(
    reader_of: Readers, as_xml: Callable[[Any], Any], document: dict[str, Any]
) -> None:
    reader = reader_of(*ROW_FIELDS, extras={"extra": "errors.1.code"})
    from_json, from_xml = reader.read_json(json.dumps(document).encode()), reader.read_xml(as_xml(document))
    assert from_json.rows == from_xml.rows
    assert from_json == from_xml


@bounded
@given(REPLY, st.frozensets(st.sampled_from(ROW_FIELDS)))
def test_reading_fewer_fields_is_reading_all_and_leaving_out(
    reader_of: Readers, document: dict[str, Any], wanted: frozenset[str]
) -> None:
    body = json.dumps(document).encode()
    whole, part = reader_of(*ROW_FIELDS).read_json(body), reader_of(*wanted).read_json(body)
    assert len(whole.rows) == len(part.rows)
    for full, some in zip(whole.rows, part.rows, strict=True):
        kept = wanted | KEY_FIELDS
        assert all(getattr(full, name) == getattr(some, name) for name in kept)
        assert some.warnings == tuple(warned for warned in full.warnings if warned.field in kept)


SAID = {"": None, "null": None, "NULL": None}
"""How a text reads that says nothing; every other one reads as itself, trimmed."""


@bounded
@given(
    (TEXTS | st.booleans() | st.sampled_from(["是", " Y ", "N", "NULL", "0007"])).map(json.dumps)
    | st.from_regex(r"\A(0|[1-9][0-9]{0,24})(\.[0-9]{1,4})?\Z")
)
@example(written="1.50")
@example(written="true")
@example(written='" null "')
def test_a_single_value_is_the_text_that_was_written(reader_of: Readers, written: str) -> None:
    text = json.loads(written) if written.startswith('"') else written
    expected = SAID.get(text.strip(), text.strip())
    reader = reader_of("number")
    for value in (written, f"[{written}]", f'[null, {written}, ""]'):
        (row,) = reader.read_json(f'{{"ack": "0", "data": {{"list": [{{"code": "L", "no": {value}}}]}}}}'.encode()).rows
        assert (row.number, row.warnings) == (expected, ())


@bounded
@given(kind=TEXTS, status=TEXTS)
@example(kind="1", status="01")
@example(kind="9", status="77")
def test_a_code_is_translated_or_stays_as_it_came_and_is_told(
    reader_of: Readers, kind: str | None, status: str | None
) -> None:
    row = {"code": "L", "kind": kind, "status": status}
    (read,) = reader_of("type", "state").read_json(json.dumps({"ack": "0", "data": {"list": [row]}}).encode()).rows
    raw_kind, raw_status = (None if raw is None else SAID.get(raw.strip(), raw.strip()) for raw in (kind, status))
    types, states = {"1": "111", "2": "001"}, {"01": LicenceState.VALID, "10": LicenceState.VALID}
    assert read.type == types.get(str(raw_kind), raw_kind)
    assert (read.state, read.raw_state) == (states.get(str(raw_status), LicenceState.UNKNOWN), raw_status)
    unknown = {"type": raw_kind not in {None, *types}, "state": raw_status not in {None, *states}}
    assert set(read.warnings) == {Warned(name, "unknown-code") for name, told in unknown.items() if told}


READS = {
    "kind": {"type"},
    "title": {"name"},
    "fallback": {"name"},
    "no": {"number"},
    "ids": {"holders"},
    "names": {"holders"},
    "idTypes": {"holders"},
    "issuer": {"issuer", "issuer_name"},
    "issued": {"issued_on"},
    "until": {"valid_until"},
    "status": {"state", "raw_state"},
    "reason": {"state_reason"},
    "groups": {"face"},
    "at": {"as_of"},
    "other": set(),
}
"""Which canonical fields each name of the legacy row can touch."""


@bounded
@given(ROW, st.sampled_from(sorted(READS)), JUNK)
def test_junk_in_one_place_costs_only_what_is_read_from_there(
    reader_of: Readers, row: dict[str, Any], place: str, junk: Any
) -> None:
    reader = reader_of(*ROW_FIELDS)
    clean, dirty = (
        reader.read_json(json.dumps({"ack": "0", "data": {"list": [one]}}).encode()).rows[0]
        for one in (row, {**row, place: junk})
    )
    for name in set(ROW_FIELDS) - READS[place]:
        assert getattr(clean, name) == getattr(dirty, name)
    assert {warned.field for warned in dirty.warnings} <= READS[place] | {warned.field for warned in clean.warnings}


@bounded
@given(REPLY, st.integers(0, 200), JUNK)
def test_junk_anywhere_is_read_or_refused_but_never_a_defect(
    reader_of: Readers, document: dict[str, Any], number: int, junk: Any
) -> None:
    broken = copy.deepcopy(document)
    holders = list(_containers(broken))
    container, key = holders[number % len(holders)]
    container[key] = junk
    for changed in ({"face": {"json": "groups"}}, {"face": {"entries": "issuer"}}, {}):
        try:
            reader_of(*ROW_FIELDS, **changed).read_json(json.dumps(broken).encode())
        except SystemFailure as failure:
            assert "shape" in failure.notice  # noqa: PT017 - both ends of the alternative are promises


@bounded
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:ack0listdata ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(reader_of: Readers, body: bytes) -> None:
    try:
        reader_of(*ROW_FIELDS).read_json(body)
    except SystemFailure as failure:
        assert failure.notice  # noqa: PT017 - both ends of the alternative are promises


TAGS = st.sampled_from(["ack", "data", "list", "code", "groups", "fields", "issuer", "errors", "ids"])


@bounded
@given(
    st.recursive(
        WORDS.map(lambda word: ("text", word)) | TAGS.map(lambda tag: ("leaf", tag)),
        lambda below: st.tuples(TAGS, st.lists(below, max_size=4)),
        max_leaves=20,
    )
)
def test_any_elements_are_read_or_refused(reader_of: Readers, tree: Any) -> None:
    root = etree.Element("reply")
    _grow(root, tree)
    for changed in ({"face": {"entries": "issuer"}}, {}):
        try:
            reader_of(*ROW_FIELDS, **changed).read_xml(root)
        except SystemFailure as failure:
            assert failure.notice  # noqa: PT017 - both ends of the alternative are promises


def _grow(parent: Any, tree: Any) -> None:
    kind, below = tree
    if kind == "text":
        parent.text = below
    elif kind == "leaf":
        etree.SubElement(parent, below)
    else:
        child = etree.SubElement(parent, kind)
        for one in below:
            _grow(child, one)


def _containers(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        yield value, key
        yield from _containers(below)
