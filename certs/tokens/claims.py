"""What a token says, in its strict shapes.

Claims: ``iss aud exp iat``, ``nbf`` perhaps; ``app: {code, title}`` names the application, ``person: {subject, role,
name, …}`` the person with the fields of gateway.core.caller. A token that names a person only says in ``azp`` or
``app`` to which application it was issued. What else a token says is passed over.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from certs.tokens.reasons import EXPIRED, FOREIGN, MALFORMED, Unproven
from gateway.core.caller import Application, Person
from gateway.core.issuers import TrustedIssuer

_Name = Annotated[str, msgspec.Meta(max_length=500)]


class Claims(msgspec.Struct, frozen=True):
    """The claims that the gateway knows."""

    iss: _Name
    aud: _Name | Annotated[list[_Name], msgspec.Meta(max_length=20)]
    exp: float
    iat: float
    nbf: float | None = None
    azp: _Name | None = None
    app: Application | None = None
    person: Person | None = None

    def __repr__(self) -> str:
        """Nothing: claims name persons."""
        return "Claims()"

    def names_only(self, code: str) -> bool:
        """Whether this application, and no other, is the one to which the token was issued."""
        return {self.azp, self.app.code if self.app else None} - {None} == {code}


def read_claims(payload: bytes, issuer: TrustedIssuer, now: datetime) -> Claims:
    """The claims in a signed payload, if they are this issuer's, for its audience, and in force.

    Raises:
        Unproven: malformed, foreign, or out of force by more than the issuer's skew.
    """
    try:
        claims = msgspec.json.decode(payload, type=Claims)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unproven(MALFORMED) from error
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != issuer.issuer or issuer.audience not in audience:
        raise Unproven(FOREIGN)
    begins = max(claims.iat, claims.nbf or claims.iat)
    skew: timedelta = issuer.clock_skew
    if not begins - skew.total_seconds() <= now.timestamp() < claims.exp + skew.total_seconds():
        raise Unproven(EXPIRED)
    return claims
