"""WS-Security UsernameToken (OASIS profile 1.1): the header block that proves who calls.

Written here and not taken from zeep, whose token reads the clock and the random source itself and works on an
envelope tree that we do not build.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.kit import markup
from adapters.kit.soap.versions import SoapVersion
from gateway.core.clock import Clock

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
_PASSWORD = f"{_OASIS}-username-token-profile-1.0#Password"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"

_NONCE_BYTES = 16
_LIFE = timedelta(minutes=5)


class UsernameToken:
    """Makes a fresh security header for each call.

    Args:
        username, password: the credentials that operations set.
        clock: gives Created, in UTC to the millisecond; a system refuses tokens minutes off its own clock.
        digest: send Base64(SHA-1(nonce + created + password)); False sends the password itself.
        timestamp: add a Timestamp that expires after five minutes.
        must_understand: ask the system to refuse the call if it does not read the header.
        nonce: gives that many random bytes.
    """

    def __init__(
        self,
        username: str,
        password: str,
        *,
        clock: Clock,
        digest: bool = True,
        timestamp: bool = False,
        must_understand: bool = True,
        nonce: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._username = markup.text(username)
        self._password = password
        self._clock = clock
        self._digest = digest
        self._timestamp = timestamp
        self._must_understand = must_understand
        self._nonce = nonce

    def __repr__(self) -> str:
        """Without the credentials."""
        return f"UsernameToken(digest={self._digest}, timestamp={self._timestamp})"

    def header(self, version: SoapVersion) -> str:
        """The ``wsse:Security`` block, for one message."""
        now = self._clock.now()
        created = _instant(now)
        token = self._digest_parts(created) if self._digest else self._text_parts()
        stamp = self._timestamp_block(now) if self._timestamp else ""
        must = f' soap:mustUnderstand="1" xmlns:soap="{version.namespace}"' if self._must_understand else ""
        return (
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"{must}>{stamp}<wsse:UsernameToken>'
            f"<wsse:Username>{self._username}</wsse:Username>{token}</wsse:UsernameToken></wsse:Security>"
        )

    def _text_parts(self) -> str:
        return f'<wsse:Password Type="{_PASSWORD}Text">{markup.text(self._password)}</wsse:Password>'

    def _digest_parts(self, created: str) -> str:
        nonce = self._nonce(_NONCE_BYTES)
        # the profile's own algorithm: it protects the password on the line, nothing is stored under it
        digest = hashlib.sha1(nonce + created.encode() + self._password.encode(), usedforsecurity=False).digest()
        return (
            f'<wsse:Password Type="{_PASSWORD}Digest">{_base64(digest)}</wsse:Password>'
            f'<wsse:Nonce EncodingType="{_BASE64}">{_base64(nonce)}</wsse:Nonce>'
            f"<wsu:Created>{created}</wsu:Created>"
        )

    def _timestamp_block(self, now: datetime) -> str:
        return (
            f"<wsu:Timestamp><wsu:Created>{_instant(now)}</wsu:Created>"
            f"<wsu:Expires>{_instant(now + _LIFE)}</wsu:Expires></wsu:Timestamp>"
        )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
