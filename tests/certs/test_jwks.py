"""Key sets: which keys are used, which are passed over, which documents are none."""

import base64
import json
from typing import Any

import pytest
from joserfc.jwk import OctKey, OKPKey

from certs.tokens.jwks import KeySetInvalid, read_key_set
from tests.certs.trust import ec, key_set, rsa

EC = ec("e")
RSA = rsa("r")
SMALL = {"kty": "RSA", "kid": "small", "n": base64.urlsafe_b64encode(b"\xff" * 128).decode().rstrip("="), "e": "AQAB"}


def document(*entries: Any) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


def public(key: Any, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (key.as_dict(private=False) | changed).items() if value is not None}


def test_each_key_serves_the_algorithms_of_its_kind() -> None:
    keys = read_key_set(key_set(EC, ec("e384", "P-384"), RSA))
    assert {key.kid: set(key.algorithms) for key in keys} == {
        "e": {"ES256"},
        "e384": {"ES384"},
        "r": {"RS256", "PS256"},
    }


def test_a_key_that_names_its_algorithm_serves_no_other() -> None:
    (key,) = read_key_set(document(public(RSA, alg="PS256", use="sig", key_ops=["verify"])))
    assert key.algorithms == {"PS256"}


@pytest.mark.parametrize(
    "entry",
    [
        OctKey.generate_key(256, {"kid": "o"}).as_dict(),
        EC.as_dict(private=True),
        RSA.as_dict(private=True),
        public(OKPKey.generate_key("Ed25519", {"kid": "d"})),
        public(ec("b", "P-521")),
        SMALL,
        public(EC, use="enc"),
        public(EC, key_ops=["sign"]),
        public(EC, key_ops="verify"),
        public(EC, alg="RS256"),
        public(EC, alg=["ES256"]),
        public(EC, kid=5),
        public(EC, x="a"),
        public(EC, kty=None),
        {"kty": 5},
        {},
    ],
)
def test_a_key_that_cannot_check_our_signatures_is_passed_over(entry: dict[str, Any]) -> None:
    (key,) = read_key_set(document(entry, public(EC, kid="good")))
    assert key.kid == "good"


@pytest.mark.parametrize(
    ("jwks", "why"),
    [
        (b"", "no key set"),
        (b"\xff", "no key set"),
        (b"null", "no key set"),
        (b"[]", "no key set"),
        (b"{}", "no key set"),
        (b'{"keys": null}', "no key set"),
        (b'{"keys": [1]}', "no key set"),
        (b'{"keys": ' + b"[" * 5_000, "no key set"),
        (b'{"keys": []}', "no key that"),
        (b'{"keys": [{}]}', "no key that"),
        (document(*[public(EC, kid=str(n)) for n in range(101)]), "more than 100"),
        (document(public(EC), public(ec("e"))), "two keys of one name"),
    ],
)
def test_a_document_without_usable_keys_is_refused(jwks: bytes, why: str) -> None:
    with pytest.raises(KeySetInvalid, match=why):
        read_key_set(jwks)
