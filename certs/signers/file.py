"""Keys in files: for development, tests and machines that have no device; production refuses them."""

import asyncio
import os
import stat
from pathlib import Path

from certs.signers.held import HeldSigner
from certs.signers.keys import LONGEST_KEY, read_private_key
from certs.x509 import Certificate, SignatureAlgorithm
from gateway.core.errors import KeyUnusable


async def open_file_signer(
    path: Path,
    certificate: Certificate,
    *,
    algorithm: SignatureAlgorithm | None = None,
    passphrase: str | None = None,
) -> HeldSigner:
    """The signer of the key in a file that only its owner can read.

    Raises:
        KeyUnusable: others can read the file, it cannot be read, or holds no key that belongs to the certificate.
    """
    return await asyncio.to_thread(
        lambda: HeldSigner(read_private_key(_read(path), passphrase), certificate, algorithm)
    )


def _read(path: Path) -> bytes:
    try:
        # without blocking: a pipe in the file's place must not keep us waiting
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            state = os.fstat(opened.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise KeyUnusable("the key's path is no file")
            if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyUnusable("others than its owner may use the key's file: chmod 600 it")
            return opened.read(LONGEST_KEY + 1)
    except OSError as error:
        raise KeyUnusable(f"the key's file cannot be read: {error.strerror}") from error
