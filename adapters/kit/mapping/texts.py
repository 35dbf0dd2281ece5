"""Values inside one text of a request: JSON and XML in a string, parts joined, ciphertexts."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar

import msgspec

from adapters.kit import markup
from adapters.kit.plain import plain_text, present
from gateway.core.errors import KeyUnusable, SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import PayloadCipher, Sm2CipherForm

Encoding = Literal["hex", "HEX", "base64"]
Engine = TypeVar("Engine")
OWN_TEXT: Final = "."
BLOCK: Final = 16


def json_text(value: object) -> str:
    """The value as JSON; members of objects that are None are left out at every depth."""
    return msgspec.json.encode(present(value)).decode()


def xml_text(root: str, fields: Mapping[str, object], declaration: str | None = None) -> str:
    """An XML document of one line, escaped; raises SystemFailure (ours) for what XML cannot carry."""
    prolog = f'<?xml version="1.0" encoding="{declaration}"?>' if declaration else ""
    return prolog + element(root, fields)


def element(name: str, value: object) -> str:
    """Markup of an element: ``@key`` are attributes, ``.`` its own text, a list repeats a child, None leaves it out.

    Raises:
        SystemFailure: GATEWAY_ERROR, ours: a character that XML does not have.
    """
    if not isinstance(value, Mapping):
        return f"<{name}>{markup.text(plain_text(value))}</{name}>"
    attributes = "".join(
        f' {key[1:]}="{markup.attribute(plain_text(inner))}"'
        for key, inner in value.items()
        if key.startswith("@") and inner is not None
    )
    own = value.get(OWN_TEXT)
    parts = [] if own is None else [markup.text(plain_text(own))]
    for key, inner in value.items():
        if key.startswith("@") or key == OWN_TEXT:
            continue
        each = inner if isinstance(inner, list | tuple) else (inner,)
        parts += (element(key, one) for one in each if one is not None)
    return f"<{name}{attributes}>{''.join(parts)}</{name}>"


def joined(values: Sequence[object], by: str) -> str | None:
    """The values that are there as one text, lists by their members; None if there is none."""
    parts: list[str] = []
    for value in values:
        each = value if isinstance(value, list | tuple) else (value,)
        parts += (plain_text(one) for one in each if one is not None)
    return by.join(parts) if parts else None


def base64_text(value: object) -> str | None:
    """A plain value in base64 of its UTF-8 bytes; None stays None."""
    return None if value is None else encoded(plain_text(value).encode(), "base64")


def encoded(data: bytes, encoding: Encoding) -> str:
    """Bytes as text."""
    if encoding == "base64":
        return base64.b64encode(data).decode("ascii")
    return data.hex() if encoding == "hex" else data.hex().upper()


def need_engine(engine: Engine | None) -> Engine:
    """The engine; raises SystemFailure (ours) where the gateway runs without one."""
    if engine is None:
        raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, "no engine for SM2, SM3 and SM4 is connected")
    return engine


def encrypted_sm2(cipher: PayloadCipher | None, key: str, source: str, plain: str, form: Sm2CipherForm) -> bytes:
    """``plain`` for the holder of a public key that came from ``source``; raises SystemFailure (ours)."""
    engine = need_engine(cipher)
    try:
        return engine.encrypt_sm2(key, plain.encode(), form)
    except (KeyUnusable, ValueError) as error:
        raise _unusable(source, "SM2 public key", error) from error


def encrypted_sm4(cipher: PayloadCipher | None, key: str, source: str, plain: str, iv: str | None) -> bytes:
    """``plain`` under a shared key from ``source``, CBC if there is an ``iv``; raises SystemFailure (ours)."""
    engine = need_engine(cipher)
    try:
        return engine.encrypt_sm4(key, plain.encode(), vector=None if iv is None else _block(iv))
    except (KeyUnusable, ValueError) as error:
        raise _unusable(source, "SM4 key", error) from error


def _block(text: str) -> bytes:
    """The 16 bytes that 32 hexadecimal digits or 16 characters spell; raises ValueError."""
    block = bytes.fromhex(text) if len(text) == 2 * BLOCK else text.encode()
    if len(block) != BLOCK:
        message = "a vector is 32 hexadecimal digits or 16 characters"
        raise ValueError(message)
    return block


def _unusable(source: str, kind: str, error: Exception) -> SystemFailure:
    what = f"{source} holds no usable {kind}" if isinstance(error, KeyUnusable) else "the text cannot be encrypted"
    return SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, what)
