"""The authority over HTTP: requests in, answers out, in the protocol's own words also where there is no token."""

import base64
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.world.generate import World
from certs.signers import HeldSigner
from certs.timestamps import REPLY, Failure, StampAuthority, respond
from certs.timestamps.responses import refused
from certs.x509 import DevelopmentAuthority, KeyAlgorithm, Profile
from gateway.core.clock import Clock

_KINDS = {"sm2": KeyAlgorithm.SM2, "ec": KeyAlgorithm.EC}


class Timestamps:
    """The service.

    Args:
        code: its code.
        world: not looked at: it has no data.
        clock: the time that it stamps.
    """

    base_path = "/timestamps"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:  # noqa: ARG002 # as of every system
        self.code = code
        self._clock = clock
        self._made: dict[KeyAlgorithm, tuple[DevelopmentAuthority, StampAuthority]] = {}
        self._operations = {f"{self.base_path}/{name}": name for name in (*_KINDS, "roots", "crl")}
        stamping = [
            Route(f"{self.base_path}/{name}", self._call(kind), methods=["POST"]) for name, kind in _KINDS.items()
        ]
        self.app = Starlette(
            routes=[
                *stamping,
                Route(f"{self.base_path}/roots", self._roots),
                Route(f"{self.base_path}/crl", self._lists),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``; there is nothing secret about it."""
        return {"url": url}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """The answer of an authority that fails inside."""
        return Response(refused(Failure.SYSTEM_FAILURE, "out of order"), media_type=REPLY)

    def end_sessions(self) -> None:
        """Nothing: anybody may ask."""

    def refusal(self) -> Response:
        """The answer of an authority whose clock is out of step."""
        return Response(refused(Failure.TIME_NOT_AVAILABLE, "the clock is out of step"), media_type=REPLY)

    def _call(self, kind: KeyAlgorithm) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            return Response(await respond(await request.body(), self._authority(kind)[1]), media_type=REPLY)

        return call

    async def _roots(self, _request: Request) -> Response:
        roots = [self._authority(kind)[0].root.certificate.to_pem() for kind in _KINDS.values()]
        return PlainTextResponse("".join(roots), media_type="application/x-pem-file")

    async def _lists(self, _request: Request) -> Response:
        made = [self._authority(kind)[0] for kind in _KINDS.values()]
        lists = [one.crl(rank) for one in made for rank in (one.root, one.intermediate)]
        return PlainTextResponse("".join(_pem(one) for one in lists), media_type="application/x-pem-file")

    def _authority(self, kind: KeyAlgorithm) -> tuple[DevelopmentAuthority, StampAuthority]:
        """Made when it is first asked for: most who start a sandbox want no timestamps."""
        if kind not in self._made:
            authority = DevelopmentAuthority.create(self._clock, kind)
            issued = authority.issue(f"Development Timestamps {kind}", Profile.TIMESTAMP)
            signer = HeldSigner(issued.key, issued.certificate)
            self._made[kind] = authority, StampAuthority(signer=signer, clock=self._clock, chain=issued.chain)
        return self._made[kind]


def _pem(crl: bytes) -> str:
    return f"-----BEGIN X509 CRL-----\n{base64.encodebytes(crl).decode()}-----END X509 CRL-----\n"
