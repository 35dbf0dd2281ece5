"""Access tokens: JWTs that name the calling application and the acting person.

Claims: ``iss aud exp iat jti`` and ``app: {code, title}``, ``person: {subject, role, name, …}`` with the fields of
gateway.core.caller. The development issuer signs its own; production refuses everything that it signed.
"""

import secrets
from datetime import timedelta

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid, Refusal
from gateway.core.text import Text

AUDIENCE = "yiwang"
DEVELOPMENT_ISSUER = "yiwang-development"
_ALGORITHMS = ["ES256"]
_LONGEST_TOKEN = 8_192
_SKEW_SECONDS = 60

_MALFORMED = Text("格式错误", "it is malformed")
_UNSIGNED = Text("签名无法核验", "its signature does not verify")
_EXPIRED = Text("已过期或尚未生效", "it has expired or is not valid yet")
_FOREIGN = Text("签发方或受众不符", "it is of another issuer or for another audience")


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    exp: float
    iat: float
    app: Application
    person: Person | None = None


class JwksVerifier:
    """A TokenVerifier over one issuer's public keys.

    Args:
        jwks: the issuer's JSON Web Key Set.
        issuer: the only ``iss`` that is accepted.
        clock: judges expiry, with a minute of allowance for skewed clocks.
    """

    def __init__(self, jwks: bytes, issuer: str, clock: Clock) -> None:
        try:
            self._keys = KeySet.import_key_set(msgspec.json.decode(jwks))
        except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationInvalid("the issuer's key set cannot be read", "give a JWKS document") from error
        self._issuer = issuer
        self._clock = clock

    def verify(self, token: str) -> Caller:
        """The caller whom the token names.

        Raises:
            Refusal: UNAUTHENTICATED; the reason tells malformed, unsigned, expired and foreign apart.
        """
        if len(token) > _LONGEST_TOKEN:
            raise Refusal(problems.TOKEN_INVALID, reason=_MALFORMED)
        try:
            decoded = jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise Refusal(problems.TOKEN_INVALID, reason=_UNSIGNED) from error
        try:
            claims = msgspec.convert(decoded.claims, _Claims)
        except msgspec.ValidationError as error:
            raise Refusal(problems.TOKEN_INVALID, reason=_MALFORMED) from error
        if claims.iss != self._issuer or claims.aud != AUDIENCE:
            raise Refusal(problems.TOKEN_INVALID, reason=_FOREIGN)
        now = self._clock.now().timestamp()
        if not claims.iat - _SKEW_SECONDS <= now < claims.exp + _SKEW_SECONDS:
            raise Refusal(problems.TOKEN_INVALID, reason=_EXPIRED)
        return Caller(claims.app, claims.person)


class DevelopmentIssuer:
    """Signs tokens for tests, demo and development, with a key of its own."""

    def __init__(self, key: ECKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    @classmethod
    def generate(cls, clock: Clock) -> "DevelopmentIssuer":
        """An issuer with a new key."""
        return cls(ECKey.generate_key("P-256", {"kid": secrets.token_hex(8)}), clock)

    @classmethod
    def load(cls, private_jwk: bytes, clock: Clock) -> "DevelopmentIssuer":
        """An issuer with a kept key.

        Raises:
            ConfigurationInvalid: the bytes are no private key.
        """
        try:
            key = ECKey.import_key(msgspec.json.decode(private_jwk))
        except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationInvalid("the development issuer's key cannot be read", "make a new one") from error
        if not key.is_private:
            raise ConfigurationInvalid("the development issuer's key has no private part", "give issuer.jwk")
        return cls(key, clock)

    def private_jwk(self) -> bytes:
        """The key, to be kept in a file that only its owner can read."""
        return msgspec.json.encode(self._key.as_dict(private=True))

    def jwks(self) -> bytes:
        """The public key set that verifiers need."""
        return msgspec.json.encode({"keys": [self._key.as_dict(private=False)]})

    def issue(self, caller: Caller, lifetime: timedelta) -> str:
        """A token that names ``caller`` for ``lifetime``."""
        now = self._clock.now()
        claims = {
            "iss": DEVELOPMENT_ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": secrets.token_hex(16),
            "app": msgspec.to_builtins(caller.application),
        }
        if caller.person is not None:
            claims["person"] = {
                name: value for name, value in msgspec.to_builtins(caller.person).items() if value is not None
            }
        kid = self._key.kid
        return jwt.encode({"alg": "ES256", **({"kid": kid} if kid else {})}, claims, self._key)
