import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from lxml import etree
from zeep.wsse.username import UsernameToken as Oracle

from adapters.kit.soap import SoapVersion, UsernameToken

NOW = datetime(2026, 3, 4, 13, 6, 7, 89_000, tzinfo=timezone(timedelta(hours=8)))
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
NONCE = b"0123456789abcdef"


class Fixed:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def header(version: Any = SoapVersion.V11, **more: Any) -> Any:
    token = UsernameToken("用户 & co", "pass<word>密", clock=Fixed(), nonce=lambda size: NONCE[:size], **more)
    return etree.fromstring(token.header(version))


def test_a_digest_is_of_nonce_created_and_password() -> None:
    token = header()[0]
    created = token.findtext(f"{WSU}Created")
    assert created == "2026-03-04T05:06:07.089Z"
    assert base64.b64decode(token.findtext(f"{WSSE}Nonce")) == NONCE
    expected = hashlib.sha1(NONCE + created.encode() + "pass<word>密".encode()).digest()
    assert token.findtext(f"{WSSE}Password") == base64.b64encode(expected).decode()
    assert token.findtext(f"{WSSE}Username") == "用户 & co"


@pytest.mark.parametrize("digest", [True, False])
def test_the_token_has_the_elements_and_types_that_zeep_writes(digest: Any) -> None:
    oracle = etree.fromstring('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>')
    created = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    zeeps: Any = Oracle  # untyped
    zeeps("用户 & co", "pass<word>密", use_digest=digest, nonce=NONCE.decode(), created=created).apply(oracle, {})
    theirs = oracle.find(f".//{WSSE}UsernameToken")
    assert theirs is not None
    ours = header(digest=digest)[0]
    assert [(e.tag, dict(e.attrib)) for e in ours] == [(e.tag, dict(e.attrib)) for e in theirs]
    if not digest:
        assert [e.text for e in ours] == [e.text for e in theirs]


def test_every_header_has_its_own_nonce() -> None:
    token = UsernameToken("a", "b", clock=Fixed())
    assert token.header(SoapVersion.V11) != token.header(SoapVersion.V11)


def test_a_timestamp_expires_after_five_minutes() -> None:
    stamp = header(timestamp=True).find(f"{WSU}Timestamp")
    assert [child.text for child in stamp] == ["2026-03-04T05:06:07.089Z", "2026-03-04T05:11:07.089Z"]


@pytest.mark.parametrize("version", SoapVersion)
def test_the_header_must_be_understood_unless_told_otherwise(version: Any) -> None:
    name = f"{{{version.namespace}}}mustUnderstand"
    assert header(version).get(name) == "1"
    assert header(version, must_understand=False).get(name) is None


def test_credentials_are_not_shown() -> None:
    assert "secret" not in repr(UsernameToken("secret", "secret", clock=Fixed()))
