"""WS-Security UsernameToken: password as text or digest, fresh and never twice."""

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from lxml import etree

from adapters.sandbox.cert_service.envelope import SOAP, WSSE, WSU, SoapFault
from adapters.sandbox.credentials import same
from gateway.core.clock import Clock

FRESHNESS = timedelta(minutes=5)
"""How far Created may lie from now, both ways."""

_NONCES = 100_000
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_TEXT_TYPE = f"{_PROFILE}#PasswordText"
_DIGEST_TYPE = f"{_PROFILE}#PasswordDigest"


class TokenGuard:
    """Checks the security header of every call.

    Args:
        username: the one account there is.
        password: its password.
        clock: by which Created is judged.
    """

    def __init__(self, username: str, password: str, clock: Clock) -> None:
        self._username = username
        self._password = password
        self._clock = clock
        self._nonces: OrderedDict[bytes, datetime] = OrderedDict()

    def check(self, blocks: Sequence[etree._Element]) -> None:
        """Passes if the header blocks prove the account.

        Raises:
            SoapFault: wsse:InvalidSecurity without one usable token, wsse:FailedAuthentication for a wrong, stale or
                repeated one, wsse:MessageExpired for a Timestamp that is over, soap:MustUnderstand for other
                blocks that must be understood.
        """
        security = [block for block in blocks if block.tag == f"{{{WSSE}}}Security"]
        for block in blocks:
            if block not in security and block.get(f"{{{SOAP}}}mustUnderstand") in {"1", "true"}:
                raise SoapFault(SOAP, "MustUnderstand", "a header block is not understood here")
        tokens = [token for block in security for token in block.iterchildren(f"{{{WSSE}}}UsernameToken")]
        if len(tokens) != 1:
            raise SoapFault(WSSE, "InvalidSecurity", "exactly one UsernameToken is required")
        for expires in security[0].iterfind(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires"):
            if self._moment(expires.text) <= self._clock.now():
                raise SoapFault(WSU, "MessageExpired", "the message has expired")
        self._check_token(tokens[0])

    def _check_token(self, token: etree._Element) -> None:
        username = token.findtext(f"{{{WSSE}}}Username", "")
        password = token.find(f"{{{WSSE}}}Password")
        nonce = token.findtext(f"{{{WSSE}}}Nonce")
        created = token.findtext(f"{{{WSU}}}Created")
        given = "" if password is None else password.text or ""
        expected = self._password
        if password is not None and password.get("Type", _TEXT_TYPE) == _DIGEST_TYPE:
            if nonce is None or created is None:
                raise SoapFault(WSSE, "InvalidSecurity", "a digest needs Nonce and Created")
            secret = self._decoded(nonce) + created.encode() + self._password.encode()
            # SHA-1 is what the UsernameToken profile prescribes
            expected = base64.b64encode(hashlib.sha1(secret, usedforsecurity=False).digest()).decode()
        if not (same(username, self._username) & same(given, expected)):
            _refuse()
        self._check_fresh(nonce, created)

    def _check_fresh(self, nonce: str | None, created: str | None) -> None:
        now = self._clock.now()
        if created is not None and abs(now - self._moment(created)) > FRESHNESS:
            _refuse()
        if nonce is None:
            return
        while self._nonces and (len(self._nonces) >= _NONCES or next(iter(self._nonces.values())) < now):
            self._nonces.popitem(last=False)
        key = self._decoded(nonce)
        if key in self._nonces:
            _refuse()
        # a Created from the future stays acceptable for twice the freshness
        self._nonces[key] = now + 2 * FRESHNESS

    def _decoded(self, nonce: str) -> bytes:
        try:
            return base64.b64decode(nonce.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise SoapFault(WSSE, "InvalidSecurity", "the Nonce is no base64") from None

    def _moment(self, text: str | None) -> datetime:
        try:
            moment = datetime.fromisoformat((text or "").strip())
        except ValueError:
            raise SoapFault(WSSE, "InvalidSecurity", "a time is no xsd:dateTime") from None
        if moment.tzinfo is None:
            raise SoapFault(WSSE, "InvalidSecurity", "a time has no zone")
        return moment


def failed() -> SoapFault:
    """The fault for a token that proves nothing, whatever is wrong with it."""
    return SoapFault(WSSE, "FailedAuthentication", "the security token could not be authenticated or authorised")


def _refuse() -> NoReturn:
    raise failed()
