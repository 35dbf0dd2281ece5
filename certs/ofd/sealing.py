"""Sealing and signing OFD documents.

The order is the one in which nothing protects what is still to change: the pointer in OFD.xml, Seal.esl and the list of
signatures are settled, then everything is digested while it is copied, then Signature.xml is written and its digest
signed. A signature protects every file but its own Signature.xml and SignedValue.dat, and the lists of signatures, so
that further signatures may follow. Files that do not change are copied as they stand, byte for byte.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import msgspec

from certs.cms import make_gm_signed_data
from certs.ofd import signature_list
from certs.ofd.description import write_description
from certs.ofd.digests import Digest
from certs.ofd.document import Document, Root
from certs.ofd.errors import CertificateOut, KeyUnfit, OfdLocked, SealUnusable
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import ROOT, OfdPackage, Openable
from certs.ofd.paths import folded, folder_of
from certs.ofd.placement import Placement, Stamp, place
from certs.ofd.signature_files import described
from certs.ofd.signature_list import SignatureList
from certs.ofd.writing import PackageWriter
from certs.replacing import replacing
from certs.seals.seal import Seal, SealVersion
from certs.seals.signature import assemble, to_be_signed
from certs.seals.using import flaw_in_use
from certs.signers import SignatureAlgorithm, Signer
from certs.x509 import Hash
from gateway.core.clock import Clock
from gateway.core.text import Text

T = TypeVar("T")

Timestamps = Callable[[bytes], Awaitable[bytes]]
"""Gives a timestamp token (DER) over a signature value."""

INLINE: Final = 1 << 20
"""Bytes of a document up to which it is worked on at once; a larger one goes to a thread, so that others can go on."""

_LOCKED = Text(
    "文档的签名列表已被签名 {id} 锁定，不能再加盖签章",
    "the list of signatures is protected by signature {id}: no further signature may be added",
)
_ROOT_LOCKED = Text(
    "OFD.xml 已被签名 {id} 保护且未指向签名列表，不能再加盖签章",
    "OFD.xml is protected by signature {id} and does not name this list: no further signature may be added",
)
_FULL = Text("文档的签名数量已达上限", "the document bears as many signatures as it may")
_FORBIDDEN = Text("文档的权限设置不允许签章", "the document's own permissions do not allow signatures")
_NOT_SM2 = Text("OFD 签章需要 SM2 密钥", "sealing OFD needs a key of SM2")
_ONLY_READ = Text("V1 版印章只能验证，不能用于签章", "seals of V1 are only read: no document is sealed with them")
_CERTIFICATE_OUT = Text("签章人证书不在有效期内", "the signer's certificate is not in force yet or not any more")


async def seal_ofd(
    source: Openable,
    target: Path | BinaryIO,
    seal: Seal,
    signer: Signer,
    placement: Placement,
    clock: Clock,
    timestamps: Timestamps | None = None,
    limits: Limits = LIMITS,
) -> None:
    """Seal a document (Type="Seal", GB/T 38540); its first one, if the file holds several.

    Args:
        source: the document.
        target: a file, which takes its place only when it is complete and may be the source; or where to write, which
            is worth nothing after an error.
        seal: of V4 or V5.
        signer: an SM2 key whose certificate is in the seal's list.
        placement: where the seal shows.
        clock: the time that is stated.
        timestamps: gives a token over the signature value, which then proves the time.
        limits: what is refused as too large.

    Raises:
        OfdInvalid: the document cannot be read safely.
        OfdLocked: a signature in it, or its permissions, forbid a further one.
        PlacementInvalid: the seal cannot be put there.
        SealUnusable: the seal or the certificate is not in force, not of each other, or not of SM2.
        KeyUnusable: the key cannot sign.
        OSError: the target cannot be written.
        TimestampError: as ``timestamps`` raises it.
    """
    at = clock.now().replace(microsecond=0)
    _check_seal(seal, signer, at)

    async def value(description: bytes, path: str) -> bytes:
        signed = to_be_signed(seal, at=at, data_hash=Hash.SM3.digest(description), property_info=path)
        signature = await signer.sign_raw(signed)
        return assemble(
            signed,
            certificate=signer.certificate.der,
            algorithm=signer.algorithm,
            signature=signature,
            token=None if timestamps is None else await timestamps(signature),
        )

    await _Sealing(source, target, at, limits, seal, placement).run(value)


async def sign_ofd(
    source: Openable,
    target: Path | BinaryIO,
    signer: Signer,
    clock: Clock,
    timestamps: Timestamps | None = None,
    limits: Limits = LIMITS,
) -> None:
    """Sign a document without a seal (Type="Sign", GB/T 35275 signed data); arguments and errors as in seal_ofd."""
    at = clock.now().replace(microsecond=0)
    _check_signer(signer, at)

    async def value(description: bytes, _path: str) -> bytes:
        return await make_gm_signed_data(Hash.SM3.digest(description), signer, [signer.certificate], timestamps)

    await _Sealing(source, target, at, limits).run(value)


def _check_signer(signer: Signer, at: datetime) -> None:
    if signer.algorithm is not SignatureAlgorithm.SM2_SM3:
        raise KeyUnfit(_NOT_SM2)
    if not signer.certificate.in_force(at):
        raise CertificateOut(_CERTIFICATE_OUT)


def _check_seal(seal: Seal, signer: Signer, at: datetime) -> None:
    _check_signer(signer, at)
    if seal.version is SealVersion.V1:
        raise SealUnusable(_ONLY_READ)
    if (flaw := flaw_in_use(seal, signer.certificate.der, at)) is not None:
        raise SealUnusable(flaw)


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a document gets: the files that change or are new, and where the signature's own are.

    Attributes:
        changed: new contents of files that the package has, by folded path, with the paths.
        added: new files that the signature protects.
        lists: folded paths of all lists of signatures, which it does not protect.
        folder: where the signature's own files go.
    """

    changed: Mapping[str, tuple[str, bytes]]
    added: Mapping[str, bytes]
    lists: frozenset[str]
    folder: str
    stamps: Sequence[Stamp]


class _Sealing:
    def __init__(
        self,
        source: Openable,
        target: Path | BinaryIO,
        at: datetime,
        limits: Limits,
        seal: Seal | None = None,
        placement: Placement | None = None,
    ) -> None:
        self._source = source
        self._target = target
        self._at = at
        self._limits = limits
        self._seal = seal
        self._placement = placement

    async def run(self, value: Callable[[bytes, str], Awaitable[bytes]]) -> None:
        with OfdPackage.open(self._source, self._limits) as package:
            large = package.source.size > INLINE
            plan = await _worked(lambda: self._plan(package), large=large)
            with self._opened() as out:
                writer = PackageWriter(out, self._at)
                references = await _worked(lambda: _copy(package, plan, writer), large=large)
                paths = {name: f"/{plan.folder}/{name}" for name in ("Signature.xml", "SignedValue.dat", "Seal.esl")}
                description = write_description(
                    method=SignatureAlgorithm.SM2_SM3.oid,
                    at=self._at,
                    references=references,
                    stamps=plan.stamps,
                    seal="" if self._seal is None else paths["Seal.esl"],
                    value=paths["SignedValue.dat"],
                )
                writer.add(paths["Signature.xml"][1:], description)
                signed = await value(description, paths["Signature.xml"])
                writer.add(paths["SignedValue.dat"][1:], signed, packed=False)
                await _worked(writer.finish, large=large)

    def _opened(self) -> AbstractContextManager[BinaryIO]:
        return replacing(self._target, self._source) if isinstance(self._target, Path) else nullcontext(self._target)

    def _plan(self, package: OfdPackage) -> _Plan:
        root = package.once(Root)
        body = root.bodies[0]
        document = package.once(Document, body)
        if not document.may_be_signed:
            raise OfdLocked(_FORBIDDEN)
        lists = [SignatureList.of(package, one) for one in root.bodies]
        _check_locks(package, [one for one in lists if one is not None], pointed=lists[0] is not None)
        stamps: Sequence[Stamp] = ()
        if self._seal is not None and self._placement is not None:
            picture = self._seal.picture
            stamps = place(package, document, self._placement, picture.width, picture.height)
        kind = "Sign" if self._seal is None else "Seal"
        changed: dict[str, tuple[str, bytes]] = {}
        added: dict[str, bytes] = {}
        current = lists[0]
        if current is None:
            list_folder = _free(package, document.folder, "Signs")
            list_path, folder = f"{list_folder}/Signatures.xml", f"{list_folder}/Sign_0"
            pointed = signature_list.with_pointer(root, body, f"/{list_path}")
            changed[folded(root.entry.path)] = (root.entry.path, pointed)
            added[list_path] = signature_list.new_list("s001", kind, f"/{folder}/Signature.xml")
        else:
            if len(current.listed) >= self._limits.signatures:
                raise OfdLocked(_FULL)
            list_path = current.entry.path
            folder = _free(package, current.folder, f"Sign_{len(current.listed)}")
            written = current.with_one_more(current.next_id(), kind, f"/{folder}/Signature.xml")
            changed[folded(list_path)] = (list_path, written)
        if self._seal is not None:
            added[f"{folder}/Seal.esl"] = self._seal.envelope.raw
        taken = {folded(one.entry.path) for one in lists if one is not None} | {folded(list_path)}
        return _Plan(changed=changed, added=added, lists=frozenset(taken), folder=folder, stamps=stamps)


async def _worked(work: Callable[[], T], *, large: bool) -> T:
    return await asyncio.to_thread(work) if large else work()


def _check_locks(package: OfdPackage, lists: Sequence[SignatureList], *, pointed: bool) -> None:
    """No signature protects what a further one has to change."""
    needed, root = {one.entry.path for one in lists}, package.need(ROOT)
    for one in lists:
        for listed in one.listed:
            entry = package.need(listed.reference, one.folder)
            description = described(package, entry).description
            folder = folder_of(entry.path)
            for reference in description.references:
                found = package.find(reference.file, folder)
                if found is not None and found.path in needed:
                    raise OfdLocked(_LOCKED.format(id=listed.id))
                if found is root and not pointed:
                    raise OfdLocked(_ROOT_LOCKED.format(id=listed.id))


def _free(package: OfdPackage, parent: str, name: str) -> str:
    """A new folder of this name, or one like it, in this folder.

    In the root where the folder's own name is not ASCII: what is signed holds the path as an IA5String.
    """
    path = f"{parent}/{name}".lstrip("/") if parent.isascii() else name
    if package.is_free(path):
        return path
    stem, number = path.rstrip("0123456789").rstrip("_"), 1
    while not package.is_free(f"{stem}_{number}"):
        number += 1
    return f"{stem}_{number}"


def _copy(package: OfdPackage, plan: _Plan, writer: PackageWriter) -> Sequence[tuple[str, bytes]]:
    """Write every file but the signature's own two; the references to what is protected."""
    references = []
    for entry in package.entries:
        key = folded(entry.path)
        change = plan.changed.get(key)
        if change is not None:
            digest = Hash.SM3.digest(change[1])
            writer.add(change[0], change[1])
        else:
            running = Digest(Hash.SM3)
            for piece in writer.copy(package, entry):
                running.update(piece)
            digest = running.value()
        if not entry.is_folder and key not in plan.lists:
            references.append((f"/{entry.path}", digest))
    for path, content in plan.added.items():
        writer.add(path, content, packed=path.endswith(".xml"))
        if folded(path) not in plan.lists:
            references.append((f"/{path}", Hash.SM3.digest(content)))
    return references
