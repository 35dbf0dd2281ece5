"""What the Chinese algorithms refuse.

    YiwangError
    └── SmError
        ├── KeyInvalid         bytes, text or a number that is no key
        ├── SignatureInvalid   a signature or code that does not prove its message
        ├── CipherInvalid      a ciphertext that does not decrypt, for whatever reason
        └── EngineUnusable     an implementation that is absent or computes wrongly

No message holds key material, plaintext or a part of the input. CipherInvalid always says the same: which check failed
would be an oracle.
"""

from gateway.core.errors import YiwangError


class SmError(YiwangError):
    """Base of what this package raises."""


class KeyInvalid(SmError):
    """Not a key of this kind; the message says what is wrong with its shape."""


class SignatureInvalid(SmError):
    """The signature or code does not prove the message."""

    def __init__(self) -> None:
        super().__init__("the signature does not prove the message")


class CipherInvalid(SmError):
    """The ciphertext does not decrypt under this key."""

    def __init__(self) -> None:
        super().__init__("the ciphertext does not decrypt under this key")


class EngineUnusable(SmError):
    """An engine that was not found, failed its self-test or failed at work; the message gives the reason."""
