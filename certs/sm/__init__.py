"""The Chinese algorithms: SM2 signatures and encryption, SM3 digests, SM4 ciphers.

``engine()`` is the SM2 engine to use. It is chosen at first use, in some 40 ms: libcrypto's if it passes its self-test,
Python's otherwise. Keys, signatures and ciphertexts are values that every engine takes.
"""

import threading
from collections.abc import Sequence

from certs.sm.choice import Choice, choose
from certs.sm.cipher import Sm4, Sm4Mode
from certs.sm.digest import Sm3, hmac_sm3, sm3, verify_hmac_sm3
from certs.sm.engine import DEFAULT_ID, Sm2Engine, message_digest, signer_digest
from certs.sm.errors import CipherInvalid, EngineUnusable, KeyInvalid, SignatureInvalid, SmError
from certs.sm.keys import Sm2PrivateKey, Sm2PublicKey
from certs.sm.shapes import LONGEST_PLAIN, CipherForm, Signature

__all__ = [
    "DEFAULT_ID",
    "LONGEST_PLAIN",
    "CipherForm",
    "CipherInvalid",
    "EngineUnusable",
    "KeyInvalid",
    "Signature",
    "SignatureInvalid",
    "Sm2Engine",
    "Sm2PrivateKey",
    "Sm2PublicKey",
    "Sm3",
    "Sm4",
    "Sm4Mode",
    "SmError",
    "engine",
    "engines",
    "hmac_sm3",
    "message_digest",
    "signer_digest",
    "sm3",
    "verify_hmac_sm3",
    "why",
]

_lock = threading.Lock()
_chosen: list[Choice] = []


def engine() -> Sm2Engine:
    """The engine to use.

    Raises:
        EngineUnusable: not even Python's engine passes its self-test.
    """
    return engines()[0]


def engines() -> Sequence[Sm2Engine]:
    """Every engine that passed its self-test, the one to use first.

    Raises:
        EngineUnusable: as engine().
    """
    return _choice().engines


def why() -> str:
    """Which engine is used and why, for operations.

    Raises:
        EngineUnusable: as engine().
    """
    return _choice().why


def _choice() -> Choice:
    with _lock:
        if not _chosen:
            _chosen.append(choose())
        return _chosen[0]
