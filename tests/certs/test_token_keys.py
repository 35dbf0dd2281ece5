"""Keys that sign tokens: what they sign is proven by the part that they publish, and by nothing else."""

from typing import get_args

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import import_key

from certs.token_key import Algorithm, TokenKey


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_what_a_key_signs_is_proven_by_what_it_publishes(algorithm: Algorithm) -> None:
    key, other = TokenKey.generate(algorithm), TokenKey.generate(algorithm)
    token = key.sign({"sub": "somebody"})
    read = jwt.decode(token, import_key(key.public_jwk()), [algorithm])
    assert read.claims == {"sub": "somebody"}
    assert (read.header["kid"], read.header["alg"]) == (key.kid, algorithm)
    with pytest.raises(BadSignatureError):
        jwt.decode(token, import_key(other.public_jwk()), [algorithm])


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_nothing_private_is_published(algorithm: Algorithm) -> None:
    assert not {"d", "p", "q", "dp", "dq", "qi"} & TokenKey.generate(algorithm).public_jwk().keys()
