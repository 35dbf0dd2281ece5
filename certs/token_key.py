"""A private key that signs JSON Web Tokens; what an identity platform has, and nobody who only verifies."""

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

Algorithm = Literal["ES256", "RS256"]

_RSA_BITS = 2_048


class TokenKey:
    """A key with a name (``kid``) for one algorithm."""

    def __init__(self, key: ECKey | RSAKey, algorithm: Algorithm, kid: str) -> None:
        self._key = key
        self.algorithm = algorithm
        self.kid = kid

    @classmethod
    def generate(cls, algorithm: Algorithm) -> "TokenKey":
        """A new key; RSA takes some tenths of a second."""
        kid = secrets.token_hex(8)
        named: KeyParameters = {"kid": kid, "use": "sig", "alg": algorithm}
        if algorithm == "ES256":
            return cls(ECKey.generate_key("P-256", named), algorithm, kid)
        return cls(RSAKey.generate_key(_RSA_BITS, named), algorithm, kid)

    def public_jwk(self) -> dict[str, Any]:
        """The public part, as a key set publishes it."""
        return dict(self._key.as_dict(private=False))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        return jwt.encode({"alg": self.algorithm, "kid": self.kid}, dict(claims), self._key)
