"""Made-up keys for what is sealed at rest."""

from certs.record_cipher import AesGcmRecordCipher

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))


def a_cipher(*keys: bytes) -> AesGcmRecordCipher:
    return AesGcmRecordCipher(keys or (FIRST,))
