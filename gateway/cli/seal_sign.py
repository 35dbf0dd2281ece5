"""`yiwang seal sign`: seals or signs one document, or every one of a folder."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.kit.http.documents import HttpDocuments
from certs.examination import Check, Verdict
from certs.ofd import SealUnusable, seal_ofd, sign_ofd
from certs.pdf import Details, Level, Look, Proofs, SealPicture, Unseen, sign_pdf
from certs.seals import LARGEST_SEAL, Seal, examine_seal, examine_signer, examine_validity, read_seal
from certs.seals.pictures import draw_picture
from certs.signers import Signer, open_signer
from certs.timestamps import Authority, TimestampClient
from certs.x509 import Certificate, Hash, build_chain, examine_revocation, read_certificate
from gateway.cli.seal_files import DocumentFormat, documents, format_of, read_small
from gateway.cli.seal_inputs import Trust, in_production, pin, read_chain
from gateway.cli.seal_places import USUAL, Place, read_place
from gateway.cli.seal_problems import FAILURES, Unusable
from gateway.cli.seal_terminal import fail, progress, say, say_failure
from gateway.core.clock import Clock
from gateway.core.text import Text
from gateway.system_clock import SystemClock

_STAMP_SECONDS: Final = 30.0
_SEAL: Final = Text("印章", "seal")
_NO_SEAL = Text("没有印章就没有位置可言", "without a seal there is nothing to put in a place")
_GIVE_SEAL = Text("用 --seal 给出印章，或去掉位置", "give a seal with --seal, or leave the place out")
_SAME = Text("输出不能是输入本身", "what is written must not be what is read")
_OTHER = Text("写另一个名称", "name another place for it")
_FOLDER = Text("输入是文件夹时，输出也应是文件夹", "where a folder is read a folder is written")
_IS_FOLDER = Text("输出 {target} 是文件夹", "{target}, which should be written, is a folder")
_NO_FOLDER = Text("文件夹 {folder} 不存在", "there is no folder {folder}")
_NOT_IN_FORCE = Text("签章人证书不在有效期内", "the signer's certificate is not in force yet or not any more")
_NOT_VALID = Text("使用有效、未吊销的证书与印章", "use a certificate and a seal of which none was revoked or has ended")
_ALL = Text("{done} 份已完成", "{done} sealed or signed")
_SOME = Text("{done} 份已完成，{failed} 份失败", "{done} sealed or signed, {failed} failed")
_TITLE: Final = Text("盖章", "sealing")


def sign(  # noqa: PLR0913 - one option per part; typer calls by name
    source: Annotated[Path, typer.Argument(metavar="IN", help="OFD、PDF 文件或文件夹 · a document, or a folder")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="写到哪里，不能是 IN · where to; never IN")],
    key: Annotated[str, typer.Option(help="密钥引用 · the key: file:…, sdf:…, pkcs11:…, remote:…")],
    cert: Annotated[Path, typer.Option(help="签章人证书，可附证书链 · the signer's certificate, and its chain")],
    seal: Annotated[Path | None, typer.Option(help="印章；缺省则仅签名 · the seal; only a signature without")] = None,
    at: Annotated[str | None, typer.Option(metavar="PAGE,X,Y", help="页与毫米 · page and mm, to its top left")] = None,
    keyword: Annotated[
        str | None, typer.Option(metavar="TEXT", help="每处关键字居中 · centred on every such text")
    ] = None,
    *,
    cross_page: Annotated[bool, typer.Option("--cross-page", help="骑缝章 · a slice on every page")] = False,
    tsa: Annotated[str | None, typer.Option(metavar="URL", help="时间戳服务 · a timestamping authority")] = None,
    trust: Annotated[Path | None, typer.Option(help="信任锚；先查证书与吊销 · anchors: check the chain first")] = None,
) -> None:
    """给 OFD、PDF 文件盖章或签名 · Seal or sign documents, OFD or PDF: one, or a folder of them.

    A seal without a place goes to the lower right of the last page. YIWANG_SEAL_PIN holds a PIN or passphrase.

    Exit status: 0 done, 1 some documents of a folder failed, 2 unusable input.
    """
    try:
        place = read_place(at, keyword, cross_page=cross_page)
        if place is not None and seal is None:
            raise Unusable(_NO_SEAL, _GIVE_SEAL)
        pairs = _pairs(source, target)
        order = _Order(key, cert, seal, place, tsa, trust)
        done = asyncio.run(_sign(order, pairs, alone=not source.is_dir()))
    except FAILURES as error:
        fail(error)
    if not source.is_dir():
        say(Text(str(target), str(target)), Verdict.VALID)
        return
    if failed := len(pairs) - done:
        say(_SOME.format(done=done, failed=failed), Verdict.INVALID)
        raise typer.Exit(1)
    say(_ALL.format(done=done), Verdict.VALID)


@dataclass(frozen=True, slots=True)
class _Order:
    """What was typed."""

    key: str
    certificate: Path
    seal: Path | None
    place: Place | None
    tsa: str | None
    trust: Path | None


def _pairs(source: Path, target: Path) -> Sequence[tuple[Path, Path]]:
    """What is read and where each is written.

    Raises:
        Unusable: nothing can be read, or something would be written over what is read.
    """
    if not source.is_dir():
        format_of(source)
        if target.is_dir():
            raise Unusable(_IS_FOLDER.format(target=target), _OTHER)
        if not target.parent.is_dir():
            raise Unusable(_NO_FOLDER.format(folder=target.parent), _OTHER)
        _check_apart(source, target)
        return [(source, target)]
    if target.exists() and not target.is_dir():
        raise Unusable(_FOLDER, _OTHER)
    _check_apart(source, target)
    if target.resolve().is_relative_to(source.resolve()):
        raise Unusable(_SAME, _OTHER)
    return [(file, target / file.relative_to(source)) for file in documents(source)]


def _check_apart(source: Path, target: Path) -> None:
    if target.exists() and target.samefile(source):
        raise Unusable(_SAME, _OTHER)


async def _sign(order: _Order, pairs: Sequence[tuple[Path, Path]], *, alone: bool) -> int:
    """Work through the documents; how many were done. Alone, a document's failure is the command's."""
    async with AsyncExitStack() as stack:
        desk = await _open(order, stack)
        if alone:
            await desk.work(*pairs[0])
            return 1
        done = 0
        with progress(_TITLE, pairs) as each:
            for source, target in each:
                await asyncio.sleep(0)  # a small document never waits, so this is where Ctrl-C is heard
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _check_apart(source, target)
                    await desk.work(source, target)
                    done += 1
                except FAILURES as error:
                    say_failure(str(source), error)
        return done


async def _open(order: _Order, stack: AsyncExitStack) -> "_Desk":
    """All that documents are sealed with, checked once for all of them."""
    clock = SystemClock()
    certificate, *chain = read_chain(order.certificate)
    seal = None if order.seal is None else read_seal(read_small(order.seal, LARGEST_SEAL, _SEAL))
    trust = Trust.read(order.trust)
    _check(seal, certificate, clock)
    if order.trust is not None:
        _check_trusted(seal, certificate, chain, trust, clock)
    signer = await open_signer(order.key, certificate, pin=pin(), files=not in_production())
    stack.push_async_callback(signer.aclose)
    stamps = None
    if order.tsa is not None:
        network = HttpDocuments(order.tsa, clock)
        stack.push_async_callback(network.aclose)
        believed = None if order.trust is None else trust.anchors
        stamps = TimestampClient([Authority(url=order.tsa)], network, clock, believed)
    return _Desk(clock, signer, tuple(chain), seal, order.place or USUAL, stamps)


class _Desk:
    """Seals one document after the other."""

    def __init__(
        self,
        clock: Clock,
        signer: Signer,
        chain: tuple[Certificate, ...],
        seal: Seal | None,
        place: Place,
        stamps: TimestampClient | None,
    ) -> None:
        self._clock = clock
        self._signer = signer
        self._seal = seal
        self._place = place
        self._stamps = stamps
        self._proofs = Proofs(chain, stamps)
        self._look: Look | None = None

    async def work(self, source: Path, target: Path) -> None:
        """Seal it, or sign it if there is no seal; the target is there when it is whole."""
        if format_of(source) is DocumentFormat.OFD:
            await self._ofd(source, target)
        else:
            await self._pdf(source, target)

    async def _ofd(self, source: Path, target: Path) -> None:
        if self._seal is None:
            await sign_ofd(source, target, self._signer, self._clock)
            return
        stamping = None if self._stamps is None else self._stamps.stamping(Hash.SM3, _STAMP_SECONDS)
        await seal_ofd(source, target, self._seal, self._signer, self._place, self._clock, stamping)

    async def _pdf(self, source: Path, target: Path) -> None:
        if self._look is None:
            self._look = Look() if self._seal is None else _look(self._seal)
        place = Unseen() if self._seal is None else self._place
        level = Level.B if self._stamps is None else Level.T
        await sign_pdf(source, target, self._signer, place, self._clock, level, self._look, self._proofs)


def _look(seal: Seal) -> Look:
    """A PDF holds no more of a seal than its picture and its name."""
    drawn = draw_picture(seal.picture)
    picture = SealPicture.read(drawn.png, seal.picture.width, seal.picture.height)
    return Look(picture, Details(name=seal.name))


def _check(seal: Seal | None, certificate: Certificate, clock: Clock) -> None:
    """That the seal and the certificate can be used now, and are of each other; alike for OFD and PDF.

    Raises:
        SealUnusable: they cannot.
    """
    now = clock.now()
    if not certificate.in_force(now):
        raise SealUnusable(_NOT_IN_FORCE)
    if seal is not None:
        own = (step for step in examine_seal(seal.envelope.raw, None) if step.number == Check.SEAL)
        for step in (*own, examine_validity(seal, now), examine_signer(seal, certificate.der)):
            if step.verdict is not Verdict.VALID:
                raise SealUnusable(step.message)


def _check_trusted(
    seal: Seal | None, certificate: Certificate, chain: Sequence[Certificate], trust: Trust, clock: Clock
) -> None:
    """That nothing speaks against the chains of signer and maker; what is not known does not.

    Raises:
        Unusable: something does.
    """
    now = clock.now()
    judged = [(certificate, now)]
    if seal is not None:
        judged.append((read_certificate(seal.envelope.maker), seal.created_at))
    for one, at in judged:
        found = build_chain(one, (*chain, *trust.between), trust.anchors, at)
        revoked = examine_revocation(found.path, at, trust.evidence, now)
        for verdict, reason in ((found.verdict, found.reason), (revoked.verdict, revoked.reason)):
            if verdict is Verdict.INVALID:
                raise Unusable(reason, _NOT_VALID)
