"""Evidence in, caller out."""

from collections.abc import Iterable

from certs.tokens.certificates import ApplicationCertificates
from certs.tokens.compact import Compact, read_compact
from certs.tokens.issuer_tokens import IssuerTokens
from certs.tokens.reasons import FOREIGN, TWO_APPLICATIONS, TWO_PERSONS, KeysUnavailable, Unproven
from gateway.core import problems
from gateway.core.caller import Application, Caller, Evidence, Person
from gateway.core.errors import Refusal
from gateway.core.issuers import DEVELOPMENT_ISSUER


class TrustedCallers:
    """A CallerVerifier over trusted issuers and registered certificates.

    1. The application is proven by client certificate, by the bearer token, or by both if they name the same one.
    2. The person is named by the bearer token, or by a token of his own that was issued to this application.
    3. Each issuer is believed about what it is trusted to prove, and in production the development issuer about
       nothing.

    Args:
        issuers: the tokens of each trusted issuer.
        certificates: the applications that have client certificates.
        production: whether development tokens are refused, however they came to be trusted.
    """

    def __init__(
        self, issuers: Iterable[IssuerTokens], certificates: ApplicationCertificates, *, production: bool
    ) -> None:
        self._issuers = {one.issuer.issuer: one for one in issuers}
        self._certificates = certificates
        if production:
            self._issuers.pop(DEVELOPMENT_ISSUER, None)

    async def verify(self, evidence: Evidence) -> Caller:
        """The caller whom the evidence names.

        Raises:
            Refusal: UNAUTHENTICATED; the reason tells what is missing or wrong, and with which piece of evidence.
        """
        certified = self._certified(evidence.certificate)
        caller = await self._bearer(evidence.token, certified)
        if evidence.person_token is None:
            return caller
        try:
            return Caller(caller.application, await self._person(evidence.person_token, caller))
        except Unproven as error:
            raise Refusal(problems.PERSON_TOKEN_INVALID, reason=error.reason) from error
        except KeysUnavailable as error:
            raise Refusal(problems.ISSUER_UNREACHABLE) from error

    def _certified(self, certificate: bytes | None) -> Application | None:
        if certificate is None:
            return None
        try:
            return self._certificates.verify(certificate)
        except Unproven as error:
            raise Refusal(problems.CERTIFICATE_INVALID, reason=error.reason) from error

    async def _bearer(self, token: str | None, certified: Application | None) -> Caller:
        if token is None:
            if certified is None:
                raise Refusal(problems.TOKEN_MISSING)
            return Caller(certified)
        try:
            compact = read_compact(token)
            caller = await self._issuer_of(compact).verify_caller(compact)
        except Unproven as error:
            raise Refusal(problems.TOKEN_INVALID, reason=error.reason) from error
        except KeysUnavailable as error:
            raise Refusal(problems.ISSUER_UNREACHABLE) from error
        if certified is not None and certified.code != caller.application.code:
            raise Refusal(problems.CERTIFICATE_INVALID, reason=TWO_APPLICATIONS)
        return caller

    async def _person(self, token: str, caller: Caller) -> Person:
        if caller.person is not None:
            raise Unproven(TWO_PERSONS)
        compact = read_compact(token)
        return await self._issuer_of(compact).verify_person(compact, caller.application)

    def _issuer_of(self, token: Compact) -> IssuerTokens:
        """The issuer that the token claims to be of; that claim is checked with the rest."""
        issuer = self._issuers.get(token.issuer)
        if issuer is None:
            raise Unproven(FOREIGN)
        return issuer
