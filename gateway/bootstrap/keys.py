"""Key files: read with care, and turned into what uses them."""

import os
import stat
from pathlib import Path

from certs.audit_keys import load_signer
from certs.id_sealer import KEY_BYTES, AesSivIdSealer
from certs.record_cipher import AesGcmRecordCipher
from gateway.core.audit.checkpoint import CheckpointSigner
from gateway.core.errors import ConfigurationInvalid, KeyUnusable
from gateway.settings import Mode, Settings

_LONGEST_KEY = 4_096


def read_id_sealer(settings: Settings) -> AesSivIdSealer:
    """What seals public ids."""
    file = needed(settings.id_key, "YIWANG_ID_KEY")
    key = read_secret(file, "YIWANG_ID_KEY")
    if len(key) != KEY_BYTES:
        raise ConfigurationInvalid(f"{file} does not hold {KEY_BYTES} bytes", "make one with `yiwang keys id`")
    return AesSivIdSealer(key)


def read_audit_signer(settings: Settings) -> CheckpointSigner | None:
    """What signs the audit; None if no key is named, which only development may."""
    file = settings.audit_key
    if file is None:
        if settings.mode is Mode.PRODUCTION:
            raise ConfigurationInvalid("YIWANG_AUDIT_KEY is not set", "make a key with `yiwang keys audit`")
        return None
    try:
        return load_signer(read_secret(file, "YIWANG_AUDIT_KEY"))
    except KeyUnusable as error:
        raise ConfigurationInvalid(f"{file}: {error}", "make one with `yiwang keys audit`") from error


def read_record_cipher(settings: Settings) -> AesGcmRecordCipher:
    """What seals personal data at rest."""
    file = needed(settings.record_key, "YIWANG_RECORD_KEY")
    try:
        return AesGcmRecordCipher.parse(read_secret(file, "YIWANG_RECORD_KEY"))
    except KeyUnusable as error:
        raise ConfigurationInvalid(f"{file} {error}", "make one with `yiwang keys record`") from error


def needed(file: Path | None, variable: str) -> Path:
    """The file that a setting names; raises ConfigurationInvalid if it names none."""
    if file is None:
        raise ConfigurationInvalid(f"{variable} is not set", "see docs/reference/settings.md")
    return file


def read_secret(file: Path, variable: str, most: int = _LONGEST_KEY) -> bytes:
    """The first bytes of a file that only its owner may read; raises ConfigurationInvalid if others may, or none."""
    try:
        with file.open("rb") as opened:
            shared = os.fstat(opened.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            key = opened.read(most)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", f"set {variable}") from error
    if shared:
        raise ConfigurationInvalid(f"{file} holds secrets and is open to others", f"chmod 600 {file}")
    return key
