"""Documents inside values: whatever the layers, what is inside is read as if it stood there plainly."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Keys, Reader, compile_reading
from gateway.core.errors import KeyUnusable, PayloadUnreadable, SystemFailure
from gateway.core.outcome import Fault, Outcome

Manifests = Callable[..., Manifest]
SM2 = {"sm2": {"setting": "sample/private"}}
SM4 = {"sm4": {"setting": "sample/key"}}
CBC = {**SM4, "mode": "CBC", "iv": {"setting": "sample/iv"}}


class TurningCipher:
    """A cipher that turns the bytes around behind a header that names key and vector."""

    def encrypt(self, key: str, plain: bytes, vector: bytes | None = None) -> bytes:
        head = key.encode().ljust(64) + (vector or b"").ljust(16) + len(plain).to_bytes(16)
        body = plain[::-1]
        return head + body + b"\0" * (-len(head + body) % 16)

    def decrypt(self, key: str, data: bytes, vector: bytes | None = None) -> bytes:
        if key == "no key":
            raise KeyUnusable
        head, body = data[:80], data[96 : 96 + int.from_bytes(data[80:96])]
        if head != key.encode().ljust(64) + (vector or b"").ljust(16):
            raise PayloadUnreadable
        return body[::-1]

    def decrypt_sm2(self, private_key: str, data: bytes, form: str = "c1c3c2") -> bytes:
        return self.decrypt(f"{form}:{private_key}" if private_key != "no key" else private_key, data)

    def decrypt_sm4(self, key: str, data: bytes, *, vector: bytes | None = None) -> bytes:
        return self.decrypt(key, data, vector)

    def encrypt_sm2(self, public_key: str, plain: bytes, form: str = "c1c3c2") -> bytes:
        return self.encrypt(f"{form}:{public_key}", plain)

    def encrypt_sm4(self, key: str, plain: bytes, *, vector: bytes | None = None) -> bytes:
        return self.encrypt(key, plain, vector)


class Secrets(dict[str, str]):
    """Settings."""


CIPHER = TurningCipher()
FILLED = Secrets({"sample/private": "d", "sample/key": "k", "sample/iv": "0" * 32})


@pytest.fixture
def reader(manifest_of: Manifests) -> Callable[..., Reader]:
    def build(*steps: dict[str, Any], secrets: Secrets = FILLED, **response: Any) -> Reader:
        section = {"each": "data.list[]", "number": "no", "name": "name", **response}
        manifest = manifest_of(response={"unwrap": steps, **section})
        keys = Keys(CIPHER, secrets)
        return compile_reading(manifest, manifest.operations["query"], frozenset({"name"}), None, keys)

    return build


def read(reader: Reader, data: Any, **around: Any) -> list[tuple[str, str]]:
    reading = reader.read_json(json.dumps({"ack": "0", "data": data, **around}).encode())
    return [(row.number, row.name) for row in reading.rows]


def failed(reader: Reader, data: Any, **around: Any) -> SystemFailure:
    with pytest.raises(SystemFailure) as failure:
        read(reader, data, **around)
    return failure.value


ROWS = [{"no": 12345678901234567890123, "name": "甲"}, {"no": "007", "name": "乙"}]
PLAIN = json.dumps({"list": ROWS}, ensure_ascii=False)
XML = (
    "<reply><list><no>12345678901234567890123</no><name>甲</name></list>"
    "<list><no>007</no><name>乙</name></list></reply>"
)
EXPECTED = [("12345678901234567890123", "甲"), ("007", "乙")]
HEX, BASE64 = {"encoding": "hex"}, {"encoding": "base64"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("steps", "data"),
    [
        ([{"as": "json"}], PLAIN),
        ([{"as": "json"}], "\ufeff" + PLAIN),
        ([{"as": "json"}], {"list": ROWS}),
        ([{"as": "json"}], [PLAIN]),
        ([{"as": "json"}, {"as": "json"}], json.dumps(PLAIN)),
        ([{"as": "text", **BASE64}, {"as": "json"}], b64(PLAIN.encode())),
        ([{"as": "json", **BASE64}], b64(PLAIN.encode())),
        ([{"as": "json", **BASE64}], b64(PLAIN.encode("gb18030")).rstrip("=")),
        ([{"as": "json", **HEX}], "\n" + PLAIN.encode().hex().upper() + " "),
        ([{"as": "xml"}], XML),
        ([{"as": "xml"}], f'<?xml version="1.0" encoding="GBK"?>{XML}'),
        ([{"as": "xml"}], f'\ufeff  <?xml version="1.0" encoding="UTF-16"?>{XML}'),
        ([{"as": "xml", **BASE64}], b64(f'<?xml version="1.0" encoding="UTF-8"?>{XML}'.encode("gb18030"))),
        ([{"as": "xml", **BASE64}], b64(f'<?xml version="1.0" encoding="GBK"?>{XML}'.encode())),
        ([{"as": "json", **HEX, "decrypt": SM2}], CIPHER.encrypt_sm2("d", PLAIN.encode()).hex()),
        (
            [{"as": "json", **HEX, "decrypt": {**SM2, "form": "der"}}],
            CIPHER.encrypt_sm2("d", PLAIN.encode(), "der").hex(),
        ),
        ([{"as": "json", **BASE64, "decrypt": SM4}], b64(CIPHER.encrypt_sm4("k", PLAIN.encode()))),
        ([{"as": "xml", **BASE64, "decrypt": CBC}], b64(CIPHER.encrypt_sm4("k", XML.encode(), vector=bytes(16)))),
        (
            [{"as": "text", **HEX, "decrypt": SM4}, {"as": "json", **BASE64}],
            CIPHER.encrypt_sm4("k", b64(PLAIN.encode()).encode()).hex(),
        ),
    ],
)
def test_what_is_inside_is_read_in_its_place(
    reader: Callable[..., Reader], as_xml: Callable[[Any], Any], steps: list[dict[str, Any]], data: Any
) -> None:
    unwrapping = reader(*({"at": "data", **step} for step in steps))
    assert read(unwrapping, data) == EXPECTED
    if isinstance(data, str):
        rows = unwrapping.read_xml(as_xml({"ack": "0", "data": data.lstrip("\ufeff")})).rows
        assert [(row.number, row.name) for row in rows] == EXPECTED


def test_a_document_lies_in_another_in_whatever_order_they_are_named(reader: Callable[..., Reader]) -> None:
    inner = json.dumps({"xml": XML})
    unwrapping = reader({"at": "data.xml", "as": "xml"}, {"at": "data", "as": "json"}, each="data.xml.list[]")
    assert read(unwrapping, inner) == EXPECTED


def test_the_whole_reply_may_be_the_document(manifest_of: Manifests) -> None:
    manifest = manifest_of(response={"unwrap": [{"at": ".", "as": "json"}], "each": "data.list[]", "number": "no"})
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset())
    body = json.dumps(json.dumps({"ack": "0", "data": {"list": ROWS}}))
    assert len(compiled.read_json(body.encode()).rows) == 2
    assert len(compiled.read_xml(etree.fromstring(f"<string>{json.loads(body)}</string>")).rows) == 2


def test_success_code_and_extras_are_found_inside(manifest_of: Manifests) -> None:
    success = {"at": "box.head.@code", "equals": "0", "message": "box.head"}
    manifest = manifest_of(success=success, response={"unwrap": [{"at": "box", "as": "xml"}], "number": "no"})
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset(), {"token": "box.token"})
    body = json.dumps({"box": '<r><head code="9">拒绝</head><token>t</token></r>'})
    reading = compiled.read_json(body.encode())
    assert (reading.accepted, reading.code, reading.message) == (False, "9", "拒绝")
    assert reading.extras == {"token": "t"}


def test_the_systems_steps_hold_unless_an_operation_has_its_own(manifest_of: Manifests) -> None:
    step = {"at": "data", "as": "json"}
    section = {"each": "data.list[]", "number": "no"}
    for own, data in (({}, PLAIN), ({"unwrap": []}, {"list": ROWS})):
        manifest = manifest_of(unwrap=[step], response={**section, **own})
        compiled = compile_reading(manifest, manifest.operations["query"], frozenset())
        assert len(compiled.read_json(json.dumps({"ack": "0", "data": data}).encode()).rows) == 2


@pytest.mark.parametrize("data", [None, "", "null", [], {"missing": 1}])
def test_a_value_that_is_absent_is_left_alone(reader: Callable[..., Reader], data: Any) -> None:
    assert read(reader({"at": "data.cert", "as": "json"}, each="data.cert.list[]"), {"cert": data}) == []
    assert read(reader({"at": "data.cert", "as": "json"}, each="data.cert.list[]"), data) == []


def test_a_refusal_around_the_document_owes_none_in_it(reader: Callable[..., Reader]) -> None:
    body = {"ack": "9", "errors": [{"code": "E1"}], "data": "no certificate for you"}
    reading = reader({"at": "data", **HEX, "decrypt": SM2, "as": "json"}).read_json(json.dumps(body).encode())
    assert (reading.accepted, reading.code) == (False, "E1")


@pytest.mark.parametrize(
    ("step", "data", "notice"),
    [
        ({"as": "json"}, "{", "is no JSON"),
        ({"as": "json"}, 7, "is no text"),
        ({"as": "json"}, ["{}", "{}"], "comes several times"),
        ({"as": "xml"}, {"list": []}, "is no text"),
        ({"as": "xml"}, "<reply>", "is not well-formed XML, or cut short"),
        ({"as": "xml"}, '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "declares a DOCTYPE, which is refused"),
        ({"as": "xml"}, "<x>" + "<a/>" * 200_001 + "</x>", "has more than 200000 elements"),
        ({"as": "xml"}, "<x>" * 300 + "</x>" * 300, "is not well-formed XML, or cut short"),
        ({"as": "json", **HEX}, "xyz", "is not written in hex"),
        ({"as": "json", **BASE64}, "%%%%", "is not written in base64"),
        ({"as": "json", **BASE64}, "甲", "is not written in base64"),
        ({"as": "text", **HEX}, "ff", "is no text in UTF-8 or GB18030"),
        ({"as": "json", **HEX, "decrypt": SM2}, "00" * 95, "is too short for a ciphertext, or cut short"),
        ({"as": "json", **HEX, "decrypt": SM4}, "00" * 17, "is too short for a ciphertext, or cut short"),
    ],
)
def test_a_document_that_cannot_be_read_is_their_fault_and_is_not_repeated(
    reader: Callable[..., Reader], step: dict[str, Any], data: Any, notice: str
) -> None:
    failure = failed(reader({"at": "data", **step}), data)
    assert (failure.outcome, failure.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert failure.notice == f"the embedded document at data {notice}"


def test_an_endless_document_is_refused(reader: Callable[..., Reader]) -> None:
    assert "nested too deep" in failed(reader({"at": "data", "as": "json"}), "[" * 100_000).notice


@pytest.mark.parametrize(
    ("decrypt", "secrets", "outcome", "named"),
    [
        (SM2, {"sample/private": "another"}, Outcome.DENIED, "sample/private"),
        (SM4, {"sample/key": "another"}, Outcome.DENIED, "sample/key"),
        (CBC, {"sample/iv": "1" * 32}, Outcome.DENIED, "sample/key"),
        (SM2, {"sample/private": "no key"}, Outcome.GATEWAY_ERROR, "sample/private"),
        (CBC, {"sample/iv": "short"}, Outcome.GATEWAY_ERROR, "sample/iv"),
    ],
)
def test_what_does_not_decrypt_is_ours_to_look_at(
    reader: Callable[..., Reader], decrypt: dict[str, Any], secrets: dict[str, str], outcome: Outcome, named: str
) -> None:
    vector = bytes(16) if decrypt is CBC else None
    data = CIPHER.encrypt_sm2("d", PLAIN.encode()) if decrypt is SM2 else CIPHER.encrypt("k", PLAIN.encode(), vector)
    step = {"at": "data", **HEX, "decrypt": decrypt, "as": "json"}
    failure = failed(reader(step, secrets=Secrets({**FILLED, **secrets})), data.hex())
    assert (failure.outcome, failure.fault) == (outcome, Fault.OURS)
    assert named in failure.notice
    assert "another" not in failure.notice


def test_without_ciphers_the_call_fails_and_says_so(manifest_of: Manifests) -> None:
    step = {"at": "data", **HEX, "decrypt": SM2, "as": "json"}
    manifest = manifest_of(response={"unwrap": [step], "each": "data.list[]", "number": "no"})
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset(), None, Keys(None, FILLED))
    assert failed(compiled, "00" * 96).outcome is Outcome.GATEWAY_ERROR


def test_a_step_of_which_nothing_is_wanted_is_not_done(manifest_of: Manifests) -> None:
    manifest = manifest_of(response={"unwrap": [{"at": "other", "as": "json"}], "each": "data.list[]", "number": "no"})
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset())
    assert len(compiled.read_json(b'{"ack": "0", "other": "{", "data": {"list": [{"no": "1"}]}}').rows) == 1


def test_keys_are_needed_only_where_something_is_encrypted(manifest_of: Manifests) -> None:
    step = {"at": "data", **HEX, "decrypt": SM2, "as": "json"}
    manifest = manifest_of(response={"unwrap": [step], "each": "data.list[]", "number": "no"})
    with pytest.raises(ValueError, match="keys"):
        compile_reading(manifest, manifest.operations["query"], frozenset())


def test_a_document_inside_what_is_read_as_a_whole_is_opened_too(manifest_of: Manifests) -> None:
    section = {"unwrap": [{"at": "data.box.inner", "as": "xml"}], "each": "data", "face": {"entries": "box"}}
    manifest = manifest_of(response={**section, "number": "no"})
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset({"face"}))
    (row,) = compiled.read_json(b'{"ack": "0", "data": {"box": {"a": "1", "inner": "<x><b>2</b></x>"}}}').rows
    assert [(field.name, field.value) for field in row.face] == [("a", "1"), ("inner", '{"b":"2"}')]


def test_a_status_that_cannot_be_read_refuses_nothing(manifest_of: Manifests) -> None:
    section = {"unwrap": [{"at": "data", "as": "json"}], "each": "data", "number": "no"}
    manifest = manifest_of(response=section)
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset())
    with pytest.raises(SystemFailure, match="embedded document at data is no JSON"):
        compiled.read_json(b'{"ack": ["1", "2"], "data": "{"}')


def test_each_row_has_its_document_and_a_bad_one_costs_itself(manifest_of: Manifests) -> None:
    section = {"unwrap": [{"at": "rows[].box", "as": "json"}], "each": "rows[]", "number": "no", "name": "box.name"}
    manifest = manifest_of(response=section)
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset({"name"}))
    boxes = ['{"name": "甲"}', "{", None, {"name": "乙"}, 7]
    body = {"ack": "0", "rows": [{"no": str(at), "box": box} for at, box in enumerate(boxes)]}
    found = compiled.read_json(json.dumps(body).encode()).rows
    assert [(row.number, row.name, len(row.warnings)) for row in found] == [
        ("0", "甲", 0),
        ("1", None, 1),
        ("2", None, 0),
        ("3", "乙", 0),
        ("4", None, 1),
    ]
    lone = compiled.read_json(json.dumps({"ack": "0", "rows": body["rows"][0]}).encode()).rows
    assert [row.name for row in lone] == ["甲"]


@pytest.mark.parametrize("rows", [7, "text", [[{"no": "1"}]], {"no": "1"}, [None, {"no": "1"}]])
def test_rows_of_another_shape_are_told_by_the_reader(manifest_of: Manifests, rows: Any) -> None:
    section = {"unwrap": [{"at": "data.rows[].box", "as": "json"}], "each": "data.rows[]", "number": "box.no"}
    manifest = manifest_of(response=section)
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset())
    for document in ({"ack": "0", "data": {"rows": rows}}, {"ack": "0", "data": rows}):
        try:
            compiled.read_json(json.dumps(document).encode())
        except SystemFailure as failure:
            assert "shape" in failure.notice  # noqa: PT017 - both ends of the alternative are promises


def test_a_key_that_does_not_fit_is_told_and_not_a_matter_of_one_row(manifest_of: Manifests) -> None:
    step = {"at": "rows[].box", **HEX, "decrypt": SM4, "as": "json"}
    manifest = manifest_of(response={"unwrap": [step], "each": "rows[]", "number": "box.no"})
    keys = Keys(CIPHER, Secrets({"sample/key": "another"}))
    compiled = compile_reading(manifest, manifest.operations["query"], frozenset(), None, keys)
    body = {"ack": "0", "rows": [{"box": CIPHER.encrypt("k", b"{}").hex()}]}
    with pytest.raises(SystemFailure) as failure:
        compiled.read_json(json.dumps(body).encode())
    assert failure.value.outcome is Outcome.DENIED


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
DOCUMENT = st.fixed_dictionaries({"list": st.lists(st.fixed_dictionaries({"no": TEXTS, "name": TEXTS}), max_size=3)})
LAYERS = st.lists(st.sampled_from(["json", "hex", "base64", "sm2", "cbc"]), min_size=1, max_size=4)


def wrapped(value: Any, layer: str) -> tuple[str, dict[str, Any]]:
    text = value if isinstance(value, str) else json.dumps(value)
    form = "text" if isinstance(value, str) else "json"
    match layer:
        case "json":
            return json.dumps(value), {"as": "json"}
        case "sm2":
            return CIPHER.encrypt_sm2("d", text.encode()).hex(), {**HEX, "decrypt": SM2, "as": form}
        case "cbc":
            hidden = CIPHER.encrypt_sm4("k", text.encode(), vector=bytes(16))
            return b64(hidden), {**BASE64, "decrypt": CBC, "as": form}
        case "hex":
            return text.encode().hex(), {**HEX, "as": form}
        case _:
            return b64(text.encode()), {**BASE64, "as": form}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCUMENT, LAYERS)
def test_any_layers_are_undone_in_their_order(
    reader: Callable[..., Reader], document: dict[str, Any], layers: list[str]
) -> None:
    value: Any = document
    steps: list[dict[str, Any]] = []
    for layer in layers:
        value, step = wrapped(value, layer)
        steps.insert(0, {"at": "data", **step})
    assert read(reader(*steps), value) == read(reader({"at": "data", "as": "json"}), document)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([{"as": "json"}, {"as": "xml"}, {**HEX, "as": "json"}, {**BASE64, "decrypt": SM4, "as": "xml"}]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
        max_leaves=5,
    )
    | st.text(alphabet='{}[]"<>/alist0=', max_size=30),
)
def test_anything_inside_is_read_or_refused(reader: Callable[..., Reader], step: dict[str, Any], data: Any) -> None:
    try:
        read(reader({"at": "data", **step}), data)
    except SystemFailure as failure:
        assert failure.notice  # noqa: PT017 - both ends of the alternative are promises
