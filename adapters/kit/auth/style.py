"""What the operations of a system prove themselves with: the manifest's ``auth``, compiled for each of them."""

import base64
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from adapters.kit.auth.credential import Credential
from adapters.kit.auth.placing import Placing, header_text
from adapters.kit.auth.reply import ReplyProof
from adapters.kit.auth.session import Session, SessionKeeper
from adapters.kit.auth.signature import RandomBytes, Signer
from adapters.kit.http import HttpReply, HttpRequest, with_query
from adapters.kit.http.bodies import RequestCharset
from adapters.kit.manifest.auth import BasicAuth, SessionAuth, WsseAuth
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.signing import ReplySignature
from adapters.kit.mapping import Scope
from adapters.kit.settings import read_setting
from gateway.core.clock import Deadline

TOKEN: Final = "token"  # noqa: S105 - the name of a value, not one
_SIGN = "sign."
_Add = Callable[[Scope], Credential]
_Encode = Callable[[Mapping[str, object], Credential], HttpRequest]


class OperationAuth:
    """How one operation proves itself, and how its reply does; safe to share between calls."""

    def __init__(
        self,
        *,
        adds: tuple[_Add, ...],
        signer: Signer | None,
        proof: ReplyProof | None,
        keeper: SessionKeeper | None,
        expired_status: frozenset[int],
        charset: RequestCharset,
    ) -> None:
        self._adds = adds
        self._signer = signer
        self._proof = proof
        self._keeper = keeper
        self._expired_status = expired_status if keeper is not None else frozenset()
        self._charset = charset

    @property
    def renewable(self) -> bool:
        """Whether there is a session that can be renewed."""
        return self._keeper is not None

    async def session(self, deadline: Deadline) -> Session:
        """The session of the moment, empty if the operation needs none; raises SystemFailure if it cannot be had."""
        return Session() if self._keeper is None else await self._keeper.session(deadline)

    def discard(self, session: Session) -> None:
        """The system calls this session expired."""
        if self._keeper is not None:
            self._keeper.discard(session)

    def is_over(self, reply: HttpReply) -> bool:
        """Whether the reply's status alone says that the session has expired."""
        return reply.status in self._expired_status

    def prepare(self, scope: Scope, values: Mapping[str, object], encode: _Encode) -> HttpRequest:
        """The request of ``values``, proven: a signature over the body is made of the bytes as they are sent.

        Raises:
            SystemFailure: ours: a setting is not filled, or the manifest puts a value where it cannot go.
        """
        credential = Credential()
        for add in self._adds:
            credential = credential.joined(add(scope))
        signer = self._signer
        if signer is not None and not signer.uses_body:
            scope = msgspec.structs.replace(scope, request=credential.merged_into(values))
            credential = credential.joined(signer.sign(scope, b""))
        fields = credential.merged_into(values)
        request = encode(fields, credential)
        if signer is None or not signer.uses_body:
            return request
        late = signer.sign(msgspec.structs.replace(scope, request=fields), request.body)
        return msgspec.structs.replace(
            request,
            url=with_query(request.url, late.query, self._charset) if late.query else request.url,
            headers={**request.headers, **late.headers},
        )

    def verify(self, reply: HttpReply, scope: Scope) -> None:
        """Return if the reply proves who answers, or need not; raises SystemFailure as ``ReplyProof.verify``."""
        if self._proof is not None:
            self._proof.verify(reply, scope)


class SystemAuth:
    """The auth of a system's operations, by name."""

    def __init__(self, operations: Mapping[str, OperationAuth], keeper: SessionKeeper | None) -> None:
        self._operations = operations
        self._keeper = keeper

    def of(self, operation: str) -> OperationAuth:
        """How this operation proves itself."""
        return self._operations[operation]

    async def aclose(self) -> None:
        """End a login that is still running."""
        if self._keeper is not None:
            await self._keeper.aclose()


def compile_auth(manifest: Manifest, keeper: SessionKeeper | None, random_bytes: RandomBytes) -> SystemAuth:
    """The auth of every operation of a checked manifest.

    Args:
        manifest: whose ``auth`` is compiled.
        keeper: keeps the session, where the manifest has one.
        random_bytes: where nonces come from.
    """
    signers = {name: Signer(signature, manifest, random_bytes) for name, signature in manifest.auth.sign.items()}
    common = _proof(manifest.auth.reply, manifest)
    own = {name: _proof(signature.reply, manifest) for name, signature in manifest.auth.sign.items()}
    adds = _adds(manifest)
    session = manifest.auth.session

    def compiled(name: str) -> OperationAuth:
        styles = manifest.styles(name)
        signed = next((style.removeprefix(_SIGN) for style in styles if style.startswith(_SIGN)), None)
        proof = (own[signed] if signed is not None else None) or common
        exempt = proof is not None and proof.needs_session and "session" not in styles
        return OperationAuth(
            adds=tuple(add for style, add in adds.items() if style in styles),
            signer=signers[signed] if signed is not None else None,
            proof=None if exempt else proof,
            keeper=keeper if "session" in styles else None,
            expired_status=frozenset(session.expired.status if session is not None else ()),
            charset=manifest.protocol.charset.request,
        )

    return SystemAuth({name: compiled(name) for name in manifest.operations}, keeper)


def _proof(rule: ReplySignature | None, manifest: Manifest) -> ReplyProof | None:
    return None if rule is None else ReplyProof(rule, manifest)


def _adds(manifest: Manifest) -> dict[str, _Add]:
    auth = manifest.auth
    adds: dict[str, _Add] = {}
    if auth.session is not None and auth.session.into is not None:
        adds["session"] = _token(auth.session, auth.session.into)
    if auth.basic is not None:
        adds["basic"] = _basic(auth.basic)
    if auth.wsse is not None:
        adds["wsse"] = _wsse(auth.wsse)
    if auth.static is not None:
        adds["static"] = Placing(auth.static.into, manifest, frozenset()).credential
    return adds


def _token(style: SessionAuth, into: str) -> _Add:
    place, name = into.split(".", 1)
    prefix = style.prefix or ""

    def add(scope: Scope) -> Credential:
        text = prefix + scope.session[TOKEN]
        if place == "query":
            return Credential(query={name: text})
        return Credential(headers={name: header_text(name, text)})

    return add


def _basic(style: BasicAuth) -> _Add:
    def add(scope: Scope) -> Credential:
        username = read_setting(scope.secrets, style.username.setting)
        password = read_setting(scope.secrets, style.password.setting)
        pair = base64.b64encode(f"{username}:{password}".encode()).decode()
        return Credential(headers={"Authorization": f"Basic {pair}"})

    return add


def _wsse(style: WsseAuth) -> _Add:
    def add(scope: Scope) -> Credential:
        return Credential(
            username=read_setting(scope.secrets, style.username.setting),
            password=read_setting(scope.secrets, style.password.setting),
        )

    return add
