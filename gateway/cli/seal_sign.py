"""`yiwang seal sign`: seals or signs one document, or every one of a folder."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.kit.http.documents import HttpDocuments
from certs.documents import Desk, Placement, Trust, check_trusted, check_usable
from certs.examination import Verdict
from certs.pdf import Level, Proofs
from certs.seals import LARGEST_SEAL, read_seal
from certs.signers import open_signer
from certs.timestamps import Authority, TimestampClient
from certs.x509 import Certificate, Evidence
from gateway.cli.seal_files import check_document, documents, read_small, skipped_links
from gateway.cli.seal_inputs import in_production, pin, read_chain
from gateway.cli.seal_notes import notes
from gateway.cli.seal_places import USUAL, read_place
from gateway.cli.seal_problems import FAILURES, Unusable
from gateway.cli.seal_targets import check_folder, check_target, prepare_target
from gateway.cli.seal_terminal import fail, progress, remark, remark_links, say, say_failure
from gateway.core.clock import Deadline
from gateway.core.text import Text
from gateway.system_clock import SystemClock

_KEY_FILE: Final = "file:"
_SEAL: Final = Text("印章", "seal")
_NO_SEAL = Text("没有印章就没有位置可言", "without a seal there is nothing to put in a place")
_GIVE_SEAL = Text("用 --seal 给出印章，或去掉位置", "give a seal with --seal, or leave the place out")
_NO_STAMPS = Text("--level {level} 需要 --tsa", "--level {level} needs --tsa")
_GIVE_TSA = Text("给出时间戳服务，或用 --level b", "name a timestamping authority, or take --level b")
_IDLE_TSA = Text("--level b 不用时间戳，却给出了 --tsa", "--level b has no timestamp, and --tsa names an authority")
_ONE_OF_THEM = Text("去掉 --tsa，或用 --level t", "leave --tsa out, or take --level t")
_NO_TRUST = Text("--level {level} 需要 --trust", "--level {level} needs --trust")
_GIVE_TRUST = Text(
    "给出含信任锚与最新 *.crl 的文件夹",
    "name a folder with the anchors, and fresh lists (*.crl) of all their authorities",
)
_ALL = Text("{done} 份已完成", "{done} sealed or signed")
_SOME = Text("{done} 份已完成，{failed} 份失败", "{done} sealed or signed, {failed} failed")
_TITLE: Final = Text("盖章", "sealing")


class LevelName(StrEnum):
    """How long signatures can be verified, as it is typed."""

    B = "b"
    T = "t"
    LT = "lt"
    LTA = "lta"


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
    level: Annotated[
        LevelName | None, typer.Option(help="PAdES 级别，缺省 b，有 --tsa 为 t · t and above need --tsa, lt --trust")
    ] = None,
) -> None:
    """给 OFD、PDF 文件盖章或签名 · Seal or sign documents, OFD or PDF: one, or a folder of them.

    A seal without a place goes to the lower right of the last page. YIWANG_SEAL_PIN holds a PIN or passphrase.

    Exit status: 0 done, 1 some documents of a folder failed, 2 unusable input.
    """
    try:
        place = read_place(at, keyword, cross_page=cross_page)
        if place is not None and seal is None:
            raise Unusable(_NO_SEAL, _GIVE_SEAL)
        order = _Order(key, cert, seal, place or USUAL, tsa, trust, _level(level, tsa, trust))
        pairs = _pairs(source, target, order.inputs)
        done = asyncio.run(_sign(order, pairs, source if source.is_dir() else None))
    except FAILURES as error:
        fail(error)
    if not source.is_dir():
        say(Text(str(target), str(target)), Verdict.VALID)
        return
    remark_links(skipped_links(source))
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
    place: Placement
    tsa: str | None
    trust: Path | None
    level: Level

    @property
    def inputs(self) -> Sequence[Path]:
        """The files that are read beside the documents."""
        key = [Path(self.key.removeprefix(_KEY_FILE))] if self.key.startswith(_KEY_FILE) else []
        believed = [] if self.trust is None else self.trust.rglob("*")
        return [self.certificate, *key, *([] if self.seal is None else [self.seal]), *believed]


def _level(wanted: LevelName | None, tsa: str | None, trust: Path | None) -> Level:
    """The level that was asked for, by its name or by naming an authority.

    Raises:
        Unusable: it needs what was not given, or has no use for what was.
    """
    if wanted is None:
        return Level.B if tsa is None else Level.T
    if wanted is LevelName.B:
        if tsa is not None:
            raise Unusable(_IDLE_TSA, _ONE_OF_THEM)
    elif tsa is None:
        raise Unusable(_NO_STAMPS.format(level=wanted.value), _GIVE_TSA)
    if wanted in {LevelName.LT, LevelName.LTA} and trust is None:
        raise Unusable(_NO_TRUST.format(level=wanted.value), _GIVE_TRUST)
    return Level[wanted.name]


def _pairs(source: Path, target: Path, inputs: Sequence[Path]) -> Sequence[tuple[Path, Path]]:
    """What is read and where each is written.

    Raises:
        Unusable: nothing can be read, or something would be written over what is read.
    """
    if not source.is_dir():
        check_document(source)
        check_target(target, [source, *inputs])
        return [(source, target)]
    check_folder(target, source)
    return [(file, target / file.relative_to(source)) for file in documents(source)]


async def _sign(order: _Order, pairs: Sequence[tuple[Path, Path]], root: Path | None) -> int:
    """Work through the documents; how many were done. Alone, a document's failure is the command's."""
    async with AsyncExitStack() as stack:
        desk = await _open(order, stack)
        if root is None:
            await _work(desk, *pairs[0], order)
            return 1
        done = 0
        with progress(_TITLE, pairs) as each:
            for source, target in each:
                await asyncio.sleep(0)  # a small document never waits, so this is where Ctrl-C is heard
                try:
                    prepare_target(target, root, order.inputs)
                    await _work(desk, source, target, order)
                    done += 1
                except FAILURES as error:
                    say_failure(str(source), error)
        return done


async def _work(desk: Desk, source: Path, target: Path, order: _Order) -> None:
    """One document, and what people should know of it."""
    await desk.work(source, target, order.place)
    for said in notes(source, target, Trust.read(None), SystemClock().now()):
        remark(said)


async def _open(order: _Order, stack: AsyncExitStack) -> Desk:
    """All that documents are sealed with, checked once for all of them."""
    clock = SystemClock()
    now = clock.now()
    certificate, *chain = read_chain(order.certificate)
    seal = None if order.seal is None else read_seal(read_small(order.seal, LARGEST_SEAL, _SEAL))
    trust = Trust.read(order.trust)
    check_usable(seal, certificate, now)
    if order.trust is not None:
        check_trusted(seal, certificate, chain, trust, now)
    signer = await open_signer(order.key, certificate, pin=pin(), files=not in_production())
    stack.push_async_callback(signer.aclose)
    stamps = None
    if order.tsa is not None:
        network = HttpDocuments(order.tsa, clock)
        stack.push_async_callback(network.aclose)
        believed = None if order.trust is None else trust.anchors
        stamps = TimestampClient([Authority(url=order.tsa)], network, clock, believed)

    async def gather(_path: Sequence[Certificate], _deadline: Deadline) -> Evidence:
        return trust.evidence

    proofs = Proofs(tuple(chain), stamps, trust.anchors, gather, tuple(trust.between))
    return Desk(clock, signer, proofs, order.level, seal)
