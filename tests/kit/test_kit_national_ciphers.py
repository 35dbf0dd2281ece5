"""Replies that are encrypted for us with the real national algorithms, in every form that a manifest can say."""

import base64
import json
from typing import Any

import pytest

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Keys, Reader, compile_reading
from certs.national import SmCrypto
from certs.sm import Sm2PrivateKey
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.store.deployment import SystemSettings

PLAIN = json.dumps({"rows": [{"no": "1", "name": "示例" * 40}]}).encode()
OURS, ANOTHER = Sm2PrivateKey.generate(), Sm2PrivateKey.generate()
KEY, VECTOR = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
SETTINGS = {"private": OURS.to_raw().hex(), "pem": OURS.to_pem(), "key": KEY, "word": "sixteen letters!", "iv": VECTOR}
CRYPTO = SmCrypto()
PUBLIC = OURS.public.to_bytes().hex()


def setting(name: str) -> dict[str, str]:
    return {"setting": f"sample/{name}"}


def reader(decrypt: dict[str, Any], **changed: str) -> Reader:
    manifest = Manifest.model_validate(
        {
            "manifest": 1,
            "system": {
                "code": "sample",
                "title": {"zh": "示例", "en": "Sample"},
                "level": "province",
                "regions": ("420000",),
                "owner": {"name": "示例局", "creditCode": "11100000000013338W", "contact": "desk"},
            },
            "offers": {"holderTypes": ("111",), "licenceTypes": ("*",)},
            "protocol": {
                "rest": {},
                "endpoint": setting("url"),
                "unwrap": ({"at": "data", "encoding": "base64", "decrypt": decrypt, "as": "json"},),
            },
            "success": {"at": "code", "equals": "0"},
            "operations": {
                "query": {
                    "http": {"method": "POST", "path": "/q"},
                    "response": {"each": "data.rows[]", "number": "no", "name": "name"},
                }
            },
        }
    )
    keys = Keys(CRYPTO, SystemSettings("sample", {**SETTINGS, **changed}))
    return compile_reading(manifest, manifest.operations["query"], frozenset({"name"}), None, keys)


def body(ciphertext: bytes) -> bytes:
    return json.dumps({"code": 0, "data": base64.b64encode(ciphertext).decode()}).encode()


@pytest.mark.parametrize(
    ("decrypt", "ciphertext"),
    [
        ({"sm2": setting("private")}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN)),
        ({"sm2": setting("pem")}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN)),
        ({"sm2": setting("private"), "form": "c1c2c3"}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN, "c1c2c3")),
        ({"sm2": setting("private"), "form": "der"}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN, "der")),
        ({"sm4": setting("key")}, CRYPTO.encrypt_sm4(KEY, PLAIN)),
        ({"sm4": setting("word"), "mode": "ECB"}, CRYPTO.encrypt_sm4(SETTINGS["word"], PLAIN)),
        (
            {"sm4": setting("key"), "mode": "CBC", "iv": setting("iv")},
            CRYPTO.encrypt_sm4(KEY, PLAIN, vector=bytes.fromhex(VECTOR)),
        ),
    ],
)
def test_what_is_encrypted_for_us_is_read(decrypt: dict[str, Any], ciphertext: bytes) -> None:
    (row,) = reader(decrypt).read_json(body(ciphertext)).rows
    assert (row.number, row.name) == ("1", "示例" * 40)


@pytest.mark.parametrize(
    ("decrypt", "ciphertext", "changed", "outcome"),
    [
        ({"sm2": setting("private")}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN), {"private": "12" * 32}, Outcome.DENIED),
        ({"sm2": setting("private")}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN), {"private": "x"}, Outcome.GATEWAY_ERROR),
        ({"sm2": setting("private"), "form": "der"}, CRYPTO.encrypt_sm2(PUBLIC, PLAIN), {}, Outcome.DENIED),
        ({"sm2": setting("private")}, CRYPTO.encrypt_sm2(ANOTHER.public.to_bytes().hex(), PLAIN), {}, Outcome.DENIED),
        ({"sm4": setting("key")}, CRYPTO.encrypt_sm4("f" * 32, PLAIN), {}, Outcome.DENIED),
        ({"sm4": setting("key")}, CRYPTO.encrypt_sm4(KEY, PLAIN), {"key": "short"}, Outcome.GATEWAY_ERROR),
    ],
)
def test_what_is_not_is_ours_to_look_at(
    decrypt: dict[str, Any], ciphertext: bytes, changed: dict[str, str], outcome: Outcome
) -> None:
    with pytest.raises(SystemFailure) as failure:
        reader(decrypt, **changed).read_json(body(ciphertext))
    # a wrong SM4 key may leave padding that fits by chance: then what comes out is no text or no JSON
    chance = "sm4" in decrypt and failure.value.outcome is Outcome.UPSTREAM_FAULT
    assert chance or (failure.value.outcome, failure.value.fault) == (outcome, Fault.OURS)


def test_a_ciphertext_that_was_changed_is_not_read() -> None:
    ciphertext = bytearray(CRYPTO.encrypt_sm2(PUBLIC, PLAIN))
    ciphertext[-1] ^= 1
    with pytest.raises(SystemFailure, match="does not decrypt"):
        reader({"sm2": setting("private")}).read_json(body(bytes(ciphertext)))
