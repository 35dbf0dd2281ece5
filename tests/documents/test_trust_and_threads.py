"""What a workshop believes follows its folder; its work follows whoever asked for it."""

import asyncio
import threading
from pathlib import Path

import pytest

from certs.documents import ChainRefused, Desk, LevelUnsupported, Trust, TrustFolder, check_trusted, check_usable
from certs.documents.refusals import refused
from certs.documents.threads import WorkThreads
from certs.ofd import SealUnusable
from certs.pdf import Level
from certs.placement import AtPoint
from certs.seals import read_seal
from certs.signers import HeldSigner
from certs.x509.revoking import make_crl
from gateway.core.errors import ConfigurationInvalid, Refusal
from gateway.core.problems import documents as problems
from tests.documents import shop
from tests.ofd import world
from tests.ofd.world import DAY, NOW, SetClock


def folder_of_trust(folder: Path) -> Path:
    (folder / "chain").mkdir(parents=True)
    (folder / "root.pem").write_text(world.authority().root.certificate.to_pem())
    (folder / "chain/between.pem").write_text(world.authority().intermediate.certificate.to_pem())
    write_list(folder / "root.crl")
    return folder


def write_list(file: Path) -> None:
    rank = world.authority().root
    file.write_bytes(make_crl(rank.certificate.subject_name, rank.key, [], NOW - DAY, NOW + DAY))


def test_a_folder_of_trust_has_anchors_lists_and_what_is_between(tmp_path: Path) -> None:
    trust = TrustFolder(folder_of_trust(tmp_path / "trust")).current()
    assert [len(part) for part in (trust.anchors.anchors, trust.between, trust.evidence.lists)] == [1, 1, 1]
    nothing = TrustFolder(None).current()
    assert (nothing.anchors.anchors, nothing.between) == ((), ())


def test_a_folder_of_trust_is_read_again_when_it_changes_and_only_then(tmp_path: Path) -> None:
    folder = folder_of_trust(tmp_path / "trust")
    trust = TrustFolder(folder)
    first = trust.current()
    assert trust.current() is first
    write_list(folder / "another.crl")
    second = trust.current()
    assert len(second.evidence.lists) == 2
    (folder / "chain/between.pem").unlink()
    assert trust.current().between == ()


def test_what_cannot_be_used_changes_nothing_until_it_can(tmp_path: Path) -> None:
    folder = folder_of_trust(tmp_path / "trust")
    trust = TrustFolder(folder)
    first = trust.current()
    (folder / "bad.pem").write_text("no certificate")
    assert trust.current() is first
    (folder / "bad.pem").unlink()
    write_list(folder / "another.crl")
    assert len(trust.current().evidence.lists) == 2


def test_a_file_that_goes_while_it_is_looked_at_is_a_change(tmp_path: Path) -> None:
    folder = folder_of_trust(tmp_path / "trust")
    trust = TrustFolder(folder)
    (folder / "gone.pem").symlink_to(folder / "nowhere")
    first = trust.current()
    (folder / "gone.pem").unlink()
    assert trust.current().anchors.anchors == first.anchors.anchors


def test_a_folder_that_cannot_be_used_from_the_beginning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid):
        TrustFolder(tmp_path / "missing")


def test_what_is_known_against_a_chain_is_told_and_what_is_not_known_is_not() -> None:
    seal, office = read_seal(shop.seal()), shop.office()
    check_trusted(seal, office.certificate, office.chain, shop.trust(), NOW)
    check_trusted(None, office.certificate, (), Trust.read(None), NOW)
    with pytest.raises(ChainRefused, match="revoked"):
        check_trusted(None, office.certificate, (), shop.trust_without(office), NOW)
    with pytest.raises(ChainRefused, match="revoked"):
        check_trusted(seal, office.certificate, (), shop.trust_without(world.issued("maker")), NOW + DAY)
    with pytest.raises(SealUnusable, match="not in force"):
        check_usable(None, office.certificate, NOW - 365 * DAY)


def test_an_ofd_has_no_place_for_evidence(tmp_path: Path) -> None:
    source = shop.documents(tmp_path)[0]
    signer = HeldSigner(shop.office().key, shop.office().certificate)
    for level in (Level.LT, Level.LTA):
        with pytest.raises(LevelUnsupported):
            asyncio.run(Desk(SetClock(), signer, level=level).work(source, tmp_path / "out", AtPoint(1, 20, 30)))
    with pytest.raises(Refusal) as caught, refused():
        raise LevelUnsupported(problems.DOCUMENT_ENCRYPTED.message)
    assert caught.value.problem is problems.DOCUMENT_UNREADABLE


def test_who_is_cancelled_waits_for_the_end_of_the_work() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def main() -> None:
        threads = WorkThreads(1)
        task = asyncio.create_task(threads.run(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()
        await threads.aclose()

    asyncio.run(main())


def test_work_that_has_not_begun_is_not_begun_once_it_is_cancelled() -> None:
    begun, hold = threading.Event(), threading.Event()
    done: list[str] = []

    async def first() -> str:
        begun.set()
        hold.wait()
        return "first"

    async def second() -> None:
        done.append("second")

    async def main() -> None:
        threads = WorkThreads(1)
        one = asyncio.create_task(threads.run(first))
        await asyncio.to_thread(begun.wait)
        other = asyncio.create_task(threads.run(second))
        await asyncio.sleep(0)
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
        hold.set()
        assert await one == "first"
        await threads.aclose()

    asyncio.run(main())
    assert done == []


def test_work_that_is_done_when_it_is_cancelled_has_been_done() -> None:
    """Nothing that computes is cut off in its middle: it ends, and whoever was cancelled is told so."""
    begun, hold = threading.Event(), threading.Event()
    done: list[str] = []

    async def work() -> None:
        begun.set()
        hold.wait()
        done.append("work")

    async def main() -> None:
        threads = WorkThreads(1)
        task = asyncio.create_task(threads.run(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.sleep(0)
        hold.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await threads.aclose()

    asyncio.run(main())
    assert done == ["work"]
