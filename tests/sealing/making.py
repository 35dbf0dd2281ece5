"""Made-up seals, callers and documents; a workshop and a platform that keep their promises and can break them."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.delivery import Delivery
from gateway.core.errors import KeyUnusable, Refusal, SignatureWrong
from gateway.core.media_types import UNTYPED, told_by
from gateway.core.outcome import Fault, Outcome
from gateway.core.problems import DOCUMENT_UNREADABLE, KEYWORD_NOWHERE
from gateway.core.seals.place import Keyword, Place
from gateway.core.seals.platform import (
    LoggedSealing,
    Mode,
    SealLog,
    SealOrder,
    SealReply,
    SealStatus,
)
from gateway.core.seals.register import Authorisation, Ownership, RegisteredSeal, Route
from gateway.core.seals.verification import Verdict, Verification, VerificationStep
from gateway.core.seals.workshop import Counted, Sheet, Stamp
from gateway.core.text import Text
from tests.services.fakes import ITEM, OFFICER, START

OWNER = OFFICER.body or ""
DAY = timedelta(days=1)
NOWHERE = Keyword("nowhere")
LOCAL = Route(key="pkcs11:token=hsm;object=seal")
HUB = "seal-hub"
SECOND = Person(
    subject="o-2", role=Role.OFFICER, name="另一人", account="w002", body=OWNER, post="科长", region="420100"
)
STRANGER = Person(
    subject="o-3",
    role=Role.OFFICER,
    name="外人",
    account="w003",
    body="11420000014000028L",
    post="窗口",
    region="420100",
)
OPERATIONS = Person(subject="ops-1", role=Role.OPERATIONS, name="运维")
AUDITOR = Person(subject="aud-1", role=Role.AUDITOR, name="审计")


def away(mode: Mode = Mode.DOCUMENT, platform: str = HUB) -> Route:
    return Route(platform=platform, number="QZ42-0001", mode=mode.value)


def a_seal(**changed: Any) -> RegisteredSeal:
    """Officers of the owner may put it on ten pages of PDF or OFD for the item."""
    authorisation = Authorisation(
        id="a-1", applications=frozenset({"portal"}), bodies=frozenset({OWNER}), accounts=None,
        items=frozenset({ITEM}), documents=frozenset({"application/ofd", "application/pdf"}), since=START - DAY,
        pages=10,
    )  # fmt: skip
    usual: dict[str, Any] = {
        "id": "seal-1", "number": "42010000000001", "name": "某局业务专用章", "structure": b"structure",
        "certificates": (b"signer",), "route": LOCAL, "owners": (Ownership(OWNER, START - 30 * DAY),),
        "authorisations": (authorisation,), "valid_from": START - 30 * DAY, "valid_until": START + 300 * DAY,
    }  # fmt: skip
    return RegisteredSeal(**usual | changed)


def a_document(name: str = "one", pages: int = 1, size: int = 0) -> bytes:
    return f"%PDF-1.7 {name} pages={pages};".encode() + b"." * size


def judged(verdict: Verdict) -> Verification:
    step = VerificationStep(1, Text("步骤", "step"), verdict, Text("说明", "message"))
    return Verification(verdict, (step,))


# ruff: noqa: ASYNC240, PLR0911 - files of some bytes, and a reply for each word


class FakeWorkshop:
    """A Workshop on files of our own: a sealed document is the original and a mark; ``signed`` counts uses of keys."""

    def __init__(self) -> None:
        self.signed: list[str] = []
        self.trouble: BaseException | None = None

    async def seal(self, source: Path, target: Path, stamp: Stamp, place: Place) -> None:
        original = source.read_bytes()
        if place == NOWHERE:
            raise Refusal(KEYWORD_NOWHERE)
        digest = hashlib.sha256(original + stamp.seal + stamp.at.isoformat().encode()).digest()
        if stamp.sign is not None:
            signature = await stamp.sign(digest)
            if signature.startswith(b"%PDF-another"):
                raise SignatureWrong("none of this document")
            if self.trouble is not None and isinstance(self.trouble, KeyUnusable):
                raise self.trouble
        else:
            if self.trouble is not None:
                raise self.trouble
            self.signed.append(hashlib.sha256(original).hexdigest())
            signature = signed(digest)
        target.write_bytes(sealed(original, stamp.seal) + digest + signature)

    async def seal_all(self, sheets: Sequence[Sheet]) -> Sequence[Verification | Refusal | KeyUnusable]:
        return [await made(self, sheet) for sheet in sheets]

    async def examine(self, document: Path) -> Verification:
        content = document.read_bytes()
        if not content.startswith(b"%PDF-"):
            raise Refusal(DOCUMENT_UNREADABLE, reason=Text("坏", "bad"))
        return judged(Verdict.VALID if b"|sealed|" in content else Verdict.INVALID)

    async def compare(self, original: Path, sealed_: Path, seal: bytes) -> Verification:
        if self.trouble is not None:
            raise self.trouble
        before, after = original.read_bytes(), sealed_.read_bytes()
        mark = sealed(before, seal)
        digest, signature = after[len(mark) : len(mark) + 32], after[len(mark) + 32 :]
        is_right = after.startswith(mark) and signature in {b"", signed(digest)}
        return judged(Verdict.VALID if is_right else Verdict.INVALID)

    async def pages(self, document: Path) -> int:
        content = document.read_bytes()
        if b"pages=" not in content:
            raise Refusal(DOCUMENT_UNREADABLE, reason=Text("坏", "bad"))
        return int(content.partition(b"pages=")[2].partition(b";")[0])

    async def pages_of(self, documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
        found: list[Counted | Refusal] = []
        for document in documents:
            try:
                pages = await self.pages(document)
                found.append(Counted(pages, told_by(document.read_bytes()) or UNTYPED))
            except Refusal as refusal:
                found.append(refusal)
        return found


async def made(workshop: Any, sheet: Sheet) -> Verification | Refusal | KeyUnusable:
    """One of many documents, by the workshop's other methods: what a process that is killed may have behind it."""
    try:
        await workshop.seal(sheet.source, sheet.target, sheet.stamp, sheet.place)
        found: Verification = await workshop.compare(sheet.source, sheet.target, sheet.stamp.seal)
    except (Refusal, KeyUnusable) as error:
        return error
    return found


def sealed(original: bytes, seal: bytes) -> bytes:
    return original + b"|sealed|" + seal + b"|"


def signed(digest: bytes) -> bytes:
    return b"signature of " + digest


class Did(msgspec.Struct):
    """What the platform did for one key."""

    number: str
    digest: str
    at: date
    times: int = 1


class FakePlatform:
    """A SealPlatform with a ledger. ``script`` says what comes of the next calls, by default that all goes well.

    Words: ``ok``; ``lost`` it seals, and its answer is lost; ``dropped`` the request is lost; ``unsent``; ``refused``;
    ``pending`` it seals and says so later; ``other`` it gives another document; ``broken`` the adapter raises.
    """

    def __init__(self, delivery: Delivery, system: str = HUB, structure: bytes = b"structure") -> None:
        self.system = system
        self.delivery = delivery
        self.modes = frozenset({Mode.DIGEST, Mode.DOCUMENT})
        self.asks_by_number = True
        self.structure = structure
        self.script: list[str] = []
        self.queries: list[str] = []
        self.ledger: dict[str, Did] = {}
        self.results: dict[str, bytes] = {}
        self.orders: list[SealOrder] = []
        self.lines: dict[date, list[LoggedSealing]] = {}
        self.log_outcome = Outcome.OK
        self.today = START.date()
        self.pending: set[str] = set()

    async def seal(self, order: SealOrder, folder: Path, call: Call) -> SealReply:
        self.orders.append(order)
        word = self.script.pop(0) if self.script else "ok"
        if word == "broken":
            raise RuntimeError("a defect")
        if word == "unsent":
            return SealReply(status=SealStatus.NOT_SENT, outcome=Outcome.UNAVAILABLE, retry_after=7)
        if word == "too-large":
            return SealReply(status=SealStatus.NOT_SENT, outcome=Outcome.INVALID)
        if word == "dropped":
            return _unanswered()
        if word == "unsigned":
            self._do(order, other=False)
            return SealReply(status=SealStatus.UNANSWERED, outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS)
        if word == "refused":
            return SealReply(status=SealStatus.REFUSED, outcome=Outcome.DENIED, code="E7")
        if word == "odd":
            return SealReply(status=SealStatus.UNKNOWN_KEY, outcome=Outcome.NOT_FOUND)
        self._do(order, other=word == "other")
        if word == "lost":
            return _unanswered()
        if word == "pending":
            self.pending.add(order.key)
            number = self.ledger[order.key].number
            return SealReply(status=SealStatus.PENDING, outcome=Outcome.OK, number=number, retry_after=5)
        return self._done(order, folder, empty=word == "nothing")

    async def query(self, order: SealOrder, number: str | None, folder: Path, call: Call) -> SealReply:
        word = self.queries.pop(0) if self.queries else "ok"
        if word == "unanswered":
            return _unanswered()
        if word == "cannot":
            return SealReply(status=SealStatus.UNANSWERED, outcome=Outcome.NOT_ASKED)
        if word == "refused":
            return SealReply(status=SealStatus.REFUSED, outcome=Outcome.DENIED)
        if word == "unknown":
            return SealReply(status=SealStatus.UNKNOWN_KEY, outcome=Outcome.NOT_FOUND)
        if word == "pending":
            return SealReply(status=SealStatus.PENDING, outcome=Outcome.OK, retry_after=5)
        by_number = {did.number: key for key, did in self.ledger.items()}
        key = order.key if order.key in self.ledger else by_number.get(number or "", "")
        if self.delivery is not Delivery.QUERY_FIRST and word != "asked" and number is None:
            return SealReply(status=SealStatus.UNANSWERED, outcome=Outcome.NOT_ASKED)
        if key not in self.ledger:
            return SealReply(status=SealStatus.UNKNOWN_KEY, outcome=Outcome.NOT_FOUND)
        return self._done(msgspec.structs.replace(order, key=key), folder, empty=word == "nothing")

    async def log(self, day: date, call: Call) -> SealLog:
        if self.log_outcome is not Outcome.OK:
            return SealLog(outcome=self.log_outcome)
        lines = [
            LoggedSealing(number=did.number, key=key, seal="QZ42-0001", at=START)
            for key, did in self.ledger.items()
            if did.at == day
        ]
        return SealLog(outcome=Outcome.OK, lines=[*lines, *self.lines.get(day, ())])

    def _do(self, order: SealOrder, *, other: bool) -> None:
        """Seal: again for a known key, unless the platform honours keys."""
        if order.mode is Mode.DIGEST:
            assert order.digest is not None
            result, digest = signed(order.digest), order.digest.hex()
        else:
            assert order.document is not None
            content = order.document.read_bytes()
            result, digest = sealed(content, self.structure), hashlib.sha256(content).hexdigest()
        known = self.ledger.get(order.key)
        if known is None:
            self.ledger[order.key] = Did(f"N-{len(self.ledger) + 1}", digest, self.today)
            self.results[order.key] = b"%PDF-another" if other else result
        elif self.delivery is Delivery.IDEMPOTENT:
            assert known.digest == digest, "the same key always carries the same request"
        else:
            known.times += 1

    def _done(self, order: SealOrder, folder: Path, *, empty: bool) -> SealReply:
        number = self.ledger[order.key].number
        if empty:
            (folder / "empty").write_bytes(b"")
            return SealReply(status=SealStatus.DONE, outcome=Outcome.OK, document=folder / "empty", number=number)
        if order.mode is Mode.DIGEST:
            signature = self.results[order.key]
            return SealReply(status=SealStatus.DONE, outcome=Outcome.OK, signature=signature, number=number)
        path = folder / f"reply-{len(list(folder.iterdir()))}"
        path.write_bytes(self.results[order.key])
        return SealReply(status=SealStatus.DONE, outcome=Outcome.OK, document=path, number=number)


class FakePlatforms:
    def __init__(self, *platforms: FakePlatform) -> None:
        self.open = {platform.system: platform for platform in platforms}

    def seal_platform(self, system: str) -> FakePlatform | None:
        return self.open.get(system)


def _unanswered() -> SealReply:
    return SealReply(status=SealStatus.UNANSWERED, outcome=Outcome.TIMED_OUT)


def times(platforms: Sequence[FakePlatform]) -> int:
    """The most that any document was sealed."""
    return max((did.times for platform in platforms for did in platform.ledger.values()), default=0)
