"""OpenID Connect: discovery, key set and token endpoint (RFC 6749, OpenID Connect Core)."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.sandbox.credentials import read_basic, same
from adapters.sandbox.identity.keys import SigningKeys
from adapters.sandbox.identity.people import Known
from adapters.sandbox.tickets import Tickets
from certs.token_key import Algorithm
from gateway.core.clock import Clock

ISSUER = "https://identity.example"
"""``iss`` of every token, wherever the platform listens."""

AUDIENCE = "yiwang"
"""``aud`` of access tokens: the gateway."""

TOKEN_SECONDS = 600

_FIELDS_MOST = 20
_PERSON_ONLY = "person"


class Client(msgspec.Struct, frozen=True):
    """A registered application: its credentials, its claims, and the algorithm that it asked for."""

    id: str
    secret: str
    code: str
    title: str
    algorithm: Algorithm

    @property
    def app(self) -> dict[str, str]:
        """The claim that names it."""
        return {"code": self.code, "title": self.title}


class _OAuthError(Exception):
    def __init__(self, error: str, status: int = 400) -> None:
        self.error = error
        self.status = status
        super().__init__(error)


class Connect:
    """The endpoints.

    Args:
        clients: who may ask for tokens.
        keys: with which tokens are signed.
        codes: sign-in codes, each good for one token.
        clock: from which tokens take their times.
    """

    def __init__(self, clients: tuple[Client, ...], keys: SigningKeys, codes: Tickets[Known], clock: Clock) -> None:
        self._clients = clients
        self._keys = keys
        self._codes = codes
        self._clock = clock

    async def describe(self, request: Request) -> Response:
        """``GET /.well-known/openid-configuration``."""
        here = str(request.url).partition("/.well-known/")[0]
        return _json(
            {
                "issuer": ISSUER,
                "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/jwks",
                "grant_types_supported": ["client_credentials", "authorization_code"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256", "RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": ["openid", _PERSON_ONLY],
                "claims_supported": ["iss", "aud", "exp", "iat", "jti", "sub", "azp", "app", "person"],
            }
        )

    async def show_keys(self, _request: Request) -> Response:
        """``GET /jwks``."""
        return _json({"keys": self._keys.published()})

    async def give_token(self, request: Request) -> Response:
        """``POST /token``."""
        try:
            reply = self._granted(request.headers, await request.body())
        except _OAuthError as error:
            headers = {"www-authenticate": 'Basic realm="identity"'} if error.status == 401 else {}  # noqa: PLR2004
            return _json({"error": error.error}, error.status, headers)
        return _json(reply, headers={"cache-control": "no-store"})

    def _granted(self, headers: Mapping[str, str], body: bytes) -> dict[str, object]:
        form = _read_form(body)
        client = self._client(headers, form)
        match form.get("grant_type"):
            case "client_credentials":
                return self._tokens(client, {"app": client.app})
            case "authorization_code":
                person = self._codes.take(form.get("code", ""))
                if person is None:
                    raise _OAuthError("invalid_grant")
                return self._signed_in(client, person, form.get("scope", "").split())
            case None:
                raise _OAuthError("invalid_request")
            case _:
                raise _OAuthError("unsupported_grant_type")

    def _signed_in(self, client: Client, person: Known, scope: list[str]) -> dict[str, object]:
        claimed = msgspec.to_builtins(person)
        named = {"azp": client.code, "person": claimed}
        reply = self._tokens(client, named if _PERSON_ONLY in scope else {"app": client.app, **named})
        if "openid" in scope:
            about = {"aud": client.id, "sub": person.subject, "name": person.name, "person": claimed}
            reply["id_token"] = self._sign(client, about)
        return reply

    def _tokens(self, client: Client, named: dict[str, Any]) -> dict[str, object]:
        token = self._sign(client, {"aud": AUDIENCE, **named})
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}

    def _sign(self, client: Client, named: dict[str, Any]) -> str:
        now = int(self._clock.now().timestamp())
        times = {"iat": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_hex(16)}
        return self._keys.sign(client.algorithm, {"iss": ISSUER, **times, **named})

    def _client(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Client:
        posted = (form.get("client_id", ""), form.get("client_secret", ""))
        given, secret = read_basic(headers.get("authorization", "")) or posted
        # all are compared, so that the time taken does not tell which one was meant
        proven = [client for client in self._clients if same(given, client.id) & same(secret, client.secret)]
        if not proven:
            raise _OAuthError("invalid_client", 401)
        return proven[0]


def _read_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=_FIELDS_MOST) if body else []
    except ValueError:
        raise _OAuthError("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _OAuthError("invalid_request")
    return form


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")
