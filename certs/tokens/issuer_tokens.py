"""The tokens of one issuer: signature, audience, time, and what the issuer may be believed about."""

from collections.abc import Sequence

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from certs.tokens.claims import Claims, read_claims
from certs.tokens.compact import Compact
from certs.tokens.keyring import Keyring
from certs.tokens.persons import check_application, check_person
from certs.tokens.reasons import (
    NO_APPLICATION,
    NO_PERSON,
    NOT_FOR_APPLICATIONS,
    NOT_FOR_PERSONS,
    UNBOUND,
    UNSIGNED,
    Unproven,
)
from gateway.core.caller import Application, Caller, Person
from gateway.core.clock import Clock
from gateway.core.expiry import Expiry
from gateway.core.issuers import Proves, TrustedIssuer


class IssuerTokens:
    """Proves what the tokens of ``issuer`` say, with the keys of its ``keyring``."""

    def __init__(self, issuer: TrustedIssuer, keyring: Keyring, clock: Clock) -> None:
        self.issuer = issuer
        self.keyring = keyring
        self._clock = clock

    async def verify_caller(self, token: Compact) -> Caller:
        """The application that the token names, and the person if it names one.

        Raises:
            Unproven: it proves nothing.
            KeysUnavailable: it cannot be checked at present.
        """
        claims = await self._verify(token)
        if Proves.APPLICATION not in self.issuer.proves:
            raise Unproven(NOT_FOR_APPLICATIONS)
        if claims.app is None:
            raise Unproven(NO_APPLICATION)
        application = check_application(claims.app)
        return Caller(application, self._person(claims.person) if claims.person else None)

    async def verify_person(self, token: Compact, application: Application) -> Person:
        """The person whom the token names, if it was issued to ``application`` and to no other.

        Raises:
            Unproven: it proves nobody, or nobody to this application.
            KeysUnavailable: it cannot be checked at present.
        """
        claims = await self._verify(token)
        if claims.person is None:
            raise Unproven(NO_PERSON)
        person = self._person(claims.person)
        if not claims.names_only(application.code):
            raise Unproven(UNBOUND)
        return person

    def _person(self, claimed: Person) -> Person:
        if Proves.PERSON not in self.issuer.proves:
            raise Unproven(NOT_FOR_PERSONS)
        person = check_person(claimed)
        # two issuers may both have a subject 1001, and uses belong to subjects
        return msgspec.structs.replace(person, subject=f"{self.issuer.issuer}#{person.subject}")

    async def expiries(self) -> Sequence[Expiry]:
        """Which of its keys end when, as far as it says so."""
        return self.keyring.expiries(self.issuer.issuer)

    async def _verify(self, token: Compact) -> Claims:
        # the algorithm is the issuer's and the key's, never the token's choice
        if token.algorithm not in self.issuer.algorithms:
            raise Unproven(UNSIGNED)
        key = await self.keyring.find(token.kid, token.algorithm)
        if key is None:
            raise Unproven(UNSIGNED)
        registry = jws.JWSRegistry(algorithms=[token.algorithm], strict_check_header=False)
        try:
            signed = jws.deserialize_compact(token.text, key.key, registry=registry)
        except (JoseError, ValueError) as error:
            raise Unproven(UNSIGNED) from error
        return read_claims(signed.payload, self.issuer, self._clock.now())
