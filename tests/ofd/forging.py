"""Signatures made wrong on purpose, by those who hold the keys."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import TypeVar

from certs.seals import Seal, assemble, to_be_signed
from certs.signers import HeldSigner
from certs.sm import sm3
from certs.x509 import asn1
from tests.ofd.world import NOW, SIGN, files, packed, seal, signer, usual

T = TypeVar("T")


def run(work: Awaitable[T]) -> T:
    async def done() -> T:
        return await work

    return asyncio.run(done())


def value(
    description: bytes,
    *,
    with_seal: Seal | None = None,
    by: HeldSigner | None = None,
    certificate: bytes | None = None,
    at: datetime = NOW,
    path: str = f"/{SIGN}/Signature.xml",
    token: bytes | None = None,
) -> bytes:
    """A SignedValue.dat for a Signature.xml."""
    holder = by or signer()
    signed = to_be_signed(with_seal or seal(), at=at, data_hash=sm3(description), property_info=path)
    return assemble(
        signed,
        certificate=certificate or holder.certificate.der,
        algorithm=holder.algorithm,
        signature=run(holder.sign_raw(signed)),
        token=token,
    )


def resigned(
    *edits: tuple[bytes, bytes],
    data: bytes | None = None,
    others: Mapping[str, bytes | None] | None = None,
    with_seal: Seal | None = None,
    by: HeldSigner | None = None,
    certificate: bytes | None = None,
    at: datetime = NOW,
    path: str = f"/{SIGN}/Signature.xml",
) -> bytes:
    """The usual document (or another of one seal) with its Signature.xml edited and signed anew.

    Args:
        edits: pieces of Signature.xml, which must be there, and what takes their place.
        data: the document.
        others: files to change before.
        with_seal, by, certificate, at, path: as ``value`` has them.
    """
    contents: dict[str, bytes | None] = {**files(data or usual()), **(others or {})}
    description = contents[f"{SIGN}/Signature.xml"]
    assert description is not None
    for old, new in edits:
        assert old in description
        description = description.replace(old, new)
    contents[f"{SIGN}/Signature.xml"] = description
    contents[f"{SIGN}/SignedValue.dat"] = value(
        description, with_seal=with_seal, by=by, certificate=certificate, at=at, path=path
    )
    return packed(contents)


def value_v1(description: bytes, old_seal: bytes, time: bytes) -> bytes:
    """A SignedValue.dat of GM/T 0031-2014."""
    signed = asn1.sequence(
        asn1.integer(1),
        old_seal,
        asn1.bits(time),
        asn1.bits(sm3(description)),
        asn1.element(asn1.IA5_STRING, f"/{SIGN}/Signature.xml".encode()),
        asn1.octets(signer().certificate.der),
        asn1.oid(signer().algorithm.oid),
    )
    return asn1.sequence(signed, asn1.bits(run(signer().sign_raw(signed))))
