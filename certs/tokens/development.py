"""The development issuer: signs tokens for tests, demo and development; production refuses everything it signed."""

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway.core.caller import Application, Caller, Person
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.core.issuers import DEVELOPMENT_ISSUER

AUDIENCE = "yiwang"


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
        named: dict[str, Any] = {"app": msgspec.to_builtins(caller.application)}
        if caller.person is not None:
            named["person"] = _claim(caller.person)
        return self._sign(named, lifetime)

    def issue_person(self, person: Person, application: Application, lifetime: timedelta) -> str:
        """A token that names ``person`` only, to be shown by ``application`` beside its own proof."""
        return self._sign({"azp": application.code, "person": _claim(person)}, lifetime)

    def _sign(self, named: dict[str, Any], lifetime: timedelta) -> str:
        now = self._clock.now()
        claims = {
            "iss": DEVELOPMENT_ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": secrets.token_hex(16),
            **named,
        }
        kid = self._key.kid
        return jwt.encode({"alg": "ES256", **({"kid": kid} if kid else {})}, claims, self._key)


def _claim(person: Person) -> dict[str, str]:
    return {name: value for name, value in msgspec.to_builtins(person).items() if value is not None}
