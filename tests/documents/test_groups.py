"""A group in the workshop: each document has its own end, and nothing is done twice that once is enough for."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from certs.documents import DocumentWorkshop, WorkProcesses, check_trusted, work
from certs.documents.threads import WorkThreads
from certs.ofd import package, xml
from certs.ofd.directory import read_directory
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.problems import documents as problems
from gateway.core.seals.place import Keyword
from gateway.core.seals.verification import Verdict, Verification
from gateway.core.seals.workshop import Counted, Sheet, Stamp
from tests.documents import shop
from tests.documents.shop import PLACES, documents, key_file, run, stamp, trust
from tests.ofd import world
from tests.ofd.world import NOW, SetClock

COUNT = 5


class Work:
    """What is counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packages = self.chains = self.trips = 0
        self.trees: Counter[str] = Counter()
        tree, check, trip = xml.tree, check_trusted, WorkThreads.run

        def one_package(*given: Any) -> Any:
            self.packages += 1
            return read_directory(*given)

        def one_tree(text: Any, limits: Any) -> Any:
            self.trees[text.path.rpartition("/")[2]] += 1
            return tree(text, limits)

        def one_chain(*given: Any) -> None:
            self.chains += 1
            check(*given)

        async def one_trip(*given: Any) -> Any:
            self.trips += 1
            return await trip(*given)

        monkeypatch.setattr(package, "read_directory", one_package)
        monkeypatch.setattr(xml, "tree", one_tree)
        monkeypatch.setattr(work, "check_trusted", one_chain)
        monkeypatch.setattr(WorkThreads, "run", one_trip)


def sources(folder: Path) -> list[Path]:
    """Several OFD documents."""
    found = [folder / f"{number}.ofd" for number in range(COUNT)]
    for number, file in enumerate(found):
        file.write_bytes(world.packed(world.document(world.text(f"document {number}"))))
    return found


def sheets(files: Sequence[Path], made: Stamp, held: Sequence[object] | None = None) -> list[Sheet]:
    return [
        Sheet(source=one, target=one.with_suffix(".out"), stamp=made, place=PLACES[0], held=kept)
        for one, kept in zip(files, held or [None] * len(files), strict=True)
    ]


def counted(found: Sequence[Counted | Refusal]) -> list[Counted]:
    return [one for one in found if isinstance(one, Counted)]


def test_each_document_is_taken_apart_once_before_and_once_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, made, seen = sources(tmp_path), stamp(key=key_file(tmp_path)), Work(monkeypatch)

    async def both(shop_: DocumentWorkshop) -> Sequence[Any]:
        held = [one.held for one in counted(await shop_.pages_of(files))]
        return await shop_.seal_all(sheets(files, made, held))

    found = run(both)
    assert [one.verdict for one in found] == [Verdict.VALID] * COUNT
    assert (seen.packages, seen.trips, seen.chains) == (2 * COUNT, 2, 1)
    once = dict.fromkeys(("Signatures.xml", "Signature.xml"), COUNT)
    assert seen.trees == once | dict.fromkeys(("OFD.xml", "Document.xml"), 2 * COUNT)


def test_what_is_made_of_many_is_what_is_made_of_one(tmp_path: Path) -> None:
    file, made = sources(tmp_path)[0], stamp(key=key_file(tmp_path))
    alone = tmp_path / "alone"
    shop.sealed(file, alone, with_stamp=made)
    (found,) = run(lambda one: one.seal_all(sheets([file], made)))
    assert found == shop.compared(file, alone) == shop.compared(file, file.with_suffix(".out"))


def test_large_documents_and_pdfs_are_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ofd, pdf = documents(tmp_path)
    large = tmp_path / "large.ofd"
    padding = {"Doc_0/Res/large": Random(1).randbytes(1_200_000)}
    large.write_bytes(world.packed(world.document(world.text("large")) | padding))
    assert large.stat().st_size > 1 << 20
    made = stamp(key=key_file(tmp_path))
    found = counted(run(lambda one: one.pages_of([ofd, pdf, large])))
    assert [(one.pages, one.held is None) for one in found] == [(2, False), (2, True), (1, True)]
    monkeypatch.setattr(work, "_HELD_XML", 0)
    assert [one.held for one in counted(run(lambda one: one.pages_of([ofd])))] == [None]
    ends = run(lambda one: one.seal_all(sheets([ofd, pdf, large], made)))
    assert [isinstance(one, Verification) and one.verdict for one in ends] == [Verdict.VALID] * 3


def test_each_has_its_own_end(tmp_path: Path) -> None:
    good, other = sources(tmp_path)[:2]
    broken, away = tmp_path / "broken.ofd", stamp(key="file:/nowhere")
    broken.write_bytes(b"PK\x03\x04")
    made = stamp(key=key_file(tmp_path))
    late = stamp(key=key_file(tmp_path), at=NOW + timedelta(days=36_500))
    wanted = [
        sheet
        for one, with_it in ((good, made), (broken, made), (other, away), (other, late))
        for sheet in sheets([one], with_it)
    ]
    ends = run(lambda one: one.seal_all(wanted))
    assert isinstance(ends[0], Verification)
    assert ends[0].verdict is Verdict.VALID
    assert isinstance(ends[1], Refusal)
    assert isinstance(ends[2], KeyUnusable)
    assert isinstance(ends[3], Refusal)
    assert ends[3].problem is problems.SEAL_UNUSABLE
    pages = run(lambda one: one.pages_of([good, broken]))
    assert isinstance(pages[1], Refusal)


def test_a_trust_that_changes_within_a_group_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, made, seen = sources(tmp_path), stamp(key=key_file(tmp_path)), Work(monkeypatch)
    later = shop.trust_without(shop.office())
    given = iter([trust(), trust(), *[later] * (COUNT - 2)])

    async def main() -> Sequence[Any]:
        one = DocumentWorkshop(SetClock(), lambda: next(given), files=True)
        try:
            return await one.seal_all(sheets(files, made))
        finally:
            await one.aclose()

    ends = asyncio.run(main())
    assert [isinstance(one, Refusal) for one in ends] == [False, False, True, True, True]
    assert seen.chains == 1 + 3


@pytest.mark.parametrize("by_processes", [False, True])
def test_whoever_signs_nothing_learns_which_could_be_sealed_and_leaves_nothing(
    tmp_path: Path, by_processes: bool
) -> None:
    ofd, made = documents(tmp_path)

    async def nobody(_: bytes) -> bytes:
        raise KeyUnusable("not approved")

    async def rehearse(shop_: DocumentWorkshop) -> Sequence[Any]:
        given = [(one, place) for one in (ofd, made) for place in (PLACES[2], Keyword("nowhere"))]
        return await shop_.seal_all(
            [Sheet(source=one, target=tmp_path / "out", stamp=unsigned, place=place) for one, place in given]
        )

    unsigned = stamp(sign=nobody)
    found = run(rehearse, processes=WorkProcesses(1) if by_processes else None)
    ends = [one.problem if isinstance(one, Refusal) else str(one) for one in found]
    assert ends == ["not approved", problems.KEYWORD_NOWHERE] * 2
    assert not (tmp_path / "out").exists()
