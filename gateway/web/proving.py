"""Who sends a request: proven first, then admitted if he does not ask too often."""

from starlette.requests import Request

from gateway.core.caller import Caller
from gateway.core.errors import Refusal
from gateway.core.ports import CallerVerifier
from gateway.core.rate import Admission
from gateway.core.telemetry import RequestMeter
from gateway.web.evidence import TrustedProxies, read_evidence


class Proving:
    """Proves the senders of requests.

    Args:
        verifier: judges what they show.
        proxies: those whose word about client certificates is taken.
        admission: how often callers may ask; without it as often as they like.
        meter: counts callers who ask too often.
    """

    def __init__(
        self,
        verifier: CallerVerifier,
        proxies: TrustedProxies | None,
        admission: Admission | None,
        meter: RequestMeter,
    ) -> None:
        self._verifier = verifier
        self._proxies = proxies
        self._admission = admission
        self._meter = meter

    async def prove(self, request: Request) -> Caller:
        """Who sends the request; each call counts as one.

        Raises:
            Refusal: UNAUTHENTICATED, or LIMIT for one who asks too often.
        """
        caller = await self._verifier.verify(read_evidence(request, self._proxies))
        if self._admission is not None:
            try:
                self._admission.admit(caller)
            except Refusal:
                self._meter.limited(caller.application.code)
                raise
        return caller
